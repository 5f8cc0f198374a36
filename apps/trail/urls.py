from django.urls import path

from apps.trail import views

app_name = "trail"

urlpatterns = [
    path("", views.EntryList.as_view(), name="list"),
    path("denied/", views.Denied.as_view(), name="denied"),
    path("unusual/", views.unusual, name="unusual"),
    path("people/<int:pk>/", views.person, name="person"),
    path("messages/<int:pk>/", views.message, name="message"),
]
