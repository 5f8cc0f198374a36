"""A printing as a PDF that everybody can read (PDF/UA-1): the address sheet, then one letter on each page. Names and addresses are written by hand, or come
from the case system: Framme has none.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import typst
from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from apps.deliveries.models import Delivery
from apps.deliveries.queries import RANK
from apps.ledger.models import Reference
from apps.letters.models import Letter, Printing
from apps.letters.words import filled

FORM = Path(settings.BASE_DIR) / "templates" / "letters" / "printing.typ"


def pdf(printing: Printing, *, now: datetime) -> bytes:
    """`now` is aware; days stand as in Oslo."""
    with translation.override(printing.language):
        told = content(printing, list(printing.letters.order_by("place")), now)
    return bytes(typst.compile(FORM, sys_inputs={"told": json.dumps(told)}, pdf_standards=["ua-1"]))


def content(printing: Printing, letters: list[Letter], now: datetime) -> dict[str, object]:
    """What the form shows, every word of it."""
    known = named(letter.reference_id for letter in letters)
    about = {"service": printing.service.name, "today": day(now)}
    pages = []
    for letter in letters:
        reference, sent = known[letter.reference_id]
        values = about | {"reference": reference, "sent": sent, "number": letter.number}
        pages.append(values | {"subject": filled(printing.subject, values), "body": filled(printing.body, values).split("\n\n")})
    return about | {
        "language": printing.language,
        "title": _("Letters %(number)s from %(service)s") % {"number": printing.pk, "service": printing.service.name},
        "sheet": _("Address sheet"),
        "columns": [_("No."), _("Reference"), _("Sent digitally"), _("Name and address"), _("Tracking number")],
        "to": _("To:"),
        "letters": pages,
    }


def named(homes: Iterable[int]) -> dict[int, tuple[str, str]]:
    """By home, the strongest reference of the message and the day on which it was first heard of."""
    deliveries = dict(Reference.objects.filter(pk__in=list(homes)).values_list("pk", "delivery"))
    strongest: dict[int, str] = {}
    for delivery, value in Reference.objects.filter(delivery__in=deliveries.values()).order_by(RANK, "pk").values_list("delivery", "value"):
        strongest.setdefault(delivery, value)
    first = dict(Delivery.objects.filter(pk__in=deliveries.values()).values_list("pk", "first_at"))
    return {home: (strongest[delivery], day(first[delivery])) for home, delivery in deliveries.items()}


def day(at: datetime) -> str:
    return timezone.localtime(at).strftime("%d.%m.%Y")
