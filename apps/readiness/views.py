"""Who can open which channel, service by service; red where one person can, or none."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.feeds import arrangements
from apps.readiness import actions, queries
from apps.readiness.models import REASON_LIMIT, Channel, Proof, Unused
from apps.ui.filters import DayField

NOT_FILLED_IN = 422


class ProofForm(forms.Form):
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), choices=Channel)
    person = forms.TypedChoiceField(label=gettext_lazy("Person"), coerce=int)
    proven_on = DayField(label=gettext_lazy("Opened it on"))
    expires_on = DayField(label=gettext_lazy("Holds until"), required=False)

    def __init__(self, *args, people=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [(person.pk, str(person)) for person in people]


class UnusedForm(forms.Form):
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), choices=Channel)
    until = DayField(label=gettext_lazy("Until"), required=False, help_text=gettext_lazy("At most a year ahead. Then it is said anew, or it counts as used."))
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        required=False,
        max_length=4 * REASON_LIMIT,
        help_text=gettext_lazy("No names and no identity numbers."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def red_today(request, services, now):
    """The line of a manager's start page: how many channels of the services in view one person can open, or none; nothing where others can as well."""
    managed = set(accounts.scope(request.user).services(Permission.ASSIGN)) & set(services)
    count = queries.red(services=services, now=now) if managed else 0
    said = ngettext(
        "%(count)s channel can be opened by one person or by nobody, as far as is proven.",
        "%(count)s channels can be opened by one person or by nobody, as far as is proven.",
        count,
    )
    return [{"text": said % {"count": count}, "count": count, "url": f"{reverse('readiness:page')}?red=1"}] if count else []


@require_safe
@needs(Permission.SEE_DELIVERIES)
def page(request):
    return shown(request)


@require_POST
@needs(Permission.ASSIGN)
def prove(request):
    form = ProofForm(request.POST, people=people(alone(request), timezone.now()))
    return done(request, form, actions.prove, "form")


@require_POST
@needs(Permission.ASSIGN)
def leave(request):
    return done(request, UnusedForm(request.POST, prefix="unused"), actions.leave, "unused_form")


def done(request, form, act, name):
    """What a form of the page says of the one service in view; it comes back with what was typed where that cannot be."""
    service = alone(request)
    if service is None:
        form.add_error(None, _("Choose one service above."))
    elif form.is_valid():
        try:
            act(service=service, **form.cleaned_data, by=request.user, now=timezone.now())
        except actions.NotAllowed:
            raise PermissionDenied from None
        except actions.NotKept as error:
            for field, sentence in error.problems.items():
                form.add_error(field, str(sentence))
        else:
            return redirect("readiness:page")
    return shown(request, status=NOT_FILLED_IN, **{name: form})


@require_POST
@needs(Permission.ASSIGN)
def end(request, pk):
    return over(request, pk, Proof, lambda proof, **said: actions.end(proof=proof, **said))


@require_POST
@needs(Permission.ASSIGN)
def take_up(request, pk):
    return over(request, pk, Unused, lambda unused, **said: actions.take_up(unused=unused, **said))


def over(request, pk, model, act):
    found = get_object_or_404(model.objects.visible_to(request.user).select_related("service"), pk=pk)
    try:
        act(found, by=request.user, now=timezone.now())
    except actions.NotAllowed:
        raise PermissionDenied from None
    return redirect("readiness:page")


def alone(request):
    """The one service in view, or the only one a person has."""
    mine = in_view.services(request)
    return in_view.service(request) or (mine[0] if len(mine) == 1 else None)


def people(service, now):
    return arrangements.members(service=service, now=now) if service else ()


def shown(request, status=200, **typed):
    now, service = timezone.now(), alone(request)
    rows, only_red = queries.access(services=in_view.service_ids(request), now=now), "red" in request.GET
    may_prove = service is not None and accounts.scope(request.user).may(Permission.ASSIGN, service.pk)
    context = {
        "now": now,
        "rows": [row for row in rows if row.is_red or not only_red],
        "only_red": only_red,
        "service": service,
        "may_assign": accounts.scope(request.user).may(Permission.ASSIGN),
        "may_prove": may_prove,
        "form": ProofForm(people=people(service, now), initial={"proven_on": timezone.localdate(now)}),
        "unused_form": UnusedForm(prefix="unused"),
        **typed,
    }
    return render(request, "readiness/page.html", context, status=status)
