from django.urls import path

from apps.deliveries import day_sheet_page, shortfall_page, views

app_name = "deliveries"

urlpatterns = [
    path("day-sheet/", day_sheet_page.page, name="day-sheet"),
    path("shortfall/", shortfall_page.page, name="shortfall"),
    path("search/", views.search, name="search"),
]
