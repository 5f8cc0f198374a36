from django.urls import path

from apps.accounts import views

app_name = "accounts"

urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/<int:pk>/end/", views.end_membership, name="membership-end"),
    path("people/<int:pk>/password/", views.renew_password, name="password-renew"),
    path("services/", views.services, name="services"),
    path("language/", views.choose_language, name="language"),
]
