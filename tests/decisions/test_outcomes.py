"""The table of outcomes as a rulebook: 01-domain, "Decisions"."""

from datetime import date

import pytest

from apps.decisions import outcomes
from apps.decisions.outcomes import RULES, Closes, Look, Outcome

FIRST, TODAY = date(2024, 2, 1), date(2024, 2, 8)
COMPLETE = {
    "case_reference": "4601:17",
    "channel": "phone",
    "day": date(2024, 2, 5),
    "children": 2,
    "category": "notice",
    "read_by": "team leader",
    "other_delivery": "12",
    "passed_on_to": "Voss child-welfare service",
    "confirmed_day": date(2024, 2, 6),
    "tried": "Asked the portal and the sender.",
    "sender_asked": True,
    "sender_answer": "They have no copy.",
    "reason": "Seen in the case system.",
}
# outcome, closes, a second look, what an inbound message needs
RULEBOOK = (
    ("found_registered", True, Look.UNLESS_IN_LEDGER, {"case_reference", "reason"}),
    ("recovered", True, Look.UNLESS_IN_LEDGER, {"case_reference", "reason"}),
    ("arrived_otherwise", True, Look.ALWAYS, {"channel", "day", "case_reference", "children", "reason"}),
    ("other_document", True, Look.ALWAYS, {"category", "read_by", "reason"}),
    ("test_message", True, Look.ALWAYS, {"reason"}),
    ("duplicate", True, Look.ALWAYS, {"other_delivery", "reason"}),
    ("misaddressed", True, Look.ALWAYS, {"passed_on_to", "reason"}),
    ("lost", True, Look.ALWAYS, {"tried", "sender_asked", "reason"}),
    ("child_known", False, Look.NEVER, {"children"}),
    ("resent", False, Look.NEVER, {"channel", "day"}),
    ("sender_contacted", False, Look.NEVER, {"channel", "day"}),
    ("supplier_asked", False, Look.NEVER, {"channel", "day"}),
    ("note", False, Look.NEVER, {"reason"}),
)


def wrong(outcome, direction="inbound", sender_is_known=False, **changed):
    return outcomes.problems(outcome, direction=direction, fields={**COMPLETE, **changed}, sender_is_known=sender_is_known, known_since=FIRST, today=TODAY)


def test_every_outcome_has_a_rule_and_every_rule_is_in_the_rulebook():
    assert set(RULES) == set(Outcome.values) == {row[0] for row in RULEBOOK}


@pytest.mark.parametrize(("outcome", "closes", "look", "needs"), RULEBOOK)
def test_an_outcome_closes_and_is_looked_at_as_the_rulebook_says(outcome, closes, look, needs):
    rule = RULES[outcome]

    assert outcomes.closes(outcome, COMPLETE) is closes
    assert rule.look is look
    assert set(rule.needed("inbound")) == needs


@pytest.mark.parametrize("outcome", RULES)
def test_complete_fields_are_enough(outcome):
    assert wrong(outcome) == {}


@pytest.mark.parametrize(("outcome", "field"), [(row[0], field) for row in RULEBOOK for field in sorted(row[3])])
def test_each_needed_field_is_missed_by_its_own_sentence(outcome, field):
    assert wrong(outcome, **{field: None}) == {field: outcomes.MISSING[field]}


def test_blanks_are_no_reason():
    assert "reason" in wrong("note", reason=" \n\t ")


def test_a_message_sent_to_the_wrong_place_closes_only_when_the_recipient_has_confirmed():
    rule = RULES[Outcome.MISADDRESSED]

    assert rule.closes is Closes.WHEN_CONFIRMED
    assert not outcomes.closes(Outcome.MISADDRESSED, {**COMPLETE, "confirmed_day": None})


def test_a_known_sender_must_have_been_asked_before_a_message_is_lost():
    assert set(wrong("lost", sender_is_known=True, sender_asked=False)) == {"sender_asked"}
    assert wrong("lost", sender_is_known=False, sender_asked=False) == {}


def test_a_sender_who_was_asked_has_said_something():
    assert set(wrong("lost", sender_asked=True, sender_answer="")) == {"sender_answer"}


@pytest.mark.parametrize(
    "text", ["Gjelder 15881299999 fra i går", "født 158812 99999", "15.88.12-99999", "55.01.12 99999", "158812\u00a099999", "15\u200b8812 99999"]
)
@pytest.mark.parametrize("field", ["reason", "tried", "sender_answer"])
def test_what_looks_like_an_identity_number_is_refused_beside_its_field(field, text):
    assert set(wrong("lost", **{field: text})) == {field}


@pytest.mark.parametrize(
    "text",
    ["Forsendelse 123456789012", "organisasjon 964338531", "sak 2024/1171234", "00000000-0000-4000-8000-00000000088c", "2f6c8f5e-0d42-4e5f-8f0a-123456789012"],
)
def test_other_long_numbers_are_no_identity_numbers(text):
    assert wrong("note", reason=text) == {}


def test_a_reason_has_at_most_four_thousand_characters_and_no_nul():
    assert wrong("note", reason="å" * 4000) == {}
    assert set(wrong("note", reason="å" * 4001)) == {"reason"}
    assert set(wrong("note", reason="a\x00b")) == {"reason"}


@pytest.mark.parametrize(("children", "fits"), [(0, False), (1, True), (99, True), (100, False), (-1, False)])
def test_children_are_counted_from_one_to_ninety_nine(children, fits):
    assert (wrong("child_known", children=children) == {}) is fits


def test_a_day_ahead_is_refused():
    assert set(wrong("resent", day=date(2024, 2, 9))) == {"day"}


@pytest.mark.parametrize(("day", "fits"), [(date(2023, 10, 24), True), (date(2023, 10, 23), False), (date(2021, 2, 1), False)])
def test_a_day_long_before_any_source_told_of_the_message_is_refused(day, fits):
    assert (wrong("arrived_otherwise", day=day) == {}) is fits
    assert (wrong("misaddressed", confirmed_day=day) == {}) is fits


def test_what_only_a_report_can_be_is_not_offered_for_messages_that_go_out():
    inbound_only = {"found_registered", "recovered", "other_document", "child_known"}

    assert set(outcomes.offered("inbound")) == set(RULES)
    assert set(outcomes.offered("outbound")) == set(RULES) - inbound_only


def test_an_outgoing_message_that_arrived_by_letter_has_no_case_reference_and_no_children():
    assert wrong("arrived_otherwise", direction="outbound", case_reference="", children=None) == {}
