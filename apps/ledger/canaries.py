"""Canaries: test messages of our own, by the reference that they travel under. What one is told of is no delivery, so that nothing can count it.

A reference that no source has told of yet is one as soon as somebody registers it. One that is known already could be a report about a child, so it becomes
one only when two persons have said so. Nothing is erased: a withdrawal is another row, and whatever was told of the message is a delivery again.
"""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.ledger import actions
from apps.ledger.models import FROM_PEOPLE, Canary, Event, Reference
from apps.registry.models import Service


class Touched(Exception):
    """Somebody has decided, noted or been called about the message: it is not a test of ours."""


class TooLate(Exception):
    """A source has told of the reference already: only people can say that it is a test."""


class Known(Exception):
    """The reference is a canary already, or this person has said so already."""


def standing(*, known_at: str = "") -> str:
    """SQL for the references that are canaries: service_id, namespace, value; `known_at` is SQL for the time by which that was known, empty: ever."""
    by_then = f" WHERE c.learned_at <= {known_at}" if known_at else ""
    return (
        "SELECT c.service_id, c.namespace, c.value "
        "FROM (SELECT c.*, coalesce(max(c.id) FILTER (WHERE NOT c.is_one) OVER (PARTITION BY c.service_id, c.namespace, c.value), 0) AS ended "
        f"FROM ledger_canary c{by_then}) c WHERE c.is_one AND c.id > c.ended "
        "GROUP BY c.service_id, c.namespace, c.value HAVING bool_or(c.beforehand) OR count(DISTINCT c.by_id) > 1"
    )


@transaction.atomic
def register(*, service: Service, namespace: str, value: str, by: User | None, now: datetime) -> tuple[Canary, Reference | None]:
    """Say that what travels under this reference is a test of ours; also which reference of the ledger it is, if that is known. `by` is None for another
    system. Raises Known, Touched, TooLate.

    `value` as the ledger has it: trimmed, a UUID in lower case.
    """
    actions.lock(service_id=service.pk)  # of a file that is brought in meanwhile, either sees the other
    named = {"service": service, "namespace": namespace, "value": value}
    said = list(Canary.objects.filter(**named).order_by("pk"))
    current = said[next((place + 1 for place in reversed(range(len(said))) if not said[place].is_one), 0) :]
    if any((by and one.by_id == by.pk) or one.beforehand for one in current):
        raise Known
    reference = Reference.objects.filter(**named).first()
    is_told_of = reference is not None and Event.objects.filter(reference__service=service, reference__delivery=reference.delivery).exists()
    if reference and Event.objects.filter(reference__service=service, reference__delivery=reference.delivery, source__in=FROM_PEOPLE).exists():
        raise Touched
    if is_told_of and by is None:
        raise TooLate
    learned_at = actions.learned_at(service_id=service.pk, now=now)
    return Canary.objects.create(**named, is_one=True, beforehand=not is_told_of, by=by, learned_at=learned_at), reference


@transaction.atomic
def withdraw(*, canary: Canary, by: User, now: datetime) -> Reference | None:
    """It was no test, or is none any more: from now on it is a message like others. Returns its reference, if any source has told of it."""
    named = {"service_id": canary.service_id, "namespace": canary.namespace, "value": canary.value}
    learned_at = actions.learned_at(service_id=canary.service_id, now=now)
    Canary.objects.create(**named, is_one=False, beforehand=False, by=by, learned_at=learned_at)
    return Reference.objects.filter(**named).first()
