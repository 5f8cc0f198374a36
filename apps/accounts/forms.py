from allauth.account.forms import ChangePasswordForm, LoginForm
from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from apps.accounts.roles import NATIONAL, Role
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
            field.label = label
            field.widget = text(forms.PasswordInput, autocomplete="current-password" if name == "oldpassword" else "new-password")
        self.fields["password1"].help_text = _("At least 12 characters. Three or four unrelated words are good.")


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"), max_length=254, widget=text(forms.EmailInput, autocomplete="off"))
    full_name = forms.CharField(label=_("Full name"), max_length=150, widget=text(autocomplete="off"))
    role = forms.ChoiceField(label=_("Role"), widget=text(forms.Select))
    service = forms.ModelChoiceField(label=_("Service"), queryset=Service.objects.none(), empty_label=_("Choose a service"), widget=text(forms.Select))

    def __init__(self, *args, services, nationally=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["service"].queryset = services.order_by("name")
        self.fields["service"].required = not nationally
        self.fields["role"].choices = [(role.value, role.label) for role in Role if nationally or role not in NATIONAL]


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
