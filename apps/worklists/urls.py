from django.urls import path

from apps.worklists import many_page, saved_page, turn_page, views

app_name = "worklists"

turns = [
    path("", saved_page.start, name="start"),
    path("views/", saved_page.views, name="views"),
    path("views/<int:pk>/remove/", saved_page.remove, name="remove-view"),
    path("turns/<int:pk>/claim/", turn_page.claim, name="claim"),
    path("turns/<int:pk>/release/", turn_page.release, name="release"),
    path("turns/<int:pk>/assign/", turn_page.assign, name="assign"),
    path("turns/<int:pk>/hand-over/", turn_page.hand_over, name="hand-over"),
    path("turns/<int:pk>/recall/", turn_page.recall, name="recall"),
    path("turns/<int:pk>/pause/", turn_page.pause, name="pause"),
    path("turns/<int:pk>/resume/", turn_page.resume, name="resume"),
]
# Lists are told what decisions know, turns are not: config.urls puts them together.
lists = [
    path("batches/<int:pk>/", many_page.BatchPage.as_view(), name="batch"),
    path("batches/<int:pk>/take-back/", many_page.take_back, name="take-back"),
    path("<str:direction>/<slug:slug>/", views.WorklistPage.as_view(), name="list"),
    path("<str:direction>/<slug:slug>/next/", views.NextOpen.as_view(), name="next"),
    path("<str:direction>/<slug:slug>/many/", many_page.ManyPage.as_view(), name="many"),
]
