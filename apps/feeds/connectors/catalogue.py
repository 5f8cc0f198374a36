"""The connectors: one line each. A new one is a module here and a line."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from apps.feeds.connectors import altinn, eformidling, portal, svarut
from apps.feeds.connectors.client import Session
from apps.feeds.connectors.pulling import Cursor, Known, Pulled

Pull = Callable[[Session, Cursor, Known, datetime], Iterator[Pulled]]


class Connector(NamedTuple):
    """How something is fetched, the format of feeds that it is fetched for, and the options that its connections must have."""

    pull: Pull
    format: str
    needs: tuple[str, ...] = ()


CONNECTORS: dict[str, Connector] = {
    "altinn": Connector(altinn.pull, "altinn", ("resourceId",)),
    "eformidling": Connector(eformidling.pull, "eformidling"),
    "svarut-status": Connector(svarut.pull_statuses, "svarut-status", ("account",)),
    "svarut-events": Connector(svarut.pull_events, "svarut-history"),
    "portal": Connector(portal.pull, "portal-history", ("organisation",)),
}
