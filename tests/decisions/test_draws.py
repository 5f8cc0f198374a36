"""Each week some of what was closed is drawn by chance for another look, blind, by somebody who had not given a verdict."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.urls import reverse

from apps.audit.models import Entry
from apps.decisions import actions as decisions
from apps.decisions import drawing, draws, invariants, queries
from apps.decisions.models import AnotherLook, Draw, Drawn
from apps.deliveries import invariants as of_deliveries
from tests import scenes
from tests.pages import reports, signed_in
from tests.scenes import NOW

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
THEN = NOW + WEEK
MONDAY = date(2024, 2, 5)  # of the week of scenes.NOW
LIST = reverse("decisions:drawn")


@pytest.fixture(autouse=True)
def at_a_fixed_time(db, settings):
    settings.LANGUAGE_CODE = "en"
    with time_machine.travel(THEN, tick=False):
        yield


@pytest.fixture
def third(bergen):
    return scenes.person("Kari", "reviewer", of=bergen)


def closed(delivery, by, and_by, outcome="other_document", **fields):
    said = {"reason": "Lest.", "category": "notice", "read_by": "mottaksleder"} if outcome == "other_document" else {"reason": "Lest."}
    seen = queries.version(delivery)
    decision = decisions.decide(delivery=delivery, outcome=outcome, fields={**said, **fields}, by=by, now=NOW, expected_version=seen)
    decisions.give_second_look(decision=decision, agrees=True, reason="Sett.", by=and_by, now=NOW + HOUR)
    return decision


@pytest.fixture
def drawn(bergen, report, caseworker, reviewer):
    closed(report, caseworker, reviewer)
    draws.draw_due(now=THEN)
    return Drawn.objects.select_related("decision__look").get()


def look(drawn, by, outcome="other_document", **more):
    return draws.look_again(drawn=drawn, outcome=outcome, pointed_at="", reason="Leste den selv.", by=by, now=THEN, **more)


def broken():
    return [(one.id, word) for one in (*invariants.INVARIANTS, *of_deliveries.INVARIANTS) for word in one.offending(THEN) if one.id in ("I4", "I5")]


# -- the draw


@pytest.mark.parametrize(("number", "drawn"), [(1, 1), (19, 1), (20, 1), (21, 2), (100, 5)])
def test_a_share_is_drawn_and_at_least_one(number, drawn):
    assert len(drawing.sample(closed=range(number), of_hundred=5, seed="frø")) == drawn


def test_the_same_seed_draws_the_same_in_whatever_order():
    ids = list(range(1000))

    assert drawing.sample(closed=ids, of_hundred=5, seed="frø") == drawing.sample(closed=ids[::-1], of_hundred=5, seed="frø")
    assert drawing.sample(closed=ids, of_hundred=5, seed="frø") != drawing.sample(closed=ids, of_hundred=5, seed="annet frø")


def test_everything_is_drawn_about_as_often():
    hits = [one for seed in range(2000) for one in drawing.sample(closed=range(40), of_hundred=5, seed=str(seed))]

    assert all(60 < hits.count(one) < 145 for one in range(40))  # 100 each, within four and a half standard deviations


def test_what_closed_in_a_week_that_is_over_is_drawn_from_once_and_kept_with_its_seed(bergen, caseworker, reviewer):
    made = [closed(one, caseworker, reviewer) for one in reports(bergen, 8, 8, 8)]

    assert draws.draw_due(now=THEN) == 1
    assert draws.draw_due(now=THEN + HOUR) == 0

    draw = Draw.objects.get()
    assert (draw.week, draw.of_hundred, draw.closed) == (MONDAY, 5, sorted(decision.pk for decision in made))
    assert [one.decision_id for one in draw.drawn.all()] == drawing.sample(closed=draw.closed, of_hundred=5, seed=draw.seed)
    assert Entry.objects.filter(verb="drawn", actor="worker", service_id=bergen.pk).count() == 1
    assert broken() == []


def test_nothing_is_drawn_from_a_week_that_goes_on(report, caseworker, reviewer):
    closed(report, caseworker, reviewer)

    assert draws.draw_due(now=NOW + 2 * HOUR) == 0


def test_a_week_that_nobody_drew_from_is_caught_up_with(report, caseworker, reviewer):
    closed(report, caseworker, reviewer)

    assert draws.draw_due(now=NOW + 3 * WEEK) == 1


def test_what_is_open_again_or_was_withdrawn_is_not_drawn(report, caseworker, reviewer):
    decision = closed(report, caseworker, reviewer)
    decisions.withdraw(decision=decision, reason="Feil melding.", by=caseworker, now=NOW + 2 * HOUR)

    assert draws.draw_due(now=THEN) == 0


def test_what_another_service_closed_is_drawn_apart(bergen, report, caseworker, reviewer):
    asker = scenes.service("3203")
    anne, berit = (scenes.person(name, "caseworker", of=asker) for name in ("Ane", "Britt"))
    closed(report, caseworker, reviewer)
    closed(scenes.report(asker), anne, berit)

    assert draws.draw_due(now=THEN) == 2
    assert {draw.service_id: len(draw.closed) for draw in Draw.objects.all()} == {bergen.pk: 1, asker.pk: 1}


# -- the look


def test_the_same_verdict_lets_it_stand(report, drawn, third):
    look(drawn, third)

    assert scenes.again(report).state == "settled"
    assert [week.share for week in draws.by_week(services=[report.service_id])] == [0]
    assert broken() == []


def test_another_verdict_opens_it_again_and_goes_back_to_all_three_and_the_manager(bergen, report, drawn, caseworker, reviewer, third):
    manager = scenes.person("Lena", "manager", of=bergen)

    look(drawn, third, outcome="")

    assert (scenes.again(report).state, scenes.again(report).decision_stands) == ("unconfirmed", False)
    for user in (caseworker, third, manager):
        assert [one.delivery for one in signed_in(user).get(reverse("today")).context["came_back"]] == [report.pk]
    (week,) = draws.by_week(services=[bergen.pk])
    assert (week.drawn, week.looked, week.agreed, week.differed, week.share) == (1, 1, 0, 1, 100)
    assert draws.rate(services=[bergen.pk], weeks=[week]) == {"closed": 1, "drawn": 1, "looked": 1, "differed": 1, "share": 100}
    assert broken() == []


@pytest.mark.parametrize("who", ["caseworker", "reviewer"])
def test_who_decided_or_looked_before_does_not_look_again(who, drawn, request):
    person = request.getfixturevalue(who)

    with pytest.raises(decisions.NeedsAnotherPerson):
        look(drawn, person)
    with pytest.raises(DatabaseError, match="neither decided nor looked"), transaction.atomic():
        AnotherLook.objects.create(
            service=drawn.service, drawn=drawn, event_id=drawn.decision.event_id, agrees=True, outcome="lost", reason="Ja.", by=person, at=THEN
        )


def test_one_look_is_enough_and_of_two_the_second_is_told(bergen, drawn, third):
    look(drawn, third)

    with pytest.raises(decisions.NothingWaits):
        look(drawn, scenes.person("Olav", "reviewer", of=bergen))


def test_whatever_becomes_known_meanwhile_begins_the_look_again(report, drawn, third):
    with pytest.raises(decisions.NewEvidence):
        look(drawn, third, expected_known=queries.known(report) + 1)


# -- the pages


def test_whoever_looks_is_shown_no_verdict_on_any_page_of_the_message(report, drawn, third):
    client = signed_in(third)

    for address in (reverse("decisions:look-again", args=[drawn.pk]), reverse("deliveries:detail", args=[report.pk]), LIST):
        body = client.get(address).content.decode()
        assert "mottaksleder" not in body
    page = client.get(reverse("decisions:look-again", args=[drawn.pk]))
    assert page.context["decision"].outcome == ""
    assert not [line for line in page.context["events"] if line.native == "Other document"]


def test_the_look_is_given_on_its_page_and_both_stand_there_afterwards(report, drawn, third):
    client, address = signed_in(third), reverse("decisions:look-again", args=[drawn.pk])
    known = client.get(address).context["version"]

    answer = client.post(address, {"outcome": "test_message", "reason": "Står TEST.", "known": known}, follow=True)

    assert AnotherLook.objects.get().agrees is False
    assert "the two differ" in answer.content.decode()


@pytest.mark.parametrize("posted", [{}, {"outcome": "test_message", "reason": " "}, {"outcome": "found_registered", "reason": "Ja."}])
def test_an_unfinished_look_is_refused_beside_its_field(drawn, third, posted):
    answer = signed_in(third).post(reverse("decisions:look-again", args=[drawn.pk]), posted)

    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert not AnotherLook.objects.exists()


def test_what_waits_for_somebody_stands_on_their_start_page_as_the_rows_behind_it(report, drawn, caseworker, third):
    numbers = {str(number.label): number for number in signed_in(third).get(reverse("today")).context["numbers"]}

    assert numbers["Drawn for another look"].count == signed_in(third).get(numbers["Drawn for another look"].url).context["count"] == 1
    assert "Drawn for another look" not in {str(number.label) for number in signed_in(caseworker).get(reverse("today")).context["numbers"]}
