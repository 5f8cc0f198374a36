from django.urls import path

from apps.letters import views

app_name = "letters"

urlpatterns = [
    path("", views.resend, name="resend"),
    path("print/", views.print_letters, name="print"),
    path("printings/<int:pk>/", views.printing, name="printing"),
    path("<int:pk>/tracking/", views.track, name="track"),
    path("words/<slug:language>/", views.write, name="write"),
]
