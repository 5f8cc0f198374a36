from django.urls import path

from apps.breaches import views

app_name = "breaches"

urlpatterns = [
    path("", views.page, name="list"),
    path("new/", views.new, name="new"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/draft/", views.draft, name="draft"),
    path("<int:pk>/tell/", views.tell, name="tell"),
    path("<int:pk>/supplement/", views.supplement, name="supplement"),
    path("<int:pk>/affected/", views.affected, name="affected"),
    path("<int:pk>/affected/told/", views.affected_told, name="affected-told"),
]
