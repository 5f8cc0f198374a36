"""Who has opened a delivery, for those who may know."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from apps.accounts.models import User
from apps.audit import queries as audit
from apps.audit.verbs import Kind
from apps.deliveries.models import Delivery
from apps.ledger import queries as ledger


class Seen(NamedTuple):
    who: str
    count: int
    last: datetime


def seen_by(delivery: Delivery) -> Iterator[Seen]:
    """The latest first; under whatever id it was opened, before others were joined to it."""
    ids = list(ledger.references(delivery=delivery.pk).values_list("pk", flat=True))
    seen = list(audit.seen_by(kind=Kind.DELIVERY, ids=ids, services=[delivery.service_id]))
    people = User.objects.in_bulk([one["person_id"] for one in seen])
    return (Seen(str(people.get(one["person_id"], "–")), one["count"], one["last"]) for one in seen)
