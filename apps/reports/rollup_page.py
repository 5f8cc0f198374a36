"""Figures across services, for national coordinators: a table without a map, by level and direction, on the page and as a file."""

from django import forms
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from apps.accounts import fresh
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.audit import actions as audit
from apps.audit.verbs import Verb
from apps.ledger.models import Direction
from apps.registry.models import Municipality
from apps.reports import rollup, untold
from apps.reports.levels import Level
from apps.ui.pages import FILES

NOT_UNDERSTOOD = 400


class QuestionForm(forms.Form):
    level = forms.ChoiceField(label=gettext_lazy("Grouped by"), choices=Level, initial=Level.COUNTY, required=False)
    direction = forms.ChoiceField(label=gettext_lazy("Direction"), choices=rollup.WAYS, initial=Direction.INBOUND, required=False)
    county = forms.ChoiceField(label=gettext_lazy("County"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        counties = Municipality.objects.filter(valid_to=None).order_by("county").values_list("county", flat=True).distinct()
        self.fields["county"].choices = [("", gettext_lazy("All")), *((name, name) for name in counties)]

    def asked(self):
        """What was asked for, or, where it was not or cannot be, what the page begins with."""
        typed = getattr(self, "cleaned_data", {})
        return {
            "level": Level(typed.get("level") or Level.COUNTY),
            "way": typed.get("direction") or Direction.INBOUND.value,
            "county": typed.get("county") or "",
        }


@require_safe
@needs(Permission.SEE_ACROSS)
def across(request):
    """`format=csv` and `format=xlsx` are the same table as a file."""
    now = timezone.now()
    form = QuestionForm(request.GET if request.GET else None)
    is_understood = not form.is_bound or form.is_valid()
    asked = form.asked()
    kind = request.GET.get("format", "") if is_understood else ""
    if kind in FILES:
        fresh.ask(request)
    found = rollup.of(**asked, now=now)
    if kind in FILES:
        name = f"framme-{_('across-services')}-{timezone.localtime(now):%Y%m%d-%H%M}.{kind}"
        file = FILES[kind](rollup.sheet(found, level=asked["level"]), file_name=name, about=rollup.about(found, **asked))
        told = {name: str(value) for name, value in asked.items()}
        audit.record(verb=Verb.EXPORTED, by=request.user, now=now, list=request.path, filter=told, count=len(found.groups))
        return file
    context = {
        "now": now,
        "form": form,
        "found": found,
        "level": asked["level"],
        "columns": rollup.COLUMNS,
        "covered": rollup.covered(found.all),
        "small": rollup.SMALL,
        "untold": untold.MEANINGS[1:],
        "files": [(kind, f"?{with_format(request, kind)}") for kind in FILES],
    }
    return render(request, "reports/across.html", context, status=200 if is_understood else NOT_UNDERSTOOD)


def with_format(request, kind):
    query = request.GET.copy()
    query["format"] = kind
    return query.urlencode()
