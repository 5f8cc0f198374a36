"""What is found for a reporter who asks: messages by day, way, kind of reporter and service, and never by a child's name."""

from collections.abc import Collection
from datetime import date, timedelta

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from apps.calls.models import Call, Way
from apps.deliveries import queries as deliveries
from apps.deliveries.clocks import HAS_REVIEW
from apps.deliveries.models import Channel, Delivery, DeliveryQuerySet, Reporter
from apps.ui.filters import start_of

# People remember the day on which they pressed the button, and it may have been the evening before.
MARGIN = timedelta(days=1)
MOST = 100
CHANNELS = {Way.PORTAL: Channel.PORTAL, Way.ALTINN: Channel.ALTINN, Way.SVARUT: Channel.SVARUT, Way.EFORMIDLING: Channel.EFORMIDLING}


def fitting(messages: DeliveryQuerySet, *, first_day: date, last_day: date, way: str, reporter: str) -> QuerySet[Delivery]:
    """Messages to the service that came from the day before `first_day` to the day after `last_day` in Oslo, each with `came_at`, in that order.

    By the carrier that the reporter names, where it is one that tells of its messages; a report of which nobody says who sent it fits either kind. What only
    the case system knows fits too, since it may have come by letter or telephone.
    """
    begins, ends = start_of(first_day - MARGIN), start_of(last_day + MARGIN + timedelta(days=1))
    came = messages.inbound().filter(category__in=HAS_REVIEW, first_at__lt=ends)
    came = came.annotate(came_at=Coalesce("receipted_at", "available_at", "sent_at", "registered_at", "first_at"))
    came = came.filter(came_at__gte=begins, came_at__lt=ends)
    if way in CHANNELS:
        came = came.filter(channel=CHANNELS[Way(way)])
    if reporter in (Reporter.PRIVATE, Reporter.PUBLIC):
        came = came.exclude(reporter=Reporter.PUBLIC if reporter == Reporter.PRIVATE else Reporter.PRIVATE)
    return came.order_by("came_at", "id")


def rows(messages: QuerySet[Delivery]) -> list[dict]:
    """The first MOST of them as dicts, as a list of deliveries has them, with `came_at`."""
    return list(messages.values(*deliveries.ROW, "came_at", references=deliveries.references(deliveries.RANK, "id"))[:MOST])


def about(*, homes: Collection[int]) -> QuerySet[Call]:
    """The calls about a delivery, by the homes of its references, oldest first."""
    return Call.objects.filter(reference__in=homes).select_related("by", "answer__by").order_by("pk")


def cohort(messages: DeliveryQuerySet, call: Call) -> QuerySet[Delivery]:
    """Other open messages of the same service, days and way: what happened to one may have happened to them."""
    mine = messages.filter(service=call.service_id).open().exclude(pk=call.reference.delivery)
    return fitting(mine, first_day=call.first_day, last_day=call.last_day, way=call.way, reporter=Reporter.UNKNOWN)
