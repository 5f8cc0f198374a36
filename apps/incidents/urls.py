from django.urls import path

from apps.incidents import task_page, views

app_name = "incidents"

urlpatterns = [
    path("", views.page, name="list"),
    path("open/", views.open_review, name="open"),
    path("<int:pk>/", views.review, name="review"),
    path("<int:pk>/freeze/", views.freeze, name="freeze"),
    path("<int:pk>/claim/", views.claim, name="claim"),
    path("tasks/<int:pk>/", task_page.task, name="task"),
    path("tasks/<int:pk>/messages/", task_page.Messages.as_view(), name="messages"),
    path("tasks/<int:pk>/answer/", task_page.answer, name="answer"),
    path("tasks/<int:pk>/ask/", task_page.ask, name="ask"),
    path("tasks/<int:pk>/reply/", task_page.reply, name="reply"),
    path("tasks/<int:pk>/patch/", task_page.patch, name="patch"),
]
