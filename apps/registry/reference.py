"""The reference tables of data/, read as unsaved rows."""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from apps.registry.models import District, Municipality, MunicipalityChange, Policy

DATA = Path(__file__).parent / "data"


def municipalities() -> list[Municipality]:
    return [
        Municipality(
            code=row["code"],
            name=row["name"],
            county=row["county"],
            orgnr=row["orgnr"],
            valid_from=_day(row["valid_from"]),
            valid_to=_day(row["valid_to"]),
        )
        for row in _rows("municipalities.csv")
    ]


def changes() -> list[MunicipalityChange]:
    return [
        MunicipalityChange(date=date.fromisoformat(row["date"]), old_id=row["old"], new_id=row["new"], kind=row["kind"])
        for row in _rows("municipality_changes.csv")
    ]


def districts() -> list[District]:
    return [
        District(municipality_id=row["municipality"], number=row["number"], name=row["name"], has_own_service=row["has_own_service"] == "yes")
        for row in _rows("districts.csv")
    ]


def policies() -> list[Policy]:
    return [
        Policy(
            name=row["name"],
            hours=int(row["hours"]),
            of_hundred=int(row["of_hundred"]) if row["of_hundred"] else None,
            valid_from=_moment(row["valid_from"]),
            valid_to=_moment(row["valid_to"]),
        )
        for row in _rows("policies.csv")
    ]


def _rows(file: str) -> Iterator[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
