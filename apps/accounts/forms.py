from datetime import datetime, time, timedelta

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.core import context
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm, ReauthenticateWebAuthnForm
from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts import actions, lockout, second_factor
from apps.accounts.roles import NATIONAL, Role
from apps.audit import actions as audit
from apps.audit.verbs import Verb
from apps.registry.models import Service

CODE = RegexValidator(r"^[0-9A-Za-z][0-9A-Za-z-]*\Z", _("Use letters, digits and hyphens only, beginning with a letter or digit."))


def text(kind=forms.TextInput, **attrs):
    return kind(attrs={"class": "ds-input"} | attrs)


class SignIn(LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label, login.widget = _("E-mail address"), text(forms.EmailInput, autocomplete="username", autofocus=True)
        password.label, password.help_text, password.widget = _("Password"), "", text(forms.PasswordInput, autocomplete="current-password")


class NewPassword(ChangePasswordForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        labels = {"oldpassword": _("The password you have now"), "password1": _("New password"), "password2": _("New password once more")}
        for name, label in labels.items():
            field = self.fields[name]
            field.label, field.help_text = label, ""
            field.widget = text(forms.PasswordInput, autocomplete="current-password" if name == "oldpassword" else "new-password")
        self.fields["password1"].help_text = _("At least 12 characters. Three or four unrelated words are good.")

    def clean_password1(self):
        new = self.cleaned_data["password1"]
        if self.user.check_password(new):
            raise forms.ValidationError(_("This is the password you have now. Choose another."))
        return new

    def save(self):
        super().save()
        actions.note_own_password(user=self.user)


class PasswordAgain(ReauthenticateForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        password = self.fields["password"]
        password.label, password.help_text, password.widget = _("Password"), "", text(forms.PasswordInput, autocomplete="current-password", autofocus=True)


def code_field(help_text):
    widget = text(autocomplete="one-time-code", inputmode="numeric", autofocus=True)
    return forms.CharField(label=_("Code"), max_length=20, help_text=help_text, widget=widget)


class Counted:
    """A wrong code is counted as a wrong password is, and whoever is locked out has nothing compared."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field(_("Six digits from your authenticator app, or one of your recovery codes."))

    def clean_code(self):
        if lockout.is_locked(context.request, self.user.email):
            raise get_adapter().validation_error("too_many_login_attempts")
        code = super().clean_code()
        if not second_factor.is_first_use(self.authenticator, code):
            raise get_adapter().validation_error("incorrect_code")
        return code

    def _emit_authentication_failed(self, authenticator):
        super()._emit_authentication_failed(authenticator)
        lockout.note_wrong_code(context.request, self.user)
        get_adapter().authentication_failed(context.request, email=self.user.email)


class Code(Counted, mfa.AuthenticateForm):
    pass


class CodeAgain(Counted, mfa.ReauthenticateForm):
    def save(self):
        super().save()
        audit.record(verb=Verb.CONFIRMED, by=self.user, now=timezone.now())


class PasskeyAgain(ReauthenticateWebAuthnForm):
    def clean_credential(self):
        authenticator = super().clean_credential()
        audit.record(verb=Verb.CONFIRMED, by=self.user, now=timezone.now())
        return authenticator


class FirstCode(ActivateTOTPForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field(_("The six digits that the app shows now."))


PASSKEY_NAME = _("What you call it")


class NewPasskey(AddWebAuthnForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        name = self.fields["name"]
        name.label, name.help_text, name.max_length = PASSKEY_NAME, _("For instance the computer or phone that it is on."), 60
        name.widget = text(maxlength=60, autocomplete="off")
        alone = self.fields["passwordless"]
        alone.label, alone.help_text, alone.initial = (
            _("Sign in with it alone, without the password"),
            _("Your device asks for your finger, face or PIN then."),
            True,
        )


class PasskeyName(EditWebAuthnForm):
    name = forms.CharField(label=PASSKEY_NAME, max_length=60, widget=text(maxlength=60, autocomplete="off"))


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"), max_length=254, widget=text(forms.EmailInput, autocomplete="off"))
    full_name = forms.CharField(label=_("Full name"), max_length=150, widget=text(autocomplete="off"))
    role = forms.ChoiceField(label=_("Role"), widget=text(forms.Select))
    service = forms.ModelChoiceField(label=_("Service"), queryset=Service.objects.none(), empty_label=_("Choose a service"), widget=text(forms.Select))
    first_date = forms.DateField(label=_("From"), required=False, widget=text(forms.DateInput, type="date"), help_text=_("Empty: from now on."))
    last_date = forms.DateField(
        label=_("To and including"), required=False, widget=text(forms.DateInput, type="date"), help_text=_("Empty: until somebody ends it.")
    )

    def __init__(self, *args, services, nationally=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["service"].queryset = services.order_by("name")
        self.fields["service"].required = not nationally
        self.fields["role"].choices = [(role.value, role.label) for role in Role if nationally or role not in NATIONAL]

    def dates(self, now):
        """`begins` and `ends` as `grant` wants them: the first moment of a day in Oslo, and the first after one. From today on means from `now` on."""
        first, last = self.cleaned_data["first_date"], self.cleaned_data["last_date"]
        begins = start_of(first) if first and first != timezone.localdate(now) else None
        return {"begins": begins, "ends": start_of(last + timedelta(days=1)) if last else None}

    def details(self):
        return {name: self.cleaned_data[name] for name in ("email", "full_name", "service")} | {"role": Role(self.cleaned_data["role"])}


def start_of(day):
    return timezone.make_aware(datetime.combine(day, time.min))


class ServiceForm(forms.Form):
    code = forms.CharField(
        label=_("Code"), max_length=20, validators=[CODE], widget=text(autocomplete="off"), help_text=_("Short, and never changed: files are imported by it.")
    )
    name = forms.CharField(label=_("Name"), max_length=100, widget=text(autocomplete="off"))
    areas = forms.MultipleChoiceField(
        label=_("Covers"),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "ds-input"}),
        error_messages={"required": _("Choose at least one municipality or district.")},
    )

    def __init__(self, *args, areas, **kwargs):
        """`areas` are rows of what is served today; they are offered by county."""
        super().__init__(*args, **kwargs)
        counties = {}
        for area in areas:
            counties.setdefault(area.municipality.county, []).append((f"{area.municipality_id}/{area.district}", _described(area)))
        self.fields["areas"].choices = sorted(counties.items())

    def areas_by_county(self):
        """(county, checkboxes, whether one is ticked), as the template shows them."""
        county_of = {value: county for county, options in self.fields["areas"].choices for value, _label in options}
        boxes = {}
        for box in self["areas"].subwidgets:
            boxes.setdefault(county_of[box.data["value"]], []).append(box)
        return [(county, ticks, len(boxes) == 1 or any(box.data["selected"] for box in ticks)) for county, ticks in boxes.items()]

    def chosen_areas(self):
        return [tuple(value.split("/")) for value in self.cleaned_data["areas"]]


def _described(area):
    if area.district:
        return f"{area.municipality_id}-{area.district} {area.service.name}"
    return f"{area.municipality_id} {area.municipality.name}"
