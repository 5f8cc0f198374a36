"""The police districts, and which of them each municipality of today lies in, as data/ has them. Nothing of it is in the database."""

import csv
from functools import cache

from apps.registry.reference import DATA


@cache
def names() -> dict[str, str]:
    """Slug -> name."""
    return _column("police_districts.csv", "slug", "name")


@cache
def of_municipalities() -> dict[str, str]:
    """A municipality's number -> its district's slug."""
    return _column("municipality_police_districts.csv", "municipality", "police_district")


def _column(file: str, key: str, value: str) -> dict[str, str]:
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        return {row[key]: row[value] for row in csv.DictReader(lines)}
