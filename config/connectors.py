"""What carriers are asked, from where and as whom, by environment alone; the README has an example of each."""

import json
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from apps.feeds.connectors import connection
from apps.feeds.connectors.addresses import UnfitRow
from apps.feeds.connectors.catalogue import CONNECTORS
from apps.feeds.connectors.proxy import Proxy, named


def outbound_proxy(env: environ.Env) -> Proxy | None:
    """What HTTPS_PROXY and NO_PROXY say, in capitals or not, as other programs read them. Raises ImproperlyConfigured with a sentence."""
    said = {name: env(name, default="") or env(name.lower(), default="") for name in ("HTTPS_PROXY", "NO_PROXY")}
    try:
        return named(said["HTTPS_PROXY"], beside=said["NO_PROXY"])
    except UnfitRow as problem:
        raise ImproperlyConfigured(f"HTTPS_PROXY cannot be used. {problem}") from problem


def connections(env: environ.Env, *, proxy: Proxy | None = None) -> tuple[connection.Connection, ...]:
    """The rows of CONNECTORS, given as JSON or as the path of a file that holds it. Raises ImproperlyConfigured with a sentence."""
    text = env("CONNECTORS", default="[]")
    try:
        made = connection.table(json.loads(text if text.lstrip().startswith("[") else Path(text).read_text(encoding="utf-8")), proxy=proxy)
        for one in made:
            _fits(one)
    except (ValueError, OSError, TypeError) as problem:
        raise ImproperlyConfigured(f"CONNECTORS cannot be used. {problem}") from problem
    return made


def _fits(one: connection.Connection) -> None:
    connector = CONNECTORS.get(one.connector)
    if connector is None:
        raise UnfitRow(f"There is no connector {one.connector!r}; the connectors are {', '.join(CONNECTORS)}.")
    if one.feed.split(".")[1:2] != [connector.format]:
        raise UnfitRow(f"The connector {one.connector!r} fetches for feeds of the format {connector.format!r}, and {one.feed!r} is none.")
    if lacking := [name for name in connector.needs if not one.options.get(name)]:
        raise UnfitRow(f"The connector {one.connector!r} needs the options {', '.join(lacking)}.")
