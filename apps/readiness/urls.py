from django.urls import path

from apps.readiness import views

app_name = "readiness"

urlpatterns = [
    path("", views.page, name="page"),
    path("prove/", views.prove, name="prove"),
    path("<int:pk>/end/", views.end, name="end"),
    path("unused/", views.leave, name="leave"),
    path("unused/<int:pk>/take-up/", views.take_up, name="take-up"),
]
