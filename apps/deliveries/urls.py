from django.urls import path

from apps.deliveries import views

app_name = "deliveries"

urlpatterns = [
    path("search/", views.search, name="search"),
]
