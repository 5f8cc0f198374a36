"""The pages of allauth that Framme has, under their own names. Addresses, sign-up and mailed links are left out: people are invited, and no mail is sent."""

from allauth.account import views as allauth
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount import views as socialaccount
from allauth.socialaccount.providers.openid_connect import views as openid
from django.contrib.auth.decorators import login_not_required
from django.urls import path

from apps.accounts import views

FACTOR = "second-factor/"

urlpatterns = [
    path("sign-in/", allauth.login, name="account_login"),
    path("sign-in/code/", login_not_required(mfa.authenticate), name="mfa_authenticate"),
    path("sign-in/passkey/", login_not_required(passkeys.login_webauthn), name="mfa_login_webauthn"),
    path("sign-out/", allauth.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("password/", allauth.password_change, name="account_change_password"),
    path("password/forgotten/", views.forgotten_password, name="account_reset_password"),
    path("cancelled/", login_not_required(socialaccount.login_cancelled), name="socialaccount_login_cancelled"),
    path("<slug:provider_id>/begin/", openid.login, name="openid_connect_login"),
    path("<slug:provider_id>/callback/", openid.callback, name="openid_connect_callback"),
    path("again/", allauth.reauthenticate, name="account_reauthenticate"),
    path("again/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("again/passkey/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path(FACTOR, mfa.index, name="mfa_index"),
    path(f"{FACTOR}app/", totp.activate_totp, name="mfa_activate_totp"),
    path(f"{FACTOR}app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path(f"{FACTOR}passkeys/", mfa.index, name="mfa_list_webauthn"),
    path(f"{FACTOR}passkeys/add/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path(f"{FACTOR}passkeys/<int:pk>/name/", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
    path(f"{FACTOR}passkeys/<int:pk>/remove/", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
    path(f"{FACTOR}recovery-codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(f"{FACTOR}recovery-codes/new/", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
]
