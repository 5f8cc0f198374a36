"""What an identity provider says of a person, turned into roles: by a table, and by nothing else.

Each row names a claim, a value of it, and what whoever has it may be: `{"claim": "groups", "value": "barnevern-mottak", "role": "caseworker",
"services": ["4601"]}`. A national role has no services. In place of value, role and services a row may have a `pattern`, a regular expression whose
groups `role` and `service` say both: `{"claim": "groups", "pattern": "framme/(?P<service>[^/]+)/(?P<role>[a-z_]+)"}`. A claim within others is named with
dots: `realm_access.roles`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from apps.accounts.roles import NATIONAL, Role

Given = tuple[Role, str | None]  # a role in the service with this code


class UnfitRow(ValueError):
    """A row of the table that cannot be meant; the message says which and why."""


class Row(NamedTuple):
    """One row as it will be used: the values of a claim that fit the pattern give these roles, or the role and service that it names."""

    claim: str
    pattern: re.Pattern[str]
    gives: tuple[Given, ...]


def table(rows: Iterable[Mapping[str, Any]]) -> tuple[Row, ...]:
    """The table, ready for use. Raises UnfitRow."""
    return tuple(_row(number, dict(row)) for number, row in enumerate(rows, 1))


def given(claims: Mapping[str, Any], rows: Iterable[Row]) -> set[Given]:
    """Every role that the claims give, and in which service; a service's code is not looked up here."""
    found: set[Given] = set()
    for row in rows:
        for value in values(claims, row.claim):
            if fits := row.pattern.fullmatch(value):
                found |= set(row.gives) or _named(fits)
    return found


def values(claims: Mapping[str, Any], name: str) -> list[str]:
    """Of a claim by its name, or by the way to it; one value or many, as texts."""
    held: Any = claims.get(name)
    if held is None:
        held = claims
        for part in name.split("."):
            held = held.get(part) if isinstance(held, Mapping) else None
    many = held if isinstance(held, list | tuple) else [held]
    return [str(value) for value in many if isinstance(value, str | int)]


def _row(number: int, row: dict[str, Any]) -> Row:
    def unfit(why: str) -> UnfitRow:
        return UnfitRow(f"Row {number} of the table of claims: {why}")

    claim, pattern, value = row.pop("claim", ""), row.pop("pattern", None), row.pop("value", None)
    role, services = row.pop("role", None), row.pop("services", [])
    if row or not claim or (pattern is None) == (value is None):
        raise unfit('it needs a claim, and either a value or a pattern; besides them only "role" and "services".')
    if pattern is not None:
        if role or services or set(re.compile(pattern).groupindex) != {"role", "service"}:
            raise unfit('a pattern has the groups "role" and "service", and its row says nothing more.')
        return Row(claim, re.compile(pattern), ())
    if role not in Role.values:
        raise unfit(f"{role!r} is no role; there are {', '.join(Role.values)}.")
    if (role in NATIONAL) == bool(services):
        raise unfit("a national role has no services, every other role has some.")
    return Row(claim, re.compile(re.escape(str(value))), tuple((Role(role), code) for code in services or [None]))


def _named(fits: re.Match[str]) -> set[Given]:
    role = fits["role"]
    return {(Role(role), fits["service"])} if role in Role.values and role not in NATIONAL else set()
