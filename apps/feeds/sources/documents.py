"""Rows of a JSON document."""

from collections.abc import Iterator

from apps.feeds.record import Reading, Refused
from apps.feeds.sources.encodings import Encoding
from apps.feeds.sources.layout import Layout, Row


def rows(reading: Reading, encoding: Encoding, layout: Layout) -> Iterator[Row]:
    raise Refused("wrong_kind_of_file", found="JSON", expected="CSV")
    yield
