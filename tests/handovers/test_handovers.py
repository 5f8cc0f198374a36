"""A message is handed over to another service: it is taken over there, or it comes back, and all the while it stands in somebody's queue."""

from datetime import timedelta

import pytest
import time_machine
from django.db import ProgrammingError, transaction
from django.urls import reverse

from apps.audit.models import Entry
from apps.decisions import actions as decisions
from apps.decisions import taken_over
from apps.decisions.models import Decision
from apps.deliveries.models import Delivery
from apps.handovers import actions
from apps.handovers.models import End, Ending, Handover, Offer, Recalled
from apps.ledger.models import Event
from apps.walls import scope
from apps.worklists import actions as worklists
from apps.worklists import invariants as of_worklists
from apps.worklists.models import Claim
from config.invariants import EVERY
from tests.pages import decide, shown, signed_in

HOUR = timedelta(hours=1)
OPEN = reverse("worklists:list", args=["inbound", "open"])


@pytest.fixture
def offer(scenes, report, asker, anne, stine):
    """Carried to the other service."""
    return offered(scenes, report, asker, anne)


def hand_over(scenes, report, asker, anne, now=None, **more):
    return worklists.hand_over(delivery=report, to=asker, **{"reason": "Barnet bor i Asker.", **more}, by=anne, now=now or scenes.NOW)


def offered(scenes, report, asker, anne):
    made = hand_over(scenes, report, asker, anne)
    actions.carry(now=scenes.NOW)
    return Offer.objects.get(number=made.number)


def broken(now):
    return [(one.id, word) for one in EVERY for word in one.offending(now) if one.id in ("I2", "I3", "I4", "I5", "I6", "I10", "I12")]


def queued(user, queue):
    return shown(signed_in(user).get(OPEN, {"queue": queue}))


# -- handing over


def test_what_is_handed_over_waits_for_others_and_nothing_lies_outside_the_queues(scenes, report, offer, anne):
    assert queued(anne, "waiting") == [report.pk]
    assert queued(anne, "free") == []
    assert list(of_worklists.numbers_that_are_not_their_rows(scenes.NOW)) == []


def test_the_other_service_sees_as_much_of_it_as_tells_whether_it_is_theirs(report, offer, asker, bergen):
    kept = {field.name: getattr(offer, field.name) for field in Offer._meta.concrete_fields if field.name not in ("id", "number", "at", "until")}

    assert (kept.pop("service"), kept.pop("sender")) == (asker, bergen)
    assert kept.pop("day").isoformat() == "2024-02-01"
    assert kept == {"channel": "portal", "reporter": "public", "sender_reference": kept["sender_reference"]}


def test_the_other_service_sees_nothing_before_the_worker_has_carried_it(scenes, report, asker, anne, stine):
    hand_over(scenes, report, asker, anne)

    assert not Offer.objects.exists()
    assert not signed_in(stine).get(reverse("handovers:list")).context["table"].rows


def test_carrying_again_carries_nothing_twice(scenes, offer):
    assert actions.carry(now=scenes.NOW) == 0
    assert Offer.objects.count() == 1


def test_it_never_waits_past_the_moment_when_the_last_copy_goes(scenes, bergen, asker, anne, stine):
    soon = scenes.report(bergen, received=scenes.NOW - timedelta(days=29, hours=23))

    made = hand_over(scenes, soon, asker, anne)

    assert made.until == Delivery.objects.get(pk=soon.pk).gone_at == scenes.NOW + HOUR


def test_what_one_had_is_let_go_and_what_another_has_is_not_handed_over(scenes, bergen, report, asker, anne, stine):
    other = scenes.person("Berit", "caseworker", of=bergen)
    worklists.claim(delivery=report, by=other, now=scenes.NOW)

    with pytest.raises(worklists.Taken):
        hand_over(scenes, report, asker, anne)
    hand_over(scenes, report, asker, other)

    assert not Claim.objects.exists()


def test_a_message_is_with_one_other_service_at_a_time(scenes, report, asker, anne, offer):
    with pytest.raises(actions.HandedOver):
        hand_over(scenes, report, asker, anne)


@pytest.mark.parametrize("reason", ["", " ", "Barnet er 01828012345", "x" * 1001])
def test_a_reason_that_cannot_be_kept_is_refused_beside_its_field(scenes, report, asker, anne, stine, reason):
    answer = signed_in(anne).post(reverse("worklists:hand-over", args=[report.pk]), {"to": asker.pk, "reason": reason})

    assert answer.status_code == 422
    assert answer.context["form"].errors["reason"]
    assert not Handover.objects.exists()


def test_nothing_is_offered_where_nobody_could_answer(scenes, report, asker, anne):
    with pytest.raises(actions.Unfit) as refused:
        hand_over(scenes, report, asker, anne)

    assert "to" in refused.value.problems


def test_what_waits_for_a_second_look_or_has_arrived_is_not_handed_over(scenes, bergen, report, asker, anne, stine):
    decide(report, anne)
    with pytest.raises(actions.NotOpen):
        hand_over(scenes, report, asker, anne)


# -- the answer


def test_what_is_taken_over_stands_on_the_other_services_worklist(scenes, offer, stine, asker):
    signed_in(stine).post(reverse("handovers:accept", args=[offer.pk]))

    taken = Delivery.objects.get(service=asker)
    assert (taken.state, taken.channel, taken.reporter, taken.direction) == ("unconfirmed", "handover", "public", "inbound")
    assert queued(stine, "free") == [taken.pk]
    assert broken(scenes.NOW) == []


def test_the_first_service_settles_it_by_the_evidence_that_passing_on_requires(scenes, bergen, report, offer, anne, stine):
    berit = scenes.person("Berit", "reviewer", of=bergen)
    actions.accept(offer=offer, by=stine, now=scenes.NOW + HOUR)

    actions.carry(now=scenes.NOW + HOUR)
    assert taken_over.conclude(now=scenes.NOW + HOUR) == 1
    assert taken_over.conclude(now=scenes.NOW + HOUR) == 0

    decision = Decision.objects.get()
    assert (decision.outcome, decision.passed_on_to, decision.confirmed_day, decision.by) == ("misaddressed", "Asker", scenes.NOW.date(), anne)
    assert scenes.again(report).look_waits
    decisions.give_second_look(decision=decision, agrees=True, reason="Asker har den.", by=berit, now=scenes.NOW + 2 * HOUR)
    assert scenes.again(report).state == "settled"
    assert broken(scenes.NOW + 2 * HOUR) == []


def test_a_look_that_differs_is_not_overruled_by_the_other_services_answer(scenes, bergen, report, offer, stine):
    berit = scenes.person("Berit", "reviewer", of=bergen)
    actions.accept(offer=offer, by=stine, now=scenes.NOW + HOUR)
    actions.carry(now=scenes.NOW + HOUR)
    taken_over.conclude(now=scenes.NOW + HOUR)
    decisions.give_second_look(decision=Decision.objects.get(), agrees=False, outcome="", reason="Barnet bor her.", by=berit, now=scenes.NOW + HOUR)

    assert taken_over.conclude(now=scenes.NOW + 2 * HOUR) == 0
    assert scenes.again(report).state == "unconfirmed"


def test_what_is_sent_back_is_free_again_and_says_why(scenes, report, offer, anne, stine):
    signed_in(stine).post(reverse("handovers:decline", args=[offer.pk]), {"reason": "Barnet er ukjent her."})
    assert queued(anne, "waiting") == [report.pk]

    actions.carry(now=scenes.NOW)

    assert queued(anne, "free") == [report.pk]
    assert "Barnet er ukjent her." in signed_in(anne).get(reverse("deliveries:detail", args=[report.pk])).content.decode()
    assert not Delivery.objects.filter(service=offer.service).exists()
    assert broken(scenes.NOW) == []


def test_what_nobody_answers_comes_back_by_the_clock(scenes, report, offer, anne):
    later = offer.until + actions.queries.ON_ITS_WAY

    actions.carry(now=later)

    assert Ending.objects.get().end == End.LAPSED
    assert [event.native for event in Event.objects.filter(code="handed_back")] == ["lapsed"]
    assert broken(later) == []


def test_nobody_answers_when_the_time_is_over(offer, stine):
    with pytest.raises(actions.RunOut):
        actions.accept(offer=offer, by=stine, now=offer.until)


def test_of_two_answers_the_second_is_told_of_the_first(scenes, offer, stine, asker):
    other = scenes.person("Olav", "caseworker", of=asker)
    actions.accept(offer=offer, by=stine, now=scenes.NOW)

    answer = signed_in(other).post(reverse("handovers:decline", args=[offer.pk]), {"reason": "Ikke vår."})

    assert answer.status_code == 409
    assert "Stine Prøve" in answer.content.decode()


def test_an_answer_without_a_reason_is_refused_beside_its_field(offer, stine):
    answer = signed_in(stine).post(reverse("handovers:decline", args=[offer.pk]), {"reason": " "})

    assert answer.status_code == 422
    assert answer.context["form"].errors["reason"]


# -- taking it back


def test_what_is_taken_back_before_it_is_answered_is_free_again_and_can_be_answered_no_more(scenes, report, offer, anne, stine):
    signed_in(anne).post(reverse("worklists:recall", args=[report.pk]))
    assert queued(anne, "waiting") == [report.pk]

    actions.carry(now=scenes.NOW)

    assert queued(anne, "free") == [report.pk]
    body = signed_in(anne).get(reverse("deliveries:detail", args=[report.pk])).content.decode()
    assert "The handover ended" in body
    assert "Taken back" in body
    answer = signed_in(stine).post(reverse("handovers:accept", args=[offer.pk]))
    assert answer.status_code == 409
    assert "The other service took it back" in answer.content.decode()
    assert not signed_in(stine).get(reverse("handovers:list"), {"answered": "no"}).context["table"].rows
    assert not Delivery.objects.filter(service=offer.service).exists()
    assert broken(scenes.NOW + 2 * HOUR) == []


def test_an_answer_that_was_first_stands_although_it_was_asked_for_back(scenes, report, offer, anne, stine):
    actions.take_back(delivery=report, by=anne, now=scenes.NOW)
    actions.accept(offer=offer, by=stine, now=scenes.NOW)

    actions.carry(now=scenes.NOW)

    assert Ending.objects.get().end == End.ACCEPTED
    assert not Recalled.objects.exists()
    assert actions.carry(now=scenes.NOW) == 0
    assert broken(scenes.NOW + 2 * HOUR) == []


def test_only_who_handed_it_over_takes_it_back_or_who_gives_messages_to_people(scenes, bergen, report, offer, anne):
    with pytest.raises(actions.NotYours):
        actions.take_back(delivery=report, by=scenes.person("Berit", "caseworker", of=bergen), now=scenes.NOW)

    asked = actions.take_back(delivery=report, by=scenes.person("Lena", "manager", of=bergen), now=scenes.NOW)
    assert actions.take_back(delivery=report, by=anne, now=scenes.NOW + HOUR) == asked


def test_what_waits_for_no_other_service_is_not_taken_back(scenes, report, anne, offer):
    with pytest.raises(actions.NotWaiting):
        actions.take_back(delivery=report, by=anne, now=offer.until)


def test_taking_back_is_told_to_the_trail_by_who_asked_and_by_the_worker(scenes, bergen, report, anne, offer):
    actions.take_back(delivery=report, by=anne, now=scenes.NOW)
    actions.carry(now=scenes.NOW)

    told = Entry.objects.filter(verb="handed_over", text__contains="taken_back").order_by("pk").values_list("service_id", "actor", "object_id")
    assert list(told) == [(bergen.pk, "person", report.pk), (bergen.pk, "worker", report.pk)]


# -- the wall


def test_neither_service_reaches_the_others_side(scenes, report, offer, anne, stine):
    assert signed_in(anne).get(reverse("handovers:detail", args=[offer.pk])).status_code == 404
    assert signed_in(stine).get(reverse("deliveries:detail", args=[report.pk])).status_code == 404
    with scope.operator(by="test", services=[offer.service_id]):
        assert not Handover.objects.exists()
        assert Offer.objects.exists()


def test_nobody_offers_in_the_name_of_another_service(scenes, offer, bergen):
    with pytest.raises(ProgrammingError, match="row-level security"), scope.operator(by="test", services=[bergen.pk]), transaction.atomic():
        Offer.objects.create(service=offer.service, sender=bergen, number="H1", channel="portal", day=scenes.NOW.date(), until=scenes.NOW, at=scenes.NOW)


def test_each_step_is_told_to_the_trail_of_the_service_that_it_was_taken_in(scenes, bergen, asker, offer, stine):
    actions.accept(offer=offer, by=stine, now=scenes.NOW)
    actions.carry(now=scenes.NOW)

    told = Entry.objects.filter(verb__in=["handed_over", "took_over", "sent_back"]).order_by("pk").values_list("verb", "service_id", "actor")
    assert list(told) == [("handed_over", bergen.pk, "person"), ("took_over", asker.pk, "person"), ("took_over", bergen.pk, "worker")]


# -- the pages


def test_a_caseworker_hands_over_and_reads_on_the_page_who_has_it(scenes, report, asker, anne, stine):
    client = signed_in(anne)

    client.post(reverse("worklists:hand-over", args=[report.pk]), {"to": asker.pk, "reason": "Barnet bor i Asker."})

    body = client.get(reverse("deliveries:detail", args=[report.pk])).content.decode()
    assert "offered to Asker by Anne Prøve" in body
    assert "Handed over to another service" in body


def test_an_offer_stands_on_the_start_page_of_who_may_answer(offer, stine, anne):
    labels = {user: [str(number.label) for number in signed_in(user).get(reverse("today")).context["numbers"]] for user in (stine, anne)}

    assert "Offered by other services" in labels[stine]
    assert "Offered by other services" not in labels[anne]


@pytest.mark.parametrize("declined", [True, False])
def test_who_handed_over_what_nobody_took_reads_so_on_the_start_page_until_they_have_opened_it(scenes, bergen, report, offer, anne, stine, declined):
    if declined:
        actions.decline(offer=offer, reason="Ukjent her.", by=stine, now=scenes.NOW)
    actions.carry(now=scenes.NOW if declined else offer.until + actions.queries.ON_ITS_WAY)
    today = reverse("today")

    with time_machine.travel(offer.until + HOUR, tick=False):
        client = signed_in(anne)
        before = client.get(today)
        others = signed_in(scenes.person("Berit", "caseworker", of=bergen)).get(today)
        client.get(reverse("deliveries:detail", args=[report.pk]))
        after = client.get(today)

    assert [one.delivery for one in before.context["handed_back"]] == [report.pk]
    assert ("Asker sent it back" if declined else "Asker did not answer in time") in before.content.decode()
    assert (others.context["handed_back"], after.context["handed_back"]) == ([], [])
