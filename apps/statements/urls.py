from django.urls import path

from apps.statements import difference_page, views

app_name = "statements"

urlpatterns = [
    path("", views.StatementList.as_view(), name="list"),
    path("new/", views.new, name="new"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/messages/", views.messages_of, name="messages"),
    path("<int:pk>/difference/", difference_page.difference, name="difference"),
    path("<int:pk>/difference/messages/", difference_page.moved, name="moved"),
]
