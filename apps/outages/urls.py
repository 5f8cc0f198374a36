from django.urls import path

from apps.outages import views

app_name = "outages"

urlpatterns = [
    path("", views.page, name="list"),
    path("<int:pk>/take-back/", views.take_back, name="take-back"),
    path("file/", views.from_file, name="file"),
    path("systems/", views.systems, name="systems"),
]
