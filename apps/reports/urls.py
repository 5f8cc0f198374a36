from django.urls import path

from apps.reports import overview_page, views

app_name = "reports"

urlpatterns = [
    path("", views.Figures.as_view(), name="figures"),
]

overview = [
    path("", overview_page.page, name="page"),
]
