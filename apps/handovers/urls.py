from django.urls import path

from apps.handovers import views

app_name = "handovers"

urlpatterns = [
    path("", views.OfferList.as_view(), name="list"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/accept/", views.accept, name="accept"),
    path("<int:pk>/decline/", views.decline, name="decline"),
]
