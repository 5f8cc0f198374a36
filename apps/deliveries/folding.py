"""The fold as SQL: everything the ledger says of a set of deliveries, one row each, as minima and maxima only.

Needs a relation `members (delivery, home, service_id, namespace, clock)`: the references of those deliveries, and the clock to look at each by.
The result is the relation `fold`, shaped as models.Fold. It is a pure function of the set of events: no arrival order, no clock but the one given.
"""

from collections.abc import Iterable

from apps.ledger import codes

# Channels by the strongest reference a message carries; a smaller number wins, so the order of feeds cannot matter.
CHANNELS = {"portal": 1, "altinn": 2, "svarut": 3, "eformidling": 4}
ONLY_CASE_SYSTEM = 9
CASE_SOURCES = ("mottakslogg", "register-xml", "kostra-xml", "archive-receipts")
ALTINN_SOURCES = ("altinn", "altinn-events")
SVARUT_SOURCES = ("svarut-status", "svarut-history", "svarinn")
PORTAL_SOURCES = ("portal-history", "portal-list")


def listed(values: Iterable[str]) -> str:
    """Our own constants as an SQL list; nothing from outside ever comes here."""
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"


def earliest(column: str, values: Iterable[str], also: str = "") -> str:
    return f"min(e.occurred_at) FILTER (WHERE e.code IN {listed(values)}{also}) AS {column}"


def latest(column: str, values: Iterable[str], also: str = "") -> str:
    return f"max(e.occurred_at) FILTER (WHERE e.code IN {listed(values)}{also}) AS {column}"


# A portal LEVERT is a letter handed over when the same report was sent to print at or before it, else the case system's claim.
LEVERT = "e.source = 'portal-history' AND e.native = 'LEVERT'"
CLAIMED = tuple(code for code in codes.FETCHED if code != "fetched")

# Everything known of the references, events and particulars alike, in one stream, so that no join of aggregates depends on the planner's guess.
HEARD = f"""
heard AS (
    SELECT m.delivery, m.home, m.service_id, m.clock, m.namespace, e.code, e.source, e.native, e.occurred_at, e.by_day, e.outbound,
           NULL::smallint AS children, NULL AS reporter, NULL AS category
      FROM members m
      LEFT JOIN ledger_event e ON e.reference_id = m.home AND e.source <> 'person' AND {{learned}}
     UNION ALL
    SELECT m.delivery, m.home, m.service_id, m.clock, m.namespace, NULL, NULL, NULL, NULL, NULL, NULL,
           p.children, nullif(p.reporter, ''), nullif(p.category, '')
      FROM members m
      JOIN ledger_particulars p ON p.reference_id = m.home AND {{particulars_learned}}
)"""

TOLD = f"""
told AS (
    SELECT e.delivery, e.service_id, e.clock, e.namespace,
           min(e.occurred_at) AS first_at,
           bool_and(e.outbound) AS outbound,
           bool_and(e.source IN {listed(CASE_SOURCES)}) AS source_missing,
           max(e.children) AS children, min(e.reporter) AS reporter, min(e.category) AS category,
           {earliest("sent_at", codes.SENT)},
           {earliest("receipted_at", codes.RECEIPTED)},
           {earliest("available_at", codes.AVAILABLE)},
           {earliest("posted_at", codes.POSTED)},
           {earliest("taken_at", ("fetched",))},
           {earliest("claimed_at", CLAIMED, f" AND NOT ({LEVERT})")},
           {earliest("opened_at", codes.OPENED)},
           {earliest("registered_at", codes.REGISTERED)},
           {latest("last_registered_at", codes.REGISTERED)},
           {earliest("seen_exactly_at", codes.OPENED + codes.REGISTERED, " AND NOT e.by_day")},
           {earliest("concluded_at", codes.CONCLUDED)},
           {latest("progress_at", codes.PROGRESS)},
           {latest("failed_at", codes.FAILED)},
           {earliest("removed_at", codes.REMOVED)},
           {latest("withdrawn_at", codes.WITHDRAWN)},
           {earliest("unread_at", codes.UNREAD)},
           {latest("printed_at", ("printed", "print_handed_over"))},
           {latest("print_rejected_at", ("print_rejected",))},
           {earliest("letter_at", ("print_sent",), " AND e.source = 'portal-history'")},
           min(e.occurred_at) FILTER (WHERE {LEVERT}) AS first_levert_at,
           max(e.occurred_at) FILTER (WHERE {LEVERT}) AS last_levert_at,
           {earliest("portal_receipted_at", codes.RECEIPTED, f" AND e.source IN {listed(PORTAL_SOURCES)}")},
           {earliest("altinn_available_at", codes.AVAILABLE, f" AND e.source IN {listed(ALTINN_SOURCES)}")},
           {earliest("altinn_removed_at", codes.REMOVED, f" AND e.source IN {listed(ALTINN_SOURCES)}")},
           {earliest("svarut_receipted_at", codes.RECEIPTED, f" AND e.source IN {listed(SVARUT_SOURCES)}")},
           {earliest("svarut_removed_at", codes.REMOVED, f" AND e.source IN {listed(SVARUT_SOURCES)}")}
      FROM heard e
     GROUP BY e.delivery, e.home, e.service_id, e.clock, e.namespace
)"""

MINIMA = (
    "first_at sent_at receipted_at available_at posted_at taken_at opened_at registered_at seen_exactly_at concluded_at removed_at unread_at "
    "portal_receipted_at altinn_available_at altinn_removed_at svarut_receipted_at svarut_removed_at reporter category"
).split()
MAXIMA = "last_registered_at progress_at failed_at withdrawn_at print_rejected_at children".split()

GATHERED = f"""
gathered AS (
    SELECT delivery, service_id, clock,
           {", ".join(f"min({column}) AS {column}" for column in MINIMA)},
           {", ".join(f"max({column}) AS {column}" for column in MAXIMA)},
           min(least(taken_at, claimed_at, CASE WHEN letter_at IS NULL OR first_levert_at < letter_at THEN first_levert_at END)) AS fetched_at,
           max(greatest(printed_at, CASE WHEN last_levert_at >= letter_at THEN last_levert_at END)) AS printed_at,
           bool_and(outbound) AS outbound,
           bool_and(source_missing) AS source_missing,
           count(*) FILTER (WHERE namespace = 'case') AS case_count,
           min(CASE namespace {" ".join(f"WHEN '{name}' THEN {rank}" for name, rank in CHANNELS.items())} ELSE {ONLY_CASE_SYSTEM} END) AS channel_rank
      FROM told
     GROUP BY delivery, service_id, clock
    HAVING min(first_at) IS NOT NULL
)"""

# Only the few deliveries that a person has touched are read a second time, with the sequence of what came after.
JUDGED = f"""
touched_by_people AS (
    SELECT DISTINCT m.delivery
      FROM members m
      JOIN ledger_event e ON e.reference_id = m.home
     WHERE e.source = 'person' AND {{learned}}
),
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
           coalesce(max(e.id) FILTER (WHERE e.code IN {listed(codes.REMOVED)}), 0) AS removed_sequence,
           coalesce(max(e.id) FILTER (WHERE e.code IN {listed(codes.FAILED)}), 0) AS failed_sequence,
           coalesce(max(e.id) FILTER (WHERE e.code IN {listed(codes.WITHDRAWN)}), 0) AS withdrawn_sequence,
           coalesce(max(e.id) FILTER (WHERE e.code = 'called'), 0) AS called_sequence
      FROM touched_by_people t
      JOIN members m ON m.delivery = t.delivery
      JOIN ledger_event e ON e.reference_id = m.home
     WHERE {{learned}}
     GROUP BY m.delivery
)"""

GRACES = ("open_grace", "register_grace", "post_grace", "late_limit", "outbound_limit", "found_grace")
POLICY_HOLDS = "(p.valid_from IS NULL OR p.valid_from <= {at}) AND (p.valid_to IS NULL OR p.valid_to > {at})"

POLICIES = f"""
graces AS (
    SELECT c.clock, {", ".join(f"max(p.hours) FILTER (WHERE p.name = '{name}') * interval '1 hour' AS {name}" for name in GRACES)}
      FROM (SELECT DISTINCT clock FROM members) c
      JOIN registry_policy p ON {POLICY_HOLDS.format(at="c.clock")}
     GROUP BY c.clock
)"""


def retention(name: str, since: str) -> str:
    """How long a carrier keeps a message that it got at `since`, by the policy in force then."""
    return f"(SELECT p.hours * interval '1 hour' FROM registry_policy p WHERE p.name = '{name}' AND {POLICY_HOLDS.format(at=since)})"


def kept_until(name: str, since: str) -> str:
    return f"CASE WHEN {since} IS NOT NULL THEN {since} + {retention(name, since)} END"


# Days and hours are elapsed time, so the intervals are hours and never days.
FOLD = f"""
fold AS (
    SELECT g.delivery AS id, g.service_id, g.clock,
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
           {", ".join(f"c.{name}" for name in GRACES)}
      FROM gathered g
      JOIN graces c ON c.clock = g.clock
      LEFT JOIN judged j ON j.delivery = g.delivery
)"""

# `members` is put before these: the sets as they are now, or as they were known at an earlier time.
ALL_OF_IT = ",".join((HEARD, TOLD, GATHERED, JUDGED, POLICIES, FOLD))
EVERYTHING_LEARNED = ALL_OF_IT.format(learned="true", particulars_learned="true")
# The same, of what had been learned by the time in a one-row relation `horizon (known_at)`.
LEARNED_BY_HORIZON = ALL_OF_IT.format(
    learned="e.learned_at <= (SELECT known_at FROM horizon)", particulars_learned="p.learned_at <= (SELECT known_at FROM horizon)"
)
