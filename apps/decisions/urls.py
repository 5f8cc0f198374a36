from django.urls import path

from apps.decisions import views

app_name = "decisions"

urlpatterns = [
    path("about/<int:pk>/", views.decide, name="decide"),
    path("<int:pk>/look/", views.look, name="look"),
    path("<int:pk>/withdraw/", views.withdraw, name="withdraw"),
]
