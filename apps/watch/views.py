"""How Framme itself is, for people: when everything was last looked at, when a file of each service was last complete, and which feeds are behind."""

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts import in_view
from apps.accounts.access import needs
from apps.watch import queries

WORDS = {
    "database": _("The database answers"),
    "migrations": _("The database is as this version wants it"),
    "worker": _("The worker looks at everything each minute"),
    "owed": _("Nothing has been owed for more than an hour"),
    "imports": _("No file needs a person to go on"),
    "feeds": _("No feed has been silent for two of its rhythms"),
}


@needs()
def status(request):
    """Of services only those in view."""
    now = timezone.now()
    checks = [(WORDS[check.name], check.holds) for check in queries.checks(now=now)]
    proofs = queries.proofs(services=in_view.service_ids(request), now=now)
    return render(request, "watch/status.html", {"now": now, "checks": checks, "pulse": queries.pulse(), "proofs": proofs})
