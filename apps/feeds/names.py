"""The name of a feed where no page shows it: of its folder, in addresses, and in the settings of connectors. It carries service and format."""

from typing import Any

from apps.feeds import catalogue
from apps.feeds.models import Feed
from apps.ledger.models import Direction
from apps.registry.models import Service

VANTAGES = ("sender", "recipient")


class UnknownFeed(Exception):
    """No feed has this name, nor could one have it."""


def usual_direction(format: str) -> str:
    return Direction.OUTBOUND if catalogue.FORMATS[format].is_outbound else Direction.INBOUND


def name(feed: Feed, code: str = "") -> str:
    """`4601.altinn.outbound.sender`: service and format, and direction and vantage where they are not the usual ones. `code` spares asking for the service."""
    direction = "" if feed.direction == usual_direction(feed.format) else feed.direction
    return ".".join(filter(None, (code or feed.service.code, feed.format, direction, feed.vantage)))


def asked(name: str) -> dict[str, Any]:
    """What a feed of this name is of, as the columns of a feed, the service by its code. Raises UnknownFeed."""
    code, _, rest = name.partition(".")
    format, *words = rest.split(".")
    if format not in catalogue.FORMATS or len(set(words)) < len(words):
        raise UnknownFeed(name)
    said: dict[str, Any] = {"service__code": code, "format": format, "direction": usual_direction(format), "vantage": ""}
    for word in words:
        kind = "direction" if word in Direction.values else "vantage"
        if kind == "vantage" and not (word in VANTAGES and catalogue.FORMATS[format].takes_vantage):
            raise UnknownFeed(name)
        said[kind] = word
    return said


def feed_named(name: str) -> Feed:
    """The feed of this name, of those in the scope. Raises UnknownFeed."""
    found = Feed.objects.select_related("service").filter(**asked(name)).first()
    if found is None:
        raise UnknownFeed(name)
    return found


def service_named(name: str) -> Service:
    """The service of this name's feed, also when nothing has come by the feed yet. Raises UnknownFeed."""
    found = Service.objects.filter(code=asked(name)["service__code"]).first()
    if found is None:
        raise UnknownFeed(name)
    return found
