from django.urls import path, reverse_lazy
from django.views.generic import RedirectView

from apps.worklists import views

app_name = "worklists"

urlpatterns = [
    path("", RedirectView.as_view(url=reverse_lazy("worklists:list", args=["inbound", "open"])), name="start"),
    path("<str:direction>/<slug:slug>/", views.WorklistPage.as_view(), name="list"),
    path("<str:direction>/<slug:slug>/next/", views.NextOpen.as_view(), name="next"),
]
