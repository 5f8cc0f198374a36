"""Every page, by app. The addresses are part of what people share, so they do not change."""

from importlib.util import find_spec

from django.urls import include, path

from config import header

APPS = {"worklists/": "worklists", "deliveries/": "deliveries", "decisions/": "decisions", "imports/": "feeds", "": "accounts"}

urlpatterns = [
    path("in-view/", header.choose_service, name="in-view"),
    path("accounts/", include("allauth.account.urls")),
    *(path(prefix, include(f"apps.{app}.urls")) for prefix, app in APPS.items() if find_spec(f"apps.{app}.urls")),
]
