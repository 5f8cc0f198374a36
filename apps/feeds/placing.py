"""What may be said of a number that no register knows: that it is the service's own, which releases the lines that wait for that, or that it is not after all."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.audit.verbs import Verb
from apps.feeds import places, repairs
from apps.feeds.models import Place, Rejection, Repair
from apps.ledger.models import Import
from apps.registry.models import Service


class NotUnknown(Exception):
    """No line waits because of this number."""


@transaction.atomic
def say_own(*, like: Rejection, by: User, now: datetime) -> list[Repair]:
    """The number that this line was rejected for is the service's own: bring in all lines of all its imports that wait for that, and read it so from now on.

    Returns the repairs, one or more for each import. Raises NotUnknown.
    """
    service, number = like.feed_import.service, places.number_of(like)
    if not number:
        raise NotUnknown(like.pk)
    say(service=service, number=number, is_own=True, by=by, now=now)
    waiting = (
        Rejection.objects.open().filter(service=service, code=places.UNKNOWN).filter(Q(details__found=number) | Q(details__found__startswith=f"{number} "))
    )
    imports = Import.objects.complete().filter(pk__in=waiting.values("feed_import"))
    return [made for feed_import in imports.order_by("pk") for made in repairs.release(feed_import=feed_import, lines=waiting, by=by, now=now)]


@transaction.atomic
def say(*, service: Service, number: str, is_own: bool, by: User, now: datetime) -> Place:
    """What the number is from now on; imports that were brought in stay as they are."""
    made = Place.objects.create(service=service, number=number, is_own=is_own, by=by, at=now)
    audit.record(verb=Verb.PLACED, by=by, services=[service.pk], now=now, number=number, is_own=is_own)
    return made
