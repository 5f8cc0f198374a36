from django.urls import path

from apps.feeds.api import views

app_name = "api"

urlpatterns = [
    path("openapi.json", views.describe, name="description"),
    path("feeds/<str:name>/imports", views.hand_in, name="hand-in"),
    path("feeds/<str:name>/imports/<int:pk>", views.read_import, name="import"),
    path("feeds/<str:name>/canaries", views.register_canary, name="canary"),
    path("push/<str:written>", views.push, name="push"),
]
