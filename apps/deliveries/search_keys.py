"""What to search the case system for: every key that the records give, each as text to copy. No names and no identity numbers are among them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.deliveries.clocks import received_at
from apps.deliveries.models import Delivery
from apps.ledger.models import Reference
from apps.ui import moments

MARGIN = timedelta(days=3)


@dataclass(frozen=True)
class SearchKey:
    label: str | Promise
    value: str


NAMESPACES: dict[str, str | Promise] = {
    "portal": _("Portal reference"),
    "fiksio": _("Fiks IO message"),
    "svarut": _("SvarUt reference"),
    "eformidling": _("eFormidling message"),
    "altinn": _("Altinn reference"),
    "case": _("Case system's reference"),
    "archive": _("Archive reference"),
    "call": _("Number of the call"),
    "handover": _("Number of the handover"),
}
# Attributes worth searching by, as the sources name them.
ATTRIBUTES: dict[str, str | Promise] = {
    "journalnummer": _("Journal number"),
    "virksomhetOrgnr": _("Reporting organisation"),
    "senderOrgNumber": _("Sending organisation"),
    "altinn2CorrespondenceId": _("Altinn 2 reference"),
}


def search_keys(delivery: Delivery, references: Iterable[Reference], attributes: dict[str, list[str]]) -> list[SearchKey]:
    """Received day and three to each side, reporter, children, then attributes and references."""
    received = received_at(delivery) or delivery.first_at
    keys = [SearchKey(_("Received, three days to each side"), f"{moments.day(received - MARGIN)}–{moments.day(received + MARGIN)}")]
    if delivery.reporter:
        keys.append(SearchKey(_("Reporter"), str(delivery.get_reporter_display())))
    if delivery.children:
        keys.append(SearchKey(_("Children"), str(delivery.children)))
    keys += [SearchKey(label, value) for name, label in ATTRIBUTES.items() for value in attributes.get(name, [])]
    keys += [SearchKey(NAMESPACES.get(reference.namespace, reference.namespace), reference.value) for reference in references]
    return keys
