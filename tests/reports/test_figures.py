import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from apps.decisions import actions as decisions
from apps.deliveries import actions as deliveries
from apps.deliveries.states import State
from apps.ledger import actions as ledger
from apps.ledger.models import Reference
from apps.reports import queries
from apps.reports.figures import FIGURES

DAY = timedelta(days=1)
BY_NAME = {figure.name: figure for figure in FIGURES}


@pytest.fixture
def printed(capsys):
    def run(*arguments):
        call_command("figures", "--json", *arguments)
        return json.loads(capsys.readouterr().out)

    return run


def at(moment):
    return moment.isoformat()


def number(name, tally, part=""):
    return BY_NAME[name].of(tally)[part]


def portal_id(delivery):
    return Reference.objects.get(delivery=delivery.pk, namespace="portal").value


def settled(delivery, *, by, look_by, now):
    """Closed as a document of another kind, agreed by a second person a day later."""
    fields = {"category": "notice", "read_by": "mottaksleder", "reason": "Orientering om et vedtak."}
    decision = decisions.decide(delivery=delivery, outcome="other_document", fields=fields, by=by, now=now, expected_version=0)
    decisions.give_second_look(decision=decision, agrees=True, reason="Lest i postsystemet.", by=look_by, now=now + DAY)


def test_every_delivery_is_in_one_state_and_every_settled_one_has_one_outcome(scenes, bergen, caseworker, reviewer):
    settled(scenes.report(bergen), by=caseworker, look_by=reviewer, now=scenes.NOW)
    scenes.report(bergen)

    tally = queries.stored()

    assert sum(BY_NAME["states"].of(tally).values()) == number("deliveries", tally) == 2
    assert sum(BY_NAME["settled"].of(tally).values()) == number("states", tally, "settled") == 1
    assert number("settled", tally, "other_document") == 1
    assert number("needs_a_person", tally) == 1


def test_a_decision_that_waits_for_its_second_look_is_still_open(scenes, bergen, caseworker):
    fields = {"reason": "Prøvemelding fra leverandøren."}
    decisions.decide(delivery=scenes.report(bergen), outcome="test_message", fields=fields, by=caseworker, now=scenes.NOW, expected_version=0)

    tally = queries.stored()

    assert (number("needs_a_person", tally), number("waiting_for_second_look", tally)) == (1, 1)


def test_late_is_counted_when_the_first_opening_came_after_the_statutory_week(scenes, bergen):
    report = scenes.report(bergen)
    scenes.registration(bergen, at=scenes.RECEIVED + 8 * DAY, portal=portal_id(report), case="17", now=scenes.NOW + DAY)
    scenes.report(bergen)

    assert number("late", queries.stored()) == 1


@pytest.mark.parametrize("days", [1, 2, 3, 4, 7, 40])
def test_what_is_stored_and_what_is_worked_out_anew_agree_at_the_same_clock(scenes, bergen, sandefjord, caseworker, reviewer, days):
    clock = scenes.RECEIVED + days * DAY
    settled(scenes.report(bergen), by=caseworker, look_by=reviewer, now=scenes.NOW)
    scenes.registration(bergen, at=scenes.RECEIVED, portal=portal_id(scenes.report(bergen)), case="17")
    scenes.report(sandefjord, received=scenes.RECEIVED - DAY)

    deliveries.rebuild(now=clock)

    assert queries.stored() == queries.recomputed(as_of=clock, known_at=None) == queries.recomputed(as_of=clock, known_at=scenes.NOW + DAY)


def test_what_was_learned_later_is_not_counted(scenes, bergen):
    scenes.report(bergen, now=scenes.NOW)
    scenes.report(bergen, now=scenes.NOW + 2 * DAY)

    assert number("deliveries", queries.recomputed(as_of=scenes.NOW, known_at=scenes.NOW - timedelta(microseconds=1))) == 0
    assert number("deliveries", queries.recomputed(as_of=scenes.NOW, known_at=scenes.NOW)) == 1
    assert number("deliveries", queries.recomputed(as_of=scenes.NOW, known_at=scenes.NOW + 2 * DAY)) == 2


def test_a_registration_learned_later_leaves_the_earlier_answer_as_it_was(scenes, bergen):
    report = scenes.report(bergen)
    scenes.registration(bergen, at=scenes.RECEIVED, portal=portal_id(report), case="17", now=scenes.NOW + 2 * DAY)

    before = queries.recomputed(as_of=scenes.NOW + 3 * DAY, known_at=scenes.NOW + DAY)
    after = queries.recomputed(as_of=scenes.NOW + 3 * DAY, known_at=scenes.NOW + 2 * DAY)

    assert number("states", before, "unconfirmed") == 1
    assert number("states", after, "arrived") == 1


def test_a_decision_counts_from_when_it_stood(scenes, bergen, caseworker, reviewer):
    settled(scenes.report(bergen), by=caseworker, look_by=reviewer, now=scenes.NOW)

    waiting = queries.recomputed(as_of=scenes.NOW + 2 * DAY, known_at=scenes.NOW)
    standing = queries.recomputed(as_of=scenes.NOW + 2 * DAY, known_at=scenes.NOW + DAY)

    assert (number("waiting_for_second_look", waiting), number("settled", waiting, "other_document")) == (1, 0)
    assert (number("waiting_for_second_look", standing), number("settled", standing, "other_document")) == (0, 1)


def test_two_messages_that_were_tied_later_were_two_until_then(scenes, bergen):
    report = scenes.report(bergen)
    letter = scenes.report(bergen, now=scenes.NOW)
    tied_at = scenes.NOW + 2 * DAY
    ledger.tie(service=bergen, one=letter.pk, namespace="portal", value=portal_id(report), by="7", now=tied_at)
    deliveries.rebuild(now=tied_at)

    apart = queries.recomputed(as_of=tied_at, known_at=tied_at - timedelta(microseconds=1))
    together = queries.recomputed(as_of=tied_at, known_at=tied_at)

    assert number("deliveries", apart) == 2
    assert together == queries.stored()
    assert number("deliveries", together) == 1


def test_chains_of_ties_are_cut_where_a_tie_was_not_known_yet(scenes, bergen):
    reports = [scenes.report(bergen) for _ in range(6)]
    names = [portal_id(report) for report in reports]
    for place, (report, name) in enumerate(zip(reports, names[1:], strict=False), start=1):
        ledger.tie(service=bergen, one=report.pk, namespace="portal", value=name, by="7", now=scenes.NOW + place * DAY)

    left = [number("deliveries", queries.recomputed(as_of=scenes.NOW, known_at=scenes.NOW + place * DAY)) for place in range(6)]

    assert left == [6, 5, 4, 3, 2, 1]


def test_a_tie_that_was_undone_held_until_then(scenes, bergen):
    report, letter = scenes.report(bergen), scenes.report(bergen)
    named = {"service": bergen, "one": letter.pk, "namespace": "portal", "value": portal_id(report), "by": "7"}
    ledger.tie(**named, now=scenes.NOW + DAY)
    ledger.untie(**named, now=scenes.NOW + 2 * DAY)
    deliveries.rebuild(now=scenes.NOW + 2 * DAY)

    tallies = [queries.recomputed(as_of=scenes.NOW + 2 * DAY, known_at=scenes.NOW + days * DAY) for days in range(3)]

    assert [number("deliveries", tally) for tally in tallies] == [2, 1, 2]
    assert tallies[2] == queries.stored()


def test_a_tie_learned_from_a_later_file_joins_from_then_on(scenes, bergen):
    portal, message = scenes.uuid(), scenes.uuid()
    row = {"tidspunkt": scenes.wall(scenes.RECEIVED), "tilstand": "AKSEPTERT"}
    scenes.bring_in(bergen, "portal-history", {"bekymringsmeldingId": portal, **row})
    later = {"bekymringsmeldingId": portal, "meldingId": message, **row, "tilstand": "SENDT_FAGSYSTEM"}
    scenes.bring_in(bergen, "portal-history", later, now=scenes.NOW + DAY)

    tallies = [queries.recomputed(as_of=scenes.NOW + DAY, known_at=known) for known in (scenes.NOW, scenes.NOW + DAY)]

    assert [number("deliveries", tally) for tally in tallies] == [1, 1]
    assert tallies[1] == queries.stored()


def test_the_command_prints_each_figure_with_its_definition_by_service_and_direction(scenes, bergen, sandefjord, printed):
    scenes.report(bergen)
    scenes.report(sandefjord)

    told = printed()

    assert [(row["service"], row["direction"]) for row in told["figures"]] == [("3907", "inbound"), ("4601", "inbound")]
    assert told["figures"][1]["states"] == {state: int(state == "unconfirmed") for state in State.values}
    assert (told["figures"][1]["late"], told["figures"][1]["waiting_for_second_look"]) == (0, 0)
    assert set(told["definitions"]) == set(told["figures"][0]) - {"service", "direction"}
    assert all(meant["counts"] and meant["unit"] and meant["clock"] for meant in told["definitions"].values())
    assert (told["as_of"], told["known_at"], told["counted_from"]) == ("2024-02-08T09:12:00Z", "2024-02-08T09:12:00Z", "stored")


def test_the_command_takes_a_clock_and_a_time_of_knowing(scenes, bergen, printed):
    scenes.report(bergen)

    early = printed("--as-of", at(scenes.RECEIVED + DAY), "--known-at", at(scenes.NOW))
    unknown = printed("--known-at", at(scenes.NOW - DAY))

    assert early["figures"][0]["states"]["in_transit"] == 1
    assert (early["as_of"], early["counted_from"]) == ("2024-02-02T09:12:00Z", "ledger")
    assert unknown["figures"] == []


def test_the_command_says_when_the_clock_has_overtaken_what_is_stored(scenes, bergen, printed):
    scenes.report(bergen, received=scenes.NOW - 4 * DAY, now=scenes.NOW - 4 * DAY)

    assert printed()["due"] == 1
    assert printed("--as-of", at(scenes.NOW))["due"] == 0


def test_people_get_the_numbers_in_lines_with_their_definitions(scenes, bergen, capsys):
    scenes.report(bergen)

    call_command("figures")

    told = capsys.readouterr().out
    assert "4601 inbound" in told
    assert "1 states unconfirmed" in told
    assert "168 hours" in told


def test_a_time_that_is_none_gets_one_sentence(scenes):
    with pytest.raises(CommandError, match="'soon' is no time"):
        call_command("figures", "--as-of", "soon")
