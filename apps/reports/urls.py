from django.urls import path

from apps.reports import control_page, figures_page, overview_page, rollup_page

app_name = "reports"

urlpatterns = [
    path("", figures_page.Figures.as_view(), name="figures"),
    path("across/", rollup_page.across, name="across"),
]

overview = [
    path("", overview_page.page, name="page"),
    path("controls/", control_page.ControlList.as_view(), name="controls"),
    path("controls/sign/", control_page.sign, name="sign"),
    path("controls/<int:pk>/", control_page.detail, name="control"),
]
