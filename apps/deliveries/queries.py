"""What lists of deliveries read: lean rows with their references in one query, the order in which something can still be saved, and the search for a reference."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import transaction
from django.db.models import BooleanField, Case, Count, F, Func, IntegerField, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.functions import Cast

from apps.deliveries.models import Delivery
from apps.deliveries.states import State
from apps.ledger.models import Direction, Reference

# A list's rows are plain dicts: fifty model instances of forty columns cost more than the query that fetches them.
ROW = (
    "id",
    "service__code",
    "service__name",
    "direction",
    "channel",
    "reporter",
    "category",
    "children",
    "first_at",
    "state",
    "since",
    "waits_until",
    "gone_at",
    "is_late",
    "child_known",
    "look_waits",
    "reopened_at",
)
RUNNING_OUT = timedelta(days=7)
# The reference that names a message to people stands first.
STRONGEST_FIRST = ["portal", "altinn", "svarut", "eformidling", "case", "archive", "fiksio"]
RANK = Func(
    Value(STRONGEST_FIRST, output_field=ArrayField(TextField())), Cast("namespace", TextField()), function="array_position", output_field=IntegerField()
)
BEFORE_ANY_SIGN, BEYOND_ANY_SIGN = "\x01", "\U0010ffff"
SHORTEST_BEGINNING = 3

IS_COVERED = Case(
    When(direction=Direction.INBOUND, waits_until__lt=F("service__coverage__reaches_at"), then=Value(True)), default=Value(False), output_field=BooleanField()
)

# What the command `deliveries` prints, in its order; `service` is its code.
TOLD = (
    "id service direction references state since sent_at receipted_at available_at posted_at fetched_at opened_at registered_at failed_at removed_at "
    "withdrawn_at unread_at concluded_at children case_count is_late source_missing covered gone_at review_at"
).split()
TOLD_FROM = {"service": "service__code", "references": "all_references", "covered": "is_covered"}
READ_AT_ONCE = 2000


def rows(deliveries: QuerySet[Delivery]) -> QuerySet:
    """The deliveries as dicts of ROW, `is_covered`, and `references` as pairs with the strongest first; times are aware."""
    return deliveries.values(*ROW, is_covered=IS_COVERED, references=references(RANK, "id"))


def references(*order_by: str | Combinable) -> ArraySubquery:
    """The references of each delivery: [namespace, value] each."""
    pair = Func("namespace", "value", template="ARRAY[%(expressions)s]", output_field=ArrayField(TextField()))
    return ArraySubquery(Reference.objects.filter(delivery=OuterRef("pk")).order_by(*order_by).values_list(pair))


def rows_of(page: QuerySet[Delivery]) -> QuerySet:
    """The rows of one page, a slice of an ordered queryset: found first by what their order needs, which an index holds, and only then read whole."""
    few = Delivery.objects.filter(pk__in=page.values("pk")).annotate(comes_last=F("child_known"))
    return rows(few).order_by(*page.query.order_by)


def told(*, service_code: str | None, state: str | None) -> Iterator[dict[str, object]]:
    """Every delivery (of one service, in one state) as a dict of TOLD, by id: times aware, references sorted pairs.

    Read through a cursor of the server in one snapshot, so that a million of them take no more memory than a few.
    """
    found = Delivery.objects.annotate(all_references=references(), is_covered=IS_COVERED).order_by("pk")
    if service_code:
        found = found.filter(service__code=service_code)
    if state:
        found = found.filter(state=state)
    with transaction.atomic():
        for values in found.values_list(*(TOLD_FROM.get(name, name) for name in TOLD)).iterator(chunk_size=READ_AT_ONCE):
            delivery = dict(zip(TOLD, values, strict=True))
            delivery["references"].sort()
            yield delivery


def in_rescue_order(deliveries: QuerySet[Delivery], *, now: datetime) -> QuerySet[Delivery]:
    """Worklists' default order (01-domain): (a) the carrier's copy gone within 7 days, soonest first; (b) gone already, oldest first; (c) the rest, soonest
    first, those without a deadline last by age. Where the child is followed up already, after all others.
    """
    soon, gone, _rest = urgencies(now=now)
    urgency = Case(When(soon, then=Value(0)), When(gone, then=Value(1)), default=Value(2))
    order = (F("comes_last").asc(), urgency.asc(), F("gone_at").asc(nulls_last=True), F("first_at").asc(), F("id").asc())
    return deliveries.annotate(comes_last=F("child_known")).order_by(*order)


def is_rescue_order(order_by: Sequence[Any]) -> bool:
    """Whether this is the order that `in_rescue_order` gives, as a queryset has it."""
    return getattr(getattr(order_by[0], "expression", None), "name", None) == "comes_last"


def urgencies(*, now: datetime) -> tuple[Q, Q, Q]:
    """The parts (a), (b) and (c) of the order in which something can still be saved."""
    return (
        Q(gone_at__gt=now, gone_at__lte=now + RUNNING_OUT),
        Q(gone_at__lte=now),
        Q(gone_at__gt=now + RUNNING_OUT) | Q(gone_at__isnull=True),
    )


# The planner cannot know how many references a range holds, so nothing is left to it: OFFSET 0 keeps one walk of the unique index for each beginning (it read
# all references instead), and an array is worked out once and looked up by primary key (a subquery was worked out anew for each of a million deliveries).
KNOWN_AS = """ARRAY(
SELECT DISTINCT r.delivery
  FROM (SELECT s.id AS service_id, b.beginning
          FROM unnest(%s::bigint[]) AS s (id), unnest(%s::text[]) AS b (beginning)
         UNION
        SELECT a.service_id, p.prefix || ':' || %s
          FROM registry_servicearea a
          JOIN registry_municipality m ON m.code = a.municipality_id, LATERAL (VALUES (m.code), (m.orgnr)) AS p (prefix)
         WHERE a.service_id = ANY (%s::bigint[]) AND p.prefix <> '') AS b
       CROSS JOIN LATERAL (
        SELECT delivery
          FROM ledger_reference
         WHERE service_id = b.service_id AND value >= b.beginning AND value < b.beginning || %s
        OFFSET 0) AS r
)"""


class IsAnyOf(Func):
    """`column = ANY (array)`"""

    template = "%(expressions)s"
    arg_joiner = " = ANY "
    output_field = BooleanField()


def known_as(deliveries: QuerySet[Delivery], *, text: str, services: Iterable[int]) -> QuerySet[Delivery]:
    """Those of these services with a reference, in any namespace, that is `text` or begins with it.

    UUIDs may be given in capitals, with or without their prefix; a case system's id without the municipality's number that stands before it in the ledger.
    """
    bare = text.strip().removeprefix("urn:uuid:").removeprefix("0192:")
    ids = list(services)
    # A letter or two begin so many references that finding them helps nobody: these must be the whole of one.
    behind = BEYOND_ANY_SIGN if len(bare) >= SHORTEST_BEGINNING else BEFORE_ANY_SIGN
    known = RawSQL(KNOWN_AS, [ids, sorted({bare, bare.lower()}), bare, ids, behind])
    return deliveries.filter(IsAnyOf(F("pk"), known))


def counted_to(deliveries: QuerySet[Delivery], *, limit: int) -> int:
    """How many there are; `limit` stands for that many or more, because counting a million takes longer than showing a page of them."""
    return deliveries.order_by()[:limit].count()


def counted_by_state() -> dict[str, int]:
    """How many deliveries are in each state, in the order of the states, zeros too."""
    counted = dict(Delivery.objects.order_by().values_list("state").annotate(count=Count("pk")))
    return {state: counted.get(state, 0) for state in State.values}
