from django.urls import path

from apps.deliveries import views

app_name = "deliveries"

urlpatterns = [
    path("", views.DeliveryList.as_view(), name="list"),
    path("search/", views.search, name="search"),
]
