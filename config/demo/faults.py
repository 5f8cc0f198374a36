"""What is publicly known of the loss that Framme was made after: the window of the fault, as a mark that stands for all services, with who said so."""

from datetime import date, datetime

from apps.outages import actions as outages
from apps.outages.models import Kind, Outage, Precision

PORTALS_LOSS = {
    "kind": Kind.FAULT,
    "channel": "portal",
    "system": "Visma Familia",
    "version": "",
    "first_day": date(2020, 9, 1),
    "last_day": date(2023, 5, 31),
    "precision": Precision.MONTH,
    "what": "Meldere fikk kvittering, men fagsystemet lagret ikke meldingen; portalen slettet sin kopi etter 14 dager.",
    "said_by": "Bufdir",
    "said_on": date(2023, 6, 16),
    "source": "Kartleggingen i kommunene, juni 2023",
}


def mark(now: datetime) -> None:
    """Once; a build that was stopped may have come so far already."""
    if not Outage.objects.filter(what=PORTALS_LOSS["what"]).exists():
        outages.mark(service=None, **PORTALS_LOSS, by=None, now=now)
