from django.urls import path

from apps.deliveries import views

app_name = "deliveries"

urlpatterns = [
    path("", views.DeliveryList.as_view(), name="list"),
    path("search/", views.search, name="search"),
    path("<int:pk>/", views.DeliveryList.as_view(), name="detail"),  # stands in until the page is there
]
