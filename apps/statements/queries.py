"""What may be asked of statements."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime

from django.db.models import Max, Min, QuerySet

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.audit.verbs import Kind, Verb
from apps.registry.models import Service
from apps.statements.models import Statement

# What is signed, beside who and when, which stand in the entry of the trail itself.
SIGNED = ("scope", "number", "from_day", "to_day", "basis", "as_of", "known_at", "is_final", "method", "figures", "definitions", "graces", "coverage")


def scope(services: Iterable[Service]) -> str:
    return "+".join(sorted(service.code for service in services))


def next_number(*, scope: str) -> int:
    return 1 + (Statement.objects.filter(scope=scope).aggregate(last=Max("number"))["last"] or 0)


def rows(statement: Statement) -> QuerySet[Statement]:
    """The statement of each service that one is over, by the services' codes; those outside one's scope are not among them."""
    return Statement.objects.filter(scope=statement.scope, number=statement.number).select_related("service", "by").order_by("service__code")


def listed(*, user: User) -> QuerySet[Statement]:
    """One row for each statement that the person may see any of, the newest first."""
    mine = Statement.objects.visible_to(user)
    firsts = mine.values("scope", "number").annotate(first=Min("pk")).values("first")
    return mine.filter(pk__in=firsts).select_related("service", "by", "replaces", "replacement").order_by("-at", "-pk")


def comparable(statement: Statement, *, user: User) -> QuerySet[Statement]:
    """The other statements of the same service, scope and period, the newest first."""
    same = {"service": statement.service_id, "scope": statement.scope, "from_day": statement.from_day, "to_day": statement.to_day, "basis": statement.basis}
    return Statement.objects.visible_to(user).filter(**same).exclude(pk=statement.pk).order_by("-number")


def digest(statement: Statement) -> bytes:
    """SHA-256 over everything that was told, as it is kept; the entry of the trail holds it, and the trail's chain that entry."""
    told = {name: getattr(statement, name) for name in SIGNED} | {"service": statement.service_id, "replaces": statement.replaces_id}
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=written)
    return hashlib.sha256(text.encode()).digest()


def written(value: date) -> str:
    """A day or a time in the one way that it is hashed in."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value.isoformat()


def signatures(statements: Iterable[Statement]) -> dict[int, Entry]:
    """The entry of the trail that tells of each statement, by the statement's id."""
    wanted = {statement.pk: statement.service_id for statement in statements}
    entries = Entry.objects.filter(verb=Verb.ISSUED, kind=Kind.STATEMENT, object_id__in=wanted)
    return {entry.object_id: entry for entry in entries if entry.object_id and wanted[entry.object_id] == entry.service_id}
