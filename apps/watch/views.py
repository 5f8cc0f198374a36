"""How Framme itself is, for people: when everything was last looked at, when a file of each service was last complete, and which feeds are behind."""

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts import in_view
from apps.accounts import queries as accounts
from apps.accounts.access import needs
from apps.accounts.roles import Permission
from apps.watch import queries, words

WORDS = {
    "database": _("The database answers"),
    "migrations": _("The database is as this version wants it"),
    "worker": _("The worker looks at everything each minute"),
    "owed": _("Nothing has been owed for more than an hour"),
    "imports": _("No file needs a person to go on"),
    "tellings": _("Everybody who must be told of an alarm was told"),
    "feeds": _("No feed has been silent for two of its rhythms"),
}


@needs()
def status(request):
    """Of services only those in view."""
    now = timezone.now()
    checks = [(WORDS[check.name], check.holds) for check in queries.checks(now=now)]
    proofs = queries.proofs(services=in_view.service_ids(request), now=now)
    seen = accounts.scope(request.user).may(Permission.SEE_IMPORTS)
    context = {
        "now": now,
        "checks": checks,
        "pulse": queries.pulse(),
        "proofs": proofs,
        "complete_at": max((proof.complete_at for proof in proofs if proof.complete_at), default=None),
        "of_all": [(alarm, words.reasoning(alarm)) for alarm in queries.of_all_services()],
        "alarms": queries.open_alarms(services=in_view.service_ids(request))[0] if seen else None,
    }
    return render(request, "watch/status.html", context)


def alarms_today(request, services, now):
    """The line of the start page: the alarms that stand, for those who may see them; where none does, no line."""
    if not accounts.scope(request.user).may(Permission.SEE_IMPORTS):
        return []
    count, waiting = queries.open_alarms(services=services)
    chosen = in_view.service(request)
    query = urlencode({"standing": "open"} | ({"service": chosen.code} if chosen else {}))
    note = ngettext("%(count)s that nobody has taken on", "%(count)s that nobody has taken on", waiting) % {"count": waiting} if waiting else ""
    return [{"label": _("Alarms"), "count": count, "url": f"{reverse('watch:alarms')}?{query}", "note": note, "is_alarm": waiting > 0}] if count else []
