from django.urls import path

from apps.feeds import feed_pages, repair_page, status_page, undo_page, views

app_name = "imports"

urlpatterns = [
    path("", views.History.as_view(), name="list"),
    path("new/", views.upload, name="upload"),
    path("rejected/", views.Rejected.as_view(), name="rejected"),
    path("feeds/", feed_pages.Feeds.as_view(), name="feeds"),
    path("feeds/new/", feed_pages.add, name="feed-add"),
    path("feeds/<int:pk>/", feed_pages.detail, name="feed"),
    path("feeds/<int:pk>/keys/", feed_pages.make_key, name="key-make"),
    path("feeds/<int:pk>/keys/<int:number>/end/", feed_pages.end_key, name="key-end"),
    path("feeds/<int:pk>/statuses/", status_page.statuses, name="statuses"),
    path("sources/", feed_pages.sources, name="sources"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/mapping/", views.mapping, name="mapping"),
    path("<int:pk>/otherwise/", views.otherwise, name="otherwise"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/bring-in/", views.approve, name="approve"),
    path("<int:pk>/cancel/", views.cancel, name="cancel"),
    path("<int:pk>/deal-with/", views.deal_with, name="deal-with"),
    path("<int:pk>/lines/", views.lines, name="lines"),
    path("<int:pk>/lines/<slug:fate>/", views.lines, name="lines"),
    path("<int:pk>/try-again/", views.try_again, name="try-again"),
    path("<int:pk>/repair/", repair_page.lines, name="repair"),
    path("<int:pk>/repair/correct/", repair_page.correct, name="correct"),
    path("<int:pk>/repair/file/", repair_page.file, name="repair-file"),
    path("<int:pk>/repair/replace/", repair_page.replace, name="replace"),
    path("<int:pk>/repair/hand-in/", repair_page.hand_in, name="repair-hand-in"),
    path("<int:pk>/repair/place/", repair_page.place, name="place"),
    path("<int:pk>/repair/displace/", repair_page.displace, name="displace"),
    path("<int:pk>/undo/", undo_page.undo, name="undo"),
    path("<slug:part>/", views.History.as_view(), name="list"),
]
