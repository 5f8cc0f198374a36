"""Services as they were: looked at from a clock and from what had been learned by a time, in a temporary table with what tells messages apart in figures."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from apps.deliveries import hindsight
from apps.deliveries.queries import RANK
from apps.deliveries.states import NEEDS_A_PERSON, State
from apps.ledger import halves
from apps.ledger import hindsight as ledger
from apps.ledger.models import Reference
from apps.registry import queries as registry
from apps.registry.policies import Policies
from apps.statements.kinds import Kind
from apps.statements.models import Basis, Statement
from apps.ui.filters import start_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KIND = ", ".join(Kind._fields)
COUNTED = "counted"
# Whatever is known of a message, some time says when it was sent and when it was received; else it belongs to no period and would be lost in all of them.
TIMES = {Basis.RECEIVED: "coalesce(receipted_at, available_at, sent_at, first_at)", Basis.SENT: "coalesce(sent_at, first_at)"}
# What no figure counts of a message in its state is left out of what tells it apart, or it would seem to have changed when nothing is counted otherwise.
OPEN = f"state IN ({', '.join(repr(state.value) for state in NEEDS_A_PERSON)})"
TOLD_APART = {
    "outcome": f"CASE WHEN state = '{State.SETTLED}' THEN outcome ELSE '' END",
    "is_late": "is_late IS TRUE",
    "look_waits": f"look_waits AND {OPEN}",
    "is_seen": f"(opened_at IS NOT NULL OR registered_at IS NOT NULL) AND {OPEN}",
}
APART = ", ".join(f"{TOLD_APART.get(column, column)} AS {column}" for column in Kind._fields)
# How many children the last closing decision of each outcome says, of those that were known.
SAID = """
SELECT DISTINCT ON (1, 2) coalesce(s.delivery, d.reference_id) AS said_of, d.outcome AS said_outcome, d.children AS said_children
  FROM decisions_decision d
  JOIN ledger_event e ON e.id = d.event_id
  LEFT JOIN {sets} s ON s.home = d.reference_id
 WHERE d.service_id = ANY (%s) AND d.closes AND e.source = 'person' AND e.learned_at <= %s
 ORDER BY 1, 2, d.event_id DESC
"""
SEEN = """
SELECT id, {kind}
  FROM ({deliveries}) AS d
  LEFT JOIN ({said}) AS said ON said_of = id AND said_outcome = outcome AND state = 'settled'
 WHERE {time} >= %s AND {time} < %s
"""
# The same of those of which no decision is known.
UNDECIDED = "SELECT id, {kind} FROM (SELECT *, NULL::bigint AS said_children FROM ({deliveries}) AS d) AS d WHERE {time} >= %s AND {time} < %s"
# What was not touched, and is the same at any clock: as it stands in its row. No decision is among it.
SAME = """
SELECT {kind}
  FROM (SELECT *, NULL::bigint AS said_children FROM deliveries_delivery) AS d
 WHERE service_id = ANY (%s) AND id NOT IN (SELECT home FROM {touched}) AND {is_steady} AND {time} >= %s AND {time} < %s
"""


@dataclass(frozen=True)
class Moment:
    """From where one looks: the clock, up to when things had been learned (both aware), and the durations that the rules of states follow."""

    as_of: datetime
    known_at: datetime
    graces: Policies


@dataclass(frozen=True)
class Period:
    """The messages that count: received, or sent, on these days in Oslo, the last one included."""

    from_day: date
    to_day: date
    basis: Basis

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """From and to before (aware)."""
        return start_of(self.from_day), start_of(self.to_day + DAY)


def moment(*, as_of: datetime, known_at: datetime) -> Moment:
    """With the durations that the policies have at the clock. Raises registry.PolicyMissing."""
    return Moment(as_of, known_at, registry.policies(at=as_of))


def moment_of(statement: Statement) -> Moment:
    return Moment(statement.as_of, statement.known_at, Policies(**{name: hours * HOUR for name, hours in statement.graces.items()}))


def period_of(statement: Statement) -> Period:
    return Period(statement.from_day, statement.to_day, Basis(statement.basis))


def hours(graces: Policies) -> dict[str, int]:
    """As a statement keeps them."""
    return {name: round(length / HOUR) for name, length in asdict(graces).items()}


def end_of(day: date, *, now: datetime) -> datetime:
    """The last moment of a day in Oslo, or `now` where that is sooner."""
    return min(start_of(day + DAY) - timedelta(microseconds=1), timezone.localtime(now))


def look(*, name: str, services: Collection[int], at: Moment, period: Period, **limits: Any) -> None:
    """Make the temporary table `name`: id and what tells each message apart, of those that the period has. `limits` as for `seen`. In a transaction."""
    sql, params = seen(name=name, services=services, at=at, period=period, **limits)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {sql}", params)


def count(*, services: Collection[int], at: Moment, period: Period) -> Counter[Kind]:
    """The same counted by kind; no more rows are kept anywhere than there are kinds. In a transaction."""
    if hindsight.is_mostly_other(services=services, since=at.known_at, graces=at.graces):
        anew = {"name": COUNTED, "services": services, "at": at, "period": period}
        return sum(halves.each(lambda half: counted(*seen_anew(**anew, half=half))), Counter())  # type: ignore[arg-type]
    hindsight.find_touched(services=services, name=COUNTED, since=at.known_at, graces=[at.graces])
    touched = f"{COUNTED}_home"
    changing = counted(*seen(name=COUNTED, services=services, at=at, period=period, touched=touched, is_changing=True))
    return changing + count_same(services=services, period=period, touched=touched)


def tally(*, name: str) -> Counter[Kind]:
    """What was looked at under this name, counted by kind."""
    return counted(f"SELECT * FROM {name}", [])


def count_same(*, services: Collection[int], period: Period, touched: str) -> Counter[Kind]:
    """What `seen` leaves out when it `is_changing`, counted by kind."""
    sql = SAME.format(kind=APART, touched=touched, is_steady=hindsight.IS_STEADY, time=TIMES[period.basis])
    return counted(sql, [list(services), *period.bounds])


def counted(sql: str, params: list[Any]) -> Counter[Kind]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {KIND}, count(*) FROM ({sql}) AS seen GROUP BY {KIND}", params)
        return Counter({Kind(*kind): count for *kind, count in cursor.fetchall()})


def seen(
    *,
    name: str,
    services: Collection[int],
    at: Moment,
    period: Period,
    touched: str = "",
    sets: str = "",
    among: str = "",
    only: str = "",
    is_changing: bool = False,
) -> tuple[str, list[Any]]:
    """SQL for id and what tells each message apart, of those that the period has, and its parameters.

    `touched` and `sets` are what has to be folded again and the sets of references known then, where somebody has found them already: else they are found,
    under this `name`. `among` (homes) and `only` (ids) limit it, and `is_changing` to what was touched or may be another by the clock.
    """
    if not touched:
        if hindsight.is_mostly_other(services=services, since=at.known_at, graces=at.graces):
            return seen_anew(name=name, services=services, at=at, period=period)
        hindsight.find_touched(services=services, name=name, since=at.known_at, graces=[at.graces])
        touched = f"{name}_home"
    if not sets:
        ledger.find_sets(known_at=at.known_at, name=name, among=touched)
        sets = f"{name}_set"
    looked = {"clock": at.as_of, "known_at": at.known_at, "graces": at.graces}
    limits = {"sets": sets, "touched": touched, "among": among, "only": only, "is_changing": is_changing}
    sql, params = hindsight.of_services(services=services, **looked, **limits)  # type: ignore[arg-type]
    return in_period(sql, params, services=services, at=at, period=period, sets=sets)


def seen_anew(*, name: str, services: Collection[int], at: Moment, period: Period, half: int | None = None) -> tuple[str, list[Any]]:
    """The same of everything, and nothing as it stands in its row: for when much was learned since. `name` is that of the tables it needs, `half` as in `halves`."""
    looked = {"clock": at.as_of, "known_at": at.known_at, "graces": at.graces}
    (touched, params), (rest, others) = hindsight.of_everything(services=services, name=name, half=half, **looked)  # type: ignore[arg-type]
    sql, values = in_period(touched, params, services=services, at=at, period=period, sets=f"{name}_home")
    return f"{sql} UNION ALL {UNDECIDED.format(kind=APART, deliveries=rest, time=TIMES[period.basis])}", [*values, *others, *period.bounds]


def in_period(sql: str, params: Iterable[Any], *, services: Collection[int], at: Moment, period: Period, sets: str) -> tuple[str, list[Any]]:
    """What `seen` gives of these deliveries, with what was decided of them; `sets` says which message a reference was in."""
    values = [*params, list(services), at.known_at, *period.bounds]
    return SEEN.format(kind=APART, deliveries=sql, said=SAID.format(sets=sets), time=TIMES[period.basis]), values


def of_kinds(kinds: Collection[Kind]) -> tuple[str, list[Any]]:
    """SQL for the messages of these kinds, with its parameters."""
    same = f"({KIND}) IS NOT DISTINCT FROM ({', '.join(['%s'] * len(Kind._fields))})"
    return " OR ".join([same] * len(kinds)) or "false", [value for kind in kinds for value in kind]


def messages(*, name: str, kinds: Collection[Kind], first: int, count: int) -> list[tuple[int, Kind]]:
    """The messages of these kinds, each with its id, in the order of those; `count` of them from `first` on."""
    condition, params = of_kinds(kinds)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, {KIND} FROM {name} WHERE {condition} ORDER BY id OFFSET %s LIMIT %s", [*params, first, count])
        return [(pk, Kind(*kind)) for pk, *kind in cursor.fetchall()]


def strongest(homes: Collection[int]) -> dict[int, tuple[int, str]]:
    """By the id that a message had, the one that it has now and the reference that names it to people."""
    now = dict(Reference.objects.filter(pk__in=homes).values_list("pk", "delivery"))
    names: dict[int, str] = {}
    for delivery, value in Reference.objects.filter(delivery__in=now.values()).order_by(RANK, "pk").values_list("delivery", "value"):
        names.setdefault(delivery, value)
    return {home: (delivery, names[delivery]) for home, delivery in now.items()}
