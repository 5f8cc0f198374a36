from django.urls import path

from apps.calls import views

app_name = "calls"

urlpatterns = [
    path("", views.CallList.as_view(), name="list"),
    path("search/", views.search, name="search"),
    path("note/", views.note, name="note"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/answer/", views.answer, name="answer"),
    path("<int:pk>/find/", views.find, name="find"),
]
