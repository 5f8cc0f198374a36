"""The pages of allauth that Framme has, under their own names. Addresses, sign-up and mailed links are left out: people are invited, and no mail is sent."""

from allauth.account import views as allauth
from django.urls import path

from apps.accounts import views

urlpatterns = [
    path("sign-in/", allauth.login, name="account_login"),
    path("sign-out/", allauth.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("password/", allauth.password_change, name="account_change_password"),
    path("password/forgotten/", views.forgotten_password, name="account_reset_password"),
]
