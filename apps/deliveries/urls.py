from django.urls import path

from apps.deliveries import day_sheet_page, shortfall_page, suggestions_page, views

app_name = "deliveries"

urlpatterns = [
    path("day-sheet/", day_sheet_page.page, name="day-sheet"),
    path("suggestions/", suggestions_page.Suggestions.as_view(), name="suggestions"),
    path("shortfall/", shortfall_page.page, name="shortfall"),
    path("search/", views.search, name="search"),
]
