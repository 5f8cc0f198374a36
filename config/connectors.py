"""What carriers are asked, from where and as whom, by environment alone; the README has an example of each."""

import json
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from apps.feeds.connectors import connection
from apps.feeds.connectors.catalogue import CONNECTORS


def connections(env: environ.Env) -> tuple[connection.Connection, ...]:
    """The rows of CONNECTORS, given as JSON or as the path of a file that holds it. Raises ImproperlyConfigured with a sentence."""
    text = env("CONNECTORS", default="[]")
    try:
        made = connection.table(json.loads(text if text.lstrip().startswith("[") else Path(text).read_text(encoding="utf-8")))
        for one in made:
            _fits(one)
    except (ValueError, OSError, TypeError) as problem:
        raise ImproperlyConfigured(f"CONNECTORS cannot be used. {problem}") from problem
    return made


def _fits(one: connection.Connection) -> None:
    connector = CONNECTORS.get(one.connector)
    if connector is None:
        raise connection.UnfitRow(f"There is no connector {one.connector!r}; the connectors are {', '.join(CONNECTORS)}.")
    if one.feed.split(".")[1:2] != [connector.format]:
        raise connection.UnfitRow(f"The connector {one.connector!r} fetches for feeds of the format {connector.format!r}, and {one.feed!r} is none.")
    if lacking := [name for name in connector.needs if not one.options.get(name)]:
        raise connection.UnfitRow(f"The connector {one.connector!r} needs the options {', '.join(lacking)}.")
