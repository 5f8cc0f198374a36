"""Rows of a spreadsheet."""

from collections.abc import Iterator

from apps.feeds.record import Reading, Refused
from apps.feeds.sources.layout import Layout, Row


def rows(reading: Reading, layout: Layout) -> Iterator[Row]:
    raise Refused("wrong_kind_of_file", found="XLSX/ODS", expected="CSV")
    yield
