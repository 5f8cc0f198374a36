from django.urls import path

from apps.decisions import draw_pages, tie_page, views

app_name = "decisions"

urlpatterns = [
    path("about/<int:pk>/", views.decide, name="decide"),
    path("about/<int:pk>/tie/", tie_page.accept, name="tie"),
    path("about/<int:pk>/untie/", tie_page.undo, name="untie"),
    path("drawn/", draw_pages.DrawnList.as_view(), name="drawn"),
    path("drawn/<int:pk>/", draw_pages.look_again, name="look-again"),
    path("<int:pk>/look/", views.look, name="look"),
    path("<int:pk>/withdraw/", views.withdraw, name="withdraw"),
]
