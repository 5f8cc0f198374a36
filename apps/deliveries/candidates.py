"""Registrations that could be a report which nothing ties to one: blocked by service, window and kind of reporter, the nearest first, with how many compete.

One statement over two relations: `report` and `registration`. For one message they are its surroundings; for all of them they are tables with an index.
The window is `match_before` days before the day of receipt to `match_within` working days after it, by the policies in force.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from apps.deliveries import matching
from apps.deliveries.clocks import HAS_REVIEW
from apps.deliveries.folding import POLICY_HOLDS, listed
from apps.deliveries.matching import PRIVATE_CODES, PUBLIC_CODES, Candidate, Registration, Report, Rivals
from apps.deliveries.models import Delivery
from apps.deliveries.states import NEEDS_A_PERSON, State
from apps.ledger.models import Direction
from apps.registry import calendar

SHOWN = 5
# What of the carriers' messages still looks for its registration.
SEEKING = (*NEEDS_A_PERSON, State.IN_TRANSIT)
# Ten working days with Easter among them are no more than this many days; what lies farther off competes for nothing here.
SURROUNDINGS = timedelta(days=30)

POLICY = "(SELECT p.hours / 24 FROM registry_policy p WHERE p.name = '{name}' AND " + POLICY_HOLDS.format(at="%(now)s") + ")"

# Each day with the first and the last day on which a report that was received then may have been registered.
CALENDAR = f"""
given AS (
    SELECT * FROM unnest(%(days)s::date[], %(numbers)s::int[], %(working)s::boolean[]) AS g (day, number, is_working)
),
calendar AS (
    SELECT g.day, g.number, g.day - {POLICY.format(name="match_before")} AS from_day, later.day - 1 AS until_day
      FROM given g
      LEFT JOIN given later ON later.is_working AND later.number = g.number + {POLICY.format(name="match_within")} + 1
)"""

LOCAL_DAY = "({at} AT TIME ZONE 'Europe/Oslo')::date"
RECEIVED = "coalesce(d.receipted_at, d.available_at, d.sent_at, d.first_at)"

# `seeks` is false for those that arrived by a log which names no case: their registration lies here too, so they compete for it.
REPORTS = f"""
SELECT d.id, d.service_id, d.at, c.day, c.number, c.from_day, c.until_day, d.seeks,
       d.reporter <> 'public' AS may_be_private, d.reporter <> 'private' AS may_be_public
  FROM (SELECT d.id, d.service_id, d.reporter, {RECEIVED} AS at, d.state IN {listed(SEEKING)} AS seeks
          FROM deliveries_delivery d
         WHERE d.category IN {listed(HAS_REVIEW)}
           AND ((d.direction = '{Direction.INBOUND}' AND NOT d.source_missing AND d.state IN {listed(SEEKING)})
                OR (d.direction = '{Direction.INBOUND}' AND NOT d.source_missing AND d.state = '{State.ARRIVED}' AND d.case_count = 0))
           AND {{around}}) d
  JOIN calendar c ON c.day = {LOCAL_DAY.format(at="d.at")}
"""

# A registration of which only the day is known counts as made at the end of it, so that whatever was received that day precedes it. A time of midnight in
# Oslo is a day. Who reported is said by the codes, or else by the words that they were folded to.
REGISTRATIONS = f"""
SELECT d.id, d.service_id, d.registered_at AS at, c.day, c.number,
       CASE WHEN d.registered_at = (c.day::timestamp AT TIME ZONE 'Europe/Oslo') THEN (c.day + 1)::timestamp AT TIME ZONE 'Europe/Oslo' ELSE d.registered_at END
       AS by_then,
       CASE WHEN d.codes IS NULL THEN d.reporter <> 'public' ELSE d.codes && ARRAY[{", ".join(f"'{code}'" for code in PRIVATE_CODES)}] END AS may_be_private,
       CASE WHEN d.codes IS NULL THEN d.reporter <> 'private' ELSE d.codes && ARRAY[{", ".join(f"'{code}'" for code in PUBLIC_CODES)}] END AS may_be_public,
       d.codes IS NULL AND d.reporter NOT IN ('private', 'public') AS is_nobodys
  FROM (SELECT d.id, d.service_id, d.reporter, d.registered_at,
               (SELECT string_to_array(string_agg(p.attributes->>'melder', ', '), ', ')
                  FROM ledger_reference r JOIN ledger_particulars p ON p.reference_id = r.id WHERE r.delivery = d.id) AS codes
          FROM deliveries_delivery d
         WHERE d.direction = '{Direction.INBOUND}' AND d.source_missing AND d.state IN ('{State.ARRIVED}', '{State.PARTLY_REGISTERED}')
           AND {{around}}) d
  JOIN calendar c ON c.day = {LOCAL_DAY.format(at="d.registered_at")}
"""

FITS = "s.service_id = r.service_id AND ((r.may_be_private AND s.may_be_private) OR (r.may_be_public AND s.may_be_public))"

# From the moment of receipt on, and backwards from it: the nearest few of each kind of reporter, each by one walk along the index where there is one.
WALK = f"""
SELECT * FROM (SELECT s.* FROM registration s
                WHERE s.service_id = r.service_id AND s.{{kind}} AND r.{{kind}} AND s.by_then {{way}} r.at AND s.day BETWEEN r.from_day AND r.until_day
                  AND s.by_then {{bound}}
                ORDER BY s.by_then {{order}}, s.is_nobodys {{order}}, s.id {{order}} LIMIT {SHOWN}) {{kind}}_{{name}}
"""
AFTER = {"name": "after", "way": ">=", "bound": "< (r.until_day + 2)::timestamp AT TIME ZONE 'Europe/Oslo'", "order": ""}
BEFORE = {"name": "before", "way": "<", "bound": ">= r.from_day::timestamp AT TIME ZONE 'Europe/Oslo'", "order": "DESC"}
NEAREST = " UNION ".join(WALK.format(kind=kind, **way) for way in (AFTER, BEFORE) for kind in ("may_be_private", "may_be_public"))

# Counted by day and kind and not message by message: what is alike competes alike.
PAIRS = f"""
report_cell AS (
    SELECT r.service_id, r.day, r.from_day, r.until_day, r.may_be_private, r.may_be_public, count(*) AS reports, bool_or({{targets}}) AS is_asked
      FROM report r
     GROUP BY 1, 2, 3, 4, 5, 6
),
registration_cell AS (
    SELECT s.service_id, s.day, s.may_be_private, s.may_be_public, count(*) AS registrations
      FROM registration s
     GROUP BY 1, 2, 3, 4
),
reach AS MATERIALIZED (
    SELECT r.service_id, r.day, r.may_be_private, r.may_be_public, r.reports, r.is_asked, s.day AS registered, s.may_be_private AS private,
           s.may_be_public AS public, s.registrations
      FROM report_cell r
      JOIN registration_cell s ON {FITS} AND s.day BETWEEN r.from_day AND r.until_day
),
supply AS (
    SELECT service_id, day, may_be_private, may_be_public, sum(registrations) AS registrations
      FROM reach
     WHERE is_asked
     GROUP BY 1, 2, 3, 4
),
demand AS (
    SELECT service_id, day, may_be_private, may_be_public, sum(reports) AS reports
      FROM (SELECT DISTINCT mine.service_id, mine.day, mine.may_be_private, mine.may_be_public,
                   theirs.day AS their_day, theirs.may_be_private AS their_private, theirs.may_be_public AS their_public, theirs.reports
              FROM reach mine
              JOIN reach theirs USING (service_id, registered, private, public)
             WHERE mine.is_asked) rivals
     GROUP BY 1, 2, 3, 4
),
pair AS (
    SELECT r.id AS report, s.id AS registration, CASE WHEN s.day < r.day THEN least(s.number - r.number, -1) ELSE s.number - r.number END AS gap, s.at, s.day,
           row_number() OVER (PARTITION BY r.id ORDER BY s.by_then < r.at, s.number - r.number, s.is_nobodys, s.by_then, s.id) AS place,
           demand.reports, supply.registrations
      FROM report r
      JOIN demand USING (service_id, day, may_be_private, may_be_public)
      JOIN supply USING (service_id, day, may_be_private, may_be_public)
     CROSS JOIN LATERAL ({NEAREST}) s
     WHERE r.seeks AND {{targets}}
)"""

# Where nothing is registered without a reference, nobody competes for it, and no report is read.
AROUND = "d.service_id = ANY (%(services)s) AND d.first_at BETWEEN %(first)s AND %(last)s AND EXISTS (SELECT FROM registration)"
FEW = f"""
WITH {CALENDAR},
registration AS MATERIALIZED ({REGISTRATIONS.format(around="d.service_id = ANY (%(services)s) AND d.registered_at BETWEEN %(first)s AND %(last)s")}),
report AS MATERIALIZED ({REPORTS.format(around=AROUND)}),
{PAIRS.format(targets="r.id = ANY (%(deliveries)s)")}
SELECT p.report, p.registration, named.namespace, named.value, coalesce(said.journal, ''), p.at, p.at = (p.day::timestamp AT TIME ZONE 'Europe/Oslo'), p.gap, d.reporter,
       coalesce(said.codes, ''), p.reports, p.registrations
  FROM pair p
  JOIN deliveries_delivery d ON d.id = p.registration
  JOIN LATERAL (SELECT r.namespace, r.value FROM ledger_reference r
                 WHERE r.delivery = p.registration ORDER BY r.namespace <> 'case', r.id LIMIT 1) named ON true
  LEFT JOIN LATERAL (SELECT min(q.attributes->>'journalnummer') AS journal, string_agg(q.attributes->>'melder', ', ') AS codes
                       FROM ledger_reference r JOIN ledger_particulars q ON q.reference_id = r.id WHERE r.delivery = p.registration) said ON true
 WHERE p.place <= %(shown)s
 ORDER BY p.report, p.place
"""


@dataclass(frozen=True)
class Candidates:
    """What could be this message, the nearest first, and who else it could be; `competition` is that in words."""

    shown: list[Candidate]
    rivals: Rivals

    @property
    def competition(self) -> str:
        return matching.competition(self.rivals)

    @property
    def more(self) -> int:
        return max(self.rivals.registrations - len(self.shown), 0)


def seeks(delivery: Delivery) -> bool:
    """Whether a registration is looked for at all: a report to the service that a carrier knows and that nobody has dealt with."""
    return delivery.direction == Direction.INBOUND and not delivery.source_missing and delivery.state in SEEKING and delivery.category in HAS_REVIEW


def received_at(delivery: Delivery) -> datetime:
    return delivery.receipted_at or delivery.available_at or delivery.sent_at or delivery.first_at


def candidates(*, delivery: Delivery, now: datetime) -> Candidates | None:
    """The registrations that could be this message, at most SHOWN of them; None where none is looked for. One query."""
    if not seeks(delivery):
        return None
    at = received_at(delivery)
    report = Report(delivery.channel, delivery.reporter, delivery.children, at)
    times = (min(delivery.first_at, at), at)
    return found(reports={delivery.pk: report}, services=[delivery.service_id], times=times, shown=SHOWN, now=now)[delivery.pk]


def nearest(rows: Collection[Mapping[str, Any]], *, services: Collection[int], now: datetime) -> dict[int, Candidates]:
    """The nearest registration to each of these messages, rows of `queries.rows` with `came_at`, and how many compete. One query."""
    if not rows:
        return {}
    reports = {row["id"]: Report(row["channel"], row["reporter"], row["children"], row["came_at"]) for row in rows}
    times = [row[name] for row in rows for name in ("first_at", "came_at")]
    return found(reports=reports, services=services, times=(min(times), max(times)), shown=1, now=now)


def found(*, reports: Mapping[int, Report], services: Collection[int], times: tuple[datetime, datetime], shown: int, now: datetime) -> dict[int, Candidates]:
    """By the id of each report: the first `shown` of its candidates. `times` are the earliest and the latest that is known of them."""
    first, last = times[0] - SURROUNDINGS, times[1] + SURROUNDINGS
    asked = {"services": list(services), "deliveries": list(reports), "shown": shown, "first": first, "last": last, **window(first, last, now)}
    by_report: dict[int, list[tuple[Any, ...]]] = {pk: [] for pk in reports}
    with connection.cursor() as cursor:
        cursor.execute(FEW, asked)
        for pk, *row in cursor:
            by_report[pk].append(tuple(row))
    return {pk: told(report, by_report[pk]) for pk, report in reports.items()}


def told(report: Report, rows: Sequence[tuple[Any, ...]]) -> Candidates:
    rivals = Rivals(*map(int, rows[0][-2:])) if rows else Rivals(1, 0)
    return Candidates(matching.candidates(report, [registration(*row[:-2]) for row in rows], rivals), rivals)


def registration(delivery: int, namespace: str, reference: str, journal: str, at: datetime, by_day: bool, gap: int, reporter: str, codes: str) -> Registration:
    known = tuple(sorted(set(codes.split(", ")) - {""}, key=lambda code: (len(code), code)))
    return Registration(delivery, namespace, reference, journal, at, by_day, gap, reporter, known)


def window(first: datetime, last: datetime, now: datetime) -> dict[str, Any]:
    """Parameters for CALENDAR: the days from `first` to `last` and what a window may reach beyond them."""
    days = list(calendar.days(local_day(first) - timedelta(days=7), local_day(last) + SURROUNDINGS))
    return {"now": now, "days": [one.day for one in days], "numbers": [one.number for one in days], "working": [one.is_working for one in days]}


def local_day(at: datetime) -> date:
    return timezone.localtime(at).date()


# -- all of some services at once

TABLES = (
    f"CREATE TEMPORARY TABLE report ON COMMIT DROP AS WITH {CALENDAR} {REPORTS}",
    f"CREATE TEMPORARY TABLE registration ON COMMIT DROP AS WITH {CALENDAR} {REGISTRATIONS}",
)
# One index for each kind of reporter, in the order in which the walk goes.
INDEXES = tuple(f"CREATE INDEX ON registration (service_id, by_then, is_nobodys, id) WHERE {kind}" for kind in ("may_be_private", "may_be_public"))
EXTENT = "SELECT min(d.first_at), max(d.first_at) FROM deliveries_delivery d WHERE d.service_id = ANY (%(services)s)"


@dataclass(frozen=True)
class Suggestion:
    """The nearest registration to one report, and how many compete. Ids are deliveries'."""

    report: int
    registration: int
    gap: int
    rivals: Rivals


def suggestions(*, services: Iterable[int], now: datetime) -> list[Suggestion]:
    """For every report of these services that seeks its registration, the nearest that it could be, by report. Set-based; in the caller's transaction."""
    asked: dict[str, Any] = {"services": list(services)}
    with connection.cursor() as cursor:
        cursor.execute(EXTENT, asked)
        first, last = cursor.fetchone()
        if first is None:
            return []
        asked |= window(first, last, now)
        cursor.execute("DROP TABLE IF EXISTS pg_temp.report, pg_temp.registration")
        for statement in TABLES:
            cursor.execute(statement.format(around="d.service_id = ANY (%(services)s)"), asked)
        for statement in (*INDEXES, "ANALYZE report", "ANALYZE registration"):
            cursor.execute(statement)
        cursor.execute(
            f"WITH {PAIRS.format(targets='true')} SELECT report, registration, gap, reports, registrations FROM pair WHERE place = 1 ORDER BY report"
        )
        return [Suggestion(report, found, gap, Rivals(int(reports), int(supply))) for report, found, gap, reports, supply in cursor]
