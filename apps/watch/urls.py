from django.urls import path

from apps.watch import alarm_pages, canary_pages, views

app_name = "watch"

urlpatterns = [
    path("", views.status, name="status"),
    path("alarms/", alarm_pages.AlarmList.as_view(), name="alarms"),
    path("alarms/arrange/", alarm_pages.arrange, name="arrange"),
    path("alarms/<int:pk>/", alarm_pages.detail, name="alarm"),
    path("rhythm/", alarm_pages.rhythms, name="rhythm"),
    path("canaries/", canary_pages.listed, name="canaries"),
    path("canaries/<int:pk>/withdraw/", canary_pages.withdraw, name="canary-withdraw"),
]
