from django.urls import path

from apps.accounts import mine, views

app_name = "accounts"

urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/memberships/<int:pk>/end/", views.end_membership, name="membership-end"),
    path("people/sources/unlock/", views.unlock_source, name="source-unlock"),
    path("people/<int:pk>/", views.person, name="person"),
    path("people/<int:pk>/password/", views.renew_password, name="password-renew"),
    path("people/<int:pk>/second-factor/", views.take_second_factor, name="second-factor-take"),
    path("people/<int:pk>/unlock/", views.unlock, name="unlock"),
    path("people/<int:pk>/shut-out/", views.shut_out, name="shut-out"),
    path("people/<int:pk>/let-in/", views.let_in, name="let-in"),
    path("services/", views.services, name="services"),
    path("me/permissions/", mine.permissions, name="permissions"),
    path("me/sign-ins/", mine.sign_ins, name="sign-ins"),
    path("me/sign-ins/<int:pk>/end/", mine.end_sign_in, name="sign-in-end"),
    path("me/sign-ins/others/end/", mine.end_other_sign_ins, name="sign-ins-end"),
    path("me/elsewhere/", mine.elsewhere, name="elsewhere"),
    path("me/keys/", mine.keys, name="keys"),
    path("me/stay/", mine.stay, name="stay"),
    path("me/unsent/", mine.unsent, name="unsent"),
    path("me/unsent/keep/", mine.keep_unsent, name="unsent-keep"),
    path("me/unsent/forget/", mine.forget_unsent, name="unsent-forget"),
    path("language/", views.choose_language, name="language"),
]
