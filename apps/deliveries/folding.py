"""The fold as SQL: everything the ledger says of a set of deliveries, one row each, as minima and maxima only.

Needs a relation `members (delivery, home, service_id, namespace, clock)`: the references of those deliveries, and the clock to look at each by.
The result is the relation `fold`, shaped as models.Fold. It is a pure function of the set of events: no arrival order, no clock but the one given.
"""

from collections.abc import Iterable
from functools import cache

from apps.deliveries.states import GRACES
from apps.ledger import canaries, codes, meanings, words
from apps.ledger.standing import condition

# Channels by the strongest reference a message carries; a smaller number wins, so the order of feeds cannot matter.
CHANNELS = {"portal": 1, "altinn": 2, "svarut": 3, "eformidling": 4, "call": 5, "handover": 6}
ONLY_CASE_SYSTEM = 9
CARRYING = ("portal", "altinn", "svarut", "eformidling")  # two references of one of these are two messages
# Where titles differ, what could be a report is taken for one.
CATEGORIES = {name: number for number, name in enumerate(("report", "notice", "case_document", "other"), start=1)}
RANK = " ".join(f"WHEN '{name}' THEN {number}" for name, number in CATEGORIES.items())
OF_RANK = " ".join(f"WHEN {number} THEN '{name}'" for name, number in CATEGORIES.items())
STRONGEST_CATEGORY = f"CASE min(CASE h.category {RANK} END) {OF_RANK} END"
CASE_SOURCES = ("mottakslogg", "register-xml", "kostra-xml", "archive-receipts")
ALTINN_SOURCES = ("altinn", "altinn-events")
SVARUT_SOURCES = ("svarut-status", "svarut-history", "svarinn")
PORTAL_SOURCES = ("portal-history", "portal-list")


def listed(values: Iterable[str]) -> str:
    """Our own constants as an SQL list; nothing from outside ever comes here."""
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"


# The rungs of the ladder in its order, as small numbers: the fold compares them some thirty times for every event, and numbers are cheaper than words.
RUNGS = {
    "sent": codes.SENT,
    "receipted": codes.RECEIPTED,
    "available": codes.AVAILABLE,
    "print_sent": ("print_sent",),
    "printed": ("printed", "print_handed_over"),
    "fetched": ("fetched",),
    "claimed": tuple(code for code in codes.FETCHED if code != "fetched"),
    "opened": codes.OPENED,
    "registered": codes.REGISTERED,
    "concluded": codes.CONCLUDED,
    "failed": tuple(code for code in codes.FAILED if code != "print_rejected"),
    "print_rejected": ("print_rejected",),
    "removed": codes.REMOVED,
    "withdrawn": codes.WITHDRAWN,
    "unread": codes.UNREAD,
}
NUMBER = {name: number for number, name in enumerate(RUNGS, start=1)}
USUAL = ("receipted", "registered", "claimed", "available", "opened", "fetched")  # of most events, so compared first; no word has two numbers
CARRIERS = {"portal": PORTAL_SOURCES, "altinn": ALTINN_SOURCES, "svarut": SVARUT_SOURCES, "case_system": CASE_SOURCES}
CARRIER_NUMBER = {name: number for number, name in enumerate(CARRIERS, start=1)}


def numbered(column: str, groups: dict[str, tuple[str, ...]]) -> str:
    """The number of the group that a word belongs to, 0 for none."""
    numbers = {name: number for number, name in enumerate(groups, start=1)}
    usual_first = sorted(groups, key=lambda name: USUAL.index(name) if name in USUAL else len(USUAL))
    return f"CASE {' '.join(f'WHEN {column} IN {listed(groups[name])} THEN {numbers[name]}' for name in usual_first)} ELSE 0 END"


def is_one_of(rungs: Iterable[str]) -> str:
    """Two numbers are compared sooner than a list is gone through."""
    numbers = sorted(NUMBER[rung] for rung in rungs)
    if numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"h.rung BETWEEN {numbers[0]} AND {numbers[-1]}" if len(numbers) > 1 else f"h.rung = {numbers[0]}"
    return f"h.rung IN ({', '.join(map(str, numbers))})"


def earliest(column: str, *rungs: str, also: str = "") -> str:
    return f"min(h.occurred_at) FILTER (WHERE {is_one_of(rungs)}{also}) AS {column}"


def latest(column: str, *rungs: str) -> str:
    return f"max(h.occurred_at) FILTER (WHERE {is_one_of(rungs)}) AS {column}"


def by(carrier: str) -> str:
    return f" AND h.carrier = {CARRIER_NUMBER[carrier]}"


# A portal LEVERT is a letter handed over when the same report was sent to print at or before it, else the case system's claim.
LEVERT = "e.code = 'delivered_claimed' AND e.native = 'LEVERT' AND e.source = 'portal-history'"
LETTERS = """
letters AS (
    SELECT m.home, min(e.occurred_at) AS letter_at
      FROM {told_by_print}
     WHERE e.source = 'portal-history' AND {learned}
     GROUP BY m.home
)"""
IS_LETTER = {
    "is_letter": f"{LEVERT} AND l.letter_at <= e.occurred_at",
    "letters": "\n      LEFT JOIN letters l ON l.home = m.home",
}
# Of some messages the printing is looked for where a LEVERT is, and for no other event.
IS_LETTER_OF_SOME = {
    "is_letter": f"""{LEVERT}
                 AND EXISTS (SELECT FROM {{told_by}} p WHERE p.reference_id = m.home AND p.code = 'print_sent' AND p.source = 'portal-history'
                                AND p.occurred_at <= e.occurred_at AND {{print_learned}})""",
    "letters": "",
}

# What any record of a message says that decides what a status of it means, and which way it goes; of two that differ the smaller one counts.
SAID = f"""
said AS (
    SELECT m.home, {", ".join(f"coalesce(min(p.attributes->>'{name}'), '') AS {column}" for name, column in meanings.COLUMNS.items())}
      FROM {{told_of_named}}
     WHERE m.namespace IN {listed(meanings.NAMESPACES)} AND {{particulars_learned}}
     GROUP BY m.home
)"""


def number(code: str) -> int:
    return next((number for number, words in enumerate(RUNGS.values(), start=1) if code in words), 0)


def read_again() -> str:
    """The rung of a status by what all records of its message say, else by its code."""
    whens = (
        f"WHEN e.source = '{source}' AND e.native = '{native}' THEN CASE s.{meanings.COLUMNS[meaning.attribute]} "
        + " ".join(f"WHEN '{value}' THEN {number(code)}" for value, code in meaning.codes.items())
        + f" ELSE {number(meaning.otherwise)} END"
        for (source, native), meaning in meanings.MEANINGS.items()
    )
    return f"CASE {' '.join(whens)} ELSE {numbered('e.code', RUNGS)} END"


# Everything known of the references in one stream, so that no join of aggregates hangs on the planner's guess.
HEARD = f"""
{{heard}} AS (
    SELECT m.delivery, CASE WHEN {{is_letter}} THEN {NUMBER["printed"]} WHEN s.home IS NOT NULL THEN {read_again()}
                ELSE {numbered("e.code", RUNGS)} END AS rung,
           {{carrier}} AS carrier, e.occurred_at, e.by_day,
           CASE s.direction WHEN '{meanings.OUTGOING}' THEN true WHEN '{meanings.INCOMING}' THEN false ELSE e.outbound END AS outbound,
           NULL::smallint AS children, {{reporter}} AS reporter, NULL AS category,
           NULL::integer AS channel_rank, false AS is_case, m.service_id::bigint AS service_id, m.clock
      FROM {{told}}{{letters}}{{with_said}}
     WHERE e.source <> 'person' AND {{learned}}
     UNION ALL
    SELECT m.delivery, NULL, NULL, NULL, NULL, NULL, p.children, nullif(p.reporter, ''), nullif(p.category, ''), NULL, false, NULL, NULL
      FROM {{told_beside}}
     WHERE {{particulars_learned}}
     UNION ALL
    SELECT m.delivery, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
           CASE m.namespace {" ".join(f"WHEN '{name}' THEN {rank}" for name, rank in CHANNELS.items())} ELSE {ONLY_CASE_SYSTEM} END, m.namespace = 'case',
           NULL, NULL
      FROM {{references}}
)"""

GATHERED = f"""
gathered AS (
    SELECT h.delivery, min(h.service_id) AS service_id, min(h.clock) AS clock,
           min(h.occurred_at) AS first_at,
           bool_and(h.outbound) AS outbound,
           bool_and(h.carrier = {CARRIER_NUMBER["case_system"]}) AS source_missing,
           max(h.children) AS children, min(h.reporter) AS reporter, {STRONGEST_CATEGORY} AS category,
           min(h.channel_rank) AS channel_rank, count(*) FILTER (WHERE h.is_case) AS case_count,
           {earliest("sent_at", "sent")},
           {earliest("receipted_at", "receipted")},
           {earliest("available_at", "available")},
           {earliest("posted_at", "print_sent", "printed")},
           {earliest("fetched_at", "fetched", "claimed")},
           {earliest("taken_at", "fetched")},
           {earliest("opened_at", "opened")},
           {earliest("registered_at", "registered")},
           {latest("last_registered_at", "registered")},
           {earliest("seen_exactly_at", "opened", "registered", also=" AND NOT h.by_day")},
           {earliest("concluded_at", "concluded")},
           {latest("progress_at", "sent", "receipted", "available", "print_sent", "printed", "fetched", "claimed")},
           {latest("failed_at", "failed", "print_rejected")},
           {earliest("removed_at", "removed")},
           {latest("withdrawn_at", "withdrawn")},
           {earliest("unread_at", "unread")},
           {latest("printed_at", "printed")},
           {latest("print_rejected_at", "print_rejected")},
           {earliest("portal_receipted_at", "receipted", also=by("portal"))},
           {earliest("altinn_available_at", "available", also=by("altinn"))},
           {earliest("altinn_removed_at", "removed", also=by("altinn"))},
           {earliest("svarut_receipted_at", "receipted", also=by("svarut"))},
           {earliest("svarut_removed_at", "removed", also=by("svarut"))}
      FROM heard h
     GROUP BY h.delivery
    HAVING min(h.occurred_at) IS NOT NULL
)"""

# What people did is looked for at each message, or, where many of a service are folded, all of it that is of the service is held against them:
# as a list made once (IS TRUE keeps it one), since a planner that takes it for short would go through the messages for each of it.
TOUCHED = "SELECT DISTINCT m.delivery FROM members m JOIN {touches} WHERE {learned}"
TOUCHED_OF_MANY = """SELECT DISTINCT m.delivery FROM members m
     WHERE (m.home IN (SELECT e.reference_id FROM ledger_event e
                        WHERE e.source = 'person' AND e.service_id = (SELECT m.service_id FROM members m LIMIT 1) AND {learned})) IS TRUE"""

# Only the few deliveries that a person has touched are read a second time, with the sequence of what came after.
JUDGED = f"""
touched_by_people AS ({{touched_by_people}}),
judged AS (
    SELECT m.delivery,
           coalesce(max(e.id) FILTER (WHERE e.code = 'proposed'), 0) AS proposed_sequence,
           coalesce(max(e.id) FILTER (WHERE e.code IN ('decided', 'returned', 'withdrawn')), 0) AS looked_sequence,
           coalesce(max(e.id) FILTER (WHERE e.code = 'decided'), 0) AS decided_sequence,
           coalesce(max(e.id) FILTER (WHERE e.code = 'withdrawn'), 0) AS undone_sequence,
           (array_agg(e.native ORDER BY e.id DESC) FILTER (WHERE e.code = 'decided'))[1] AS outcome,
           (array_agg(e.occurred_at ORDER BY e.id DESC) FILTER (WHERE e.code = 'decided'))[1] AS decided_at,
           max(e.occurred_at) FILTER (WHERE e.code = 'called') AS called_at,
           coalesce(bool_or(e.code = 'noted' AND e.native = 'child_known'), false) AS child_known,
           coalesce(max({{sequence}}) FILTER (WHERE e.code IN {listed(codes.REMOVED)}), 0) AS removed_sequence,
           coalesce(max({{sequence}}) FILTER (WHERE e.code IN {listed(codes.FAILED)}), 0) AS failed_sequence,
           coalesce(max(e.id) FILTER (WHERE e.code IN {listed(codes.WITHDRAWN)}), 0) AS withdrawn_sequence,
           coalesce(max(e.id) FILTER (WHERE e.code = 'called'), 0) AS called_sequence,
           coalesce(max(e.id) FILTER (WHERE e.code = 'tied'), 0) AS tied_sequence,
           coalesce(max(e.id) FILTER (WHERE e.code = 'untied'), 0) AS untied_sequence,
           max(e.occurred_at) FILTER (WHERE e.code = 'untied') AS untied_at
      FROM touched_by_people t
      JOIN members m ON m.delivery = t.delivery
      JOIN {{events}}
     WHERE {{learned}}
     GROUP BY m.delivery
)"""

# Two messages of one carrier in one set, of which records name a registration for the one only: it is not the other's, whatever a person had said before.
ANOTHERS = f"""
anothers AS (
    SELECT a.delivery, max(a.registered_sequence) AS another_sequence, max(a.registered_at) AS another_at
      FROM (SELECT m.delivery, m.namespace, m.home, max(e.id) FILTER (WHERE e.code IN {listed(codes.REGISTERED)}) AS registered_sequence,
                   max(e.occurred_at) FILTER (WHERE e.code IN {listed(codes.REGISTERED)}) AS registered_at
              FROM touched_by_people t
              JOIN members m ON m.delivery = t.delivery AND m.namespace IN {listed(CARRYING)}
              JOIN {{events}}
             WHERE e.source <> 'person' AND {{learned}}
             GROUP BY m.delivery, m.namespace, m.home) a
     GROUP BY a.delivery, a.namespace
    HAVING count(*) > count(a.registered_sequence) AND count(a.registered_sequence) > 0
),
another AS (
    SELECT delivery, max(another_sequence) AS another_sequence, max(another_at) AS another_at FROM anothers GROUP BY delivery
)"""

# What travels under a reference of our own test messages, of which there are few, is no delivery.
CANARY = """
canary AS (
    SELECT m.delivery
      FROM ({canaries}) c
     CROSS JOIN LATERAL (SELECT r.id FROM ledger_reference r
                          WHERE r.service_id = c.service_id AND r.value = c.value AND r.namespace = c.namespace OFFSET 0) r
      JOIN members m ON m.home = r.id
)"""

KEEPERS = ("portal_retention", "altinn_retention", "svarut_retention")
POLICY_HOLDS = "(p.valid_from IS NULL OR p.valid_from <= {at}) AND (p.valid_to IS NULL OR p.valid_to > {at})"

POLICIES = f"""
graces AS (
    SELECT c.clock, {", ".join(f"max(p.hours) FILTER (WHERE p.name = '{name}') * interval '1 hour' AS {name}" for name in GRACES)}
      FROM (SELECT DISTINCT clock FROM members) c
      JOIN registry_policy p ON {POLICY_HOLDS.format(at="c.clock")}
     GROUP BY c.clock
)"""
# The same from one row of `given`, whatever the policies say now or said at the clock.
POLICIES_GIVEN = f"graces AS (SELECT c.clock, {', '.join(f'g.{name}' for name in GRACES)} FROM (SELECT DISTINCT clock FROM members) c, given g)"


# Read once, since every delivery asks for them: a handful of rows is gone through sooner than an index is walked.
RETENTIONS = f"""
retentions AS MATERIALIZED (
    SELECT p.name, p.valid_from, p.valid_to, p.hours * interval '1 hour' AS kept FROM registry_policy p WHERE p.name IN {listed(KEEPERS)}
)"""


def retention(name: str, since: str) -> str:
    """How long a carrier keeps a message that it got at `since`, by the policy in force then."""
    return f"(SELECT p.kept FROM retentions p WHERE p.name = '{name}' AND {POLICY_HOLDS.format(at=since)})"


def kept_until(name: str, since: str) -> str:
    return f"CASE WHEN {since} IS NOT NULL THEN {since} + {retention(name, since)} END"


# Days and hours are elapsed time, so the intervals are hours and never days.
FOLD = f"""
fold AS (
    SELECT g.delivery AS id, g.service_id, c.clock,
           CASE WHEN g.outbound THEN 'outbound' ELSE 'inbound' END AS direction,
           CASE g.channel_rank {" ".join(f"WHEN {rank} THEN '{name}'" for name, rank in CHANNELS.items())} ELSE 'case_system' END AS channel,
           coalesce(g.reporter, '') AS reporter, coalesce(g.category, 'unknown') AS category, g.children, g.case_count,
           g.first_at, g.sent_at, g.receipted_at, g.available_at, g.posted_at, g.fetched_at, g.opened_at, g.taken_at, g.registered_at,
           g.last_registered_at, g.concluded_at, g.progress_at, g.failed_at, g.removed_at, g.withdrawn_at, g.unread_at, g.printed_at, g.print_rejected_at,
           CASE WHEN least(g.opened_at, g.registered_at) = g.seen_exactly_at
                THEN g.seen_exactly_at > coalesce(g.receipted_at, g.available_at, g.sent_at) + c.late_limit END AS is_late,
           coalesce(g.source_missing, false) AS source_missing,
           greatest({kept_until("portal_retention", "g.portal_receipted_at")},
                    coalesce(g.altinn_removed_at, {kept_until("altinn_retention", "g.altinn_available_at")}),
                    coalesce(g.svarut_removed_at, {kept_until("svarut_retention", "g.svarut_receipted_at")})) AS gone_at,
           coalesce(j.outcome, '') AS outcome, j.decided_at, j.called_at, coalesce(j.child_known, false) AS child_known,
           coalesce(j.proposed_sequence, 0) AS proposed_sequence, coalesce(j.looked_sequence, 0) AS looked_sequence,
           coalesce(j.decided_sequence, 0) AS decided_sequence, coalesce(j.undone_sequence, 0) AS undone_sequence,
           coalesce(j.removed_sequence, 0) AS removed_sequence, coalesce(j.failed_sequence, 0) AS failed_sequence,
           coalesce(j.withdrawn_sequence, 0) AS withdrawn_sequence, coalesce(j.called_sequence, 0) AS called_sequence,
           coalesce(j.tied_sequence, 0) AS tied_sequence, coalesce(j.untied_sequence, 0) AS untied_sequence, j.untied_at,
           coalesce(a.another_sequence, 0) AS another_sequence, a.another_at,
           {", ".join(f"c.{name}" for name in GRACES)}
      FROM {{with_people}}
)"""

# What the ledger says of the members. Of some, each is looked up: left to choose, a planner that has no fresh counts reads the whole ledger through, for all services.
JOINED = "{table} {row} ON {row}.reference_id = m.home{also}"
BY_INDEX = "LATERAL (SELECT * FROM {table} {row} WHERE {row}.reference_id = m.home{also} OFFSET 0) {row} ON true"
AS_READ = ""  # the events as they are read: `events`
READ = {
    "events": (AS_READ, "e", ""),
    "prints": (AS_READ, "e", " AND e.code = 'print_sent'"),
    "touches": ("ledger_event", "e", " AND e.source = 'person'"),
    "particulars": ("ledger_particulars", "p", ""),
}
CARRIER, REPORTER = numbered("e.source", CARRIERS), "CASE WHEN e.source IN ('call', 'handover') THEN e.native END"
WITH_SAID = "\n      LEFT JOIN said s ON s.home = m.home"
WITH_PEOPLE = """gathered g
      JOIN graces c ON c.clock = g.clock
      LEFT JOIN judged j ON j.delivery = g.delivery
      LEFT JOIN another a ON a.delivery = g.delivery
     WHERE g.delivery NOT IN (SELECT delivery FROM canary)"""
OF_MEMBERS = {
    "heard": "heard",
    "carrier": CARRIER,
    "reporter": REPORTER,
    "with_said": WITH_SAID,
    "told": "members m JOIN {events}",
    "told_by_print": "members m JOIN {prints}",
    "touched_by_people": TOUCHED,
    "told_of_named": "members m JOIN {particulars}",
    "told_beside": "members m JOIN {particulars}",
    "references": "members m",
    "with_people": WITH_PEOPLE,
}

# `members` is put before these: the sets as they are now, or as they were known at an earlier time.
REST = ",".join((SAID, HEARD, GATHERED, JUDGED, ANOTHERS, CANARY, "{graces}", RETENTIONS, FOLD))
HORIZON = "(SELECT known_at FROM horizon)"


@cache
def fold(
    *, is_any_undone: bool, are_words: bool, are_some: bool = False, are_many: bool = False, by_horizon: bool = False, are_graces_given: bool = False
) -> str:
    """The relations up to `fold`, of everything that stands; `by_horizon`: that had been learned, and not undone, by the one row of `horizon (known_at)`.
    `are_graces_given`: the durations are those of the one row of `given`. `are_some`: of some deliveries, and not of all there are; `are_many`: of one service, and
    so many of it that what people did in it is sooner read than looked for at each.

    Where no import was ever undone, everything stands, and where nobody ever said what an unknown status means (`are_words`), none means anything: asking
    would only cost time.
    """
    horizon = HORIZON if by_horizon else ""
    known = learned(is_any_undone=is_any_undone, horizon=horizon)
    told_by = events(are_words=are_words, home="m.home" if are_some else "")
    asked = {name: (BY_INDEX if are_some else JOINED).format(table=table or told_by, row=row, also=also) for name, (table, row, also) in READ.items()}
    places = OF_MEMBERS | ({"touched_by_people": TOUCHED_OF_MANY} if are_many else {}) | (IS_LETTER_OF_SOME if are_some else IS_LETTER)
    asked |= {name: place.format(**asked, **known, told_by=told_by) for name, place in places.items()}
    asked["sequence"] = "e.sequence" if are_words else "e.id"
    graces = POLICIES_GIVEN if are_graces_given else POLICIES
    relations = REST if are_some else f"{LETTERS},{REST}"
    first = f"{words.relation(known_at=horizon)}," if are_words else ""
    return first + relations.format(**asked, **known, canaries=canaries.standing(known_at=horizon), graces=graces)


def events(*, are_words: bool, home: str = "") -> str:
    """The relation of events as they are read, by what people said of unknown statuses where anything was said; `home` as in words.as_read."""
    return words.as_read(home=home) if are_words else "ledger_event"


def learned(*, is_any_undone: bool, horizon: str) -> dict[str, str]:
    """SQL for whether an event and particulars stood by then, by the names that the relations have for it."""
    told = {}
    for name, row, repeated_as in (("learned", "e", "event"), ("print_learned", "p", "event"), ("particulars_learned", "p", "particulars")):
        conditions = [f"{row}.learned_at <= {horizon}"] if horizon else []
        conditions += [condition(row, repeated_as, known_at=horizon)] if is_any_undone else []
        told[name] = " AND ".join(conditions) or "true"
    return told
