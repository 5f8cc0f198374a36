"""One thing done to many at once: said with its number before, found by one number afterwards, taken back as one; and nothing is closed by it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.audit.models import Entry
from apps.decisions import actions as decisions
from apps.decisions import invariants as decided
from apps.decisions.models import Decision
from apps.deliveries.models import Delivery
from apps.ledger.models import Event
from apps.worklists import actions, invariants
from apps.worklists.models import Act, Batch, Claim, Pause, Step
from tests.pages import grant, reports, shown, signed_in


def choose(client, *deliveries, slug="open", query=None, **fields):
    address = reverse("worklists:many", args=["inbound", slug], query=query or {})
    return client.post(address, {"chosen": [delivery.pk for delivery in deliveries], **fields})


def do(client, *deliveries, **fields):
    return choose(client, *deliveries, do="1", **fields)


@pytest.fixture
def colleague(scenes, bergen):
    return scenes.person("Berit", "caseworker", of=bergen)


@pytest.fixture
def many(bergen):
    return reports(bergen, *range(5, 10))


# -- choosing


def test_nothing_is_done_before_the_number_was_shown(client, many):
    answer = choose(client, *many[:2])

    assert (answer.context["number"], answer.context["whole"]) == (2, 5)
    assert not Batch.objects.exists()


def test_all_that_match_are_chosen_in_a_step_of_its_own(client, many):
    asked = choose(client, *many[:2], whole="yes")
    assert (asked.context["number"], asked.context["is_whole"]) == (5, True)
    assert not Batch.objects.exists()

    choose(client, whole="yes", number="5", outcome="claimed", do="1")

    assert Claim.objects.count() == 5


def test_all_that_match_are_those_of_the_filter(client, bergen, many):
    [private] = reports(bergen, 7, kind="PRIVAT")

    choose(client, query={"reporter": "private"}, whole="yes", number="1", outcome="claimed", do="1")

    assert list(Claim.objects.values_list("reference_id", flat=True)) == [private.pk]


def test_a_list_that_has_changed_since_is_asked_about_again(client, bergen, many):
    reports(bergen, 4)

    answer = choose(client, whole="yes", number="5", outcome="claimed", do="1")

    assert answer.context["has_changed"]
    assert not Claim.objects.exists()


def test_what_is_of_another_service_or_not_open_is_not_among_them(scenes, client, sandefjord, many):
    [foreign] = reports(sandefjord, 7)

    answer = do(client, many[0], foreign, outcome="claimed")

    assert Batch.objects.get().matched == 1
    assert answer.url == reverse("worklists:batch", args=[Batch.objects.get().pk])


def test_messages_of_two_services_are_not_done_together(client, caseworker, sandefjord, many):
    grant(caseworker, sandefjord)
    [other] = reports(sandefjord, 7)

    answer = do(client, many[0], other, outcome="claimed")

    assert answer.context["service"] is None
    assert not Batch.objects.exists()


@pytest.mark.parametrize("chosen", [[], ["x"], ["0"], ["9" * 30], ["-1"]])
def test_choosing_nothing_leads_back_to_the_list(client, chosen):
    answer = client.post(reverse("worklists:many", args=["inbound", "open"]), {"chosen": chosen, "do": "1", "outcome": "claimed"})

    assert answer.url == reverse("worklists:list", args=["inbound", "open"])


def test_whoever_may_not_decide_chooses_nothing(scenes, bergen, many):
    reviewer = signed_in(scenes.person("Rolf", "reviewer", of=bergen))

    assert choose(reviewer, *many).status_code == 403
    assert 'name="chosen"' not in reviewer.get(reverse("worklists:list", args=["inbound", "open"])).content.decode()


@pytest.mark.parametrize("outcome", ["lost_and_found", "found_registered", "duplicate", "child_known", "misaddressed", "assigned", ""])
def test_what_cannot_be_done_to_many_is_not_done(client, many, outcome):
    do(client, *many, outcome=outcome, reason="Alle", case_reference="1")

    assert not Batch.objects.exists()
    assert not Decision.objects.exists()


# -- doing


def test_one_number_shows_all_that_was_done(client, many):
    do(client, *many[:3], outcome="claimed")

    page = client.get(reverse("worklists:batch", args=[Batch.objects.get().pk]))

    assert sorted(shown(page)) == sorted(delivery.pk for delivery in many[:3])
    assert Entry.objects.get(verb="claimed").text.count('"count":3') == 1


def test_what_somebody_has_already_is_left_out_and_told(scenes, client, many, colleague):
    actions.claim(delivery=many[0], by=colleague, now=scenes.NOW)

    do(client, *many[:3], outcome="claimed")

    page = client.get(reverse("worklists:batch", args=[Batch.objects.get().pk]))
    assert (page.context["count"], page.context["batch"].matched) == (2, 3)
    assert Claim.objects.get(reference=many[0].pk).person == colleague


def test_the_manager_gives_many_to_one_person(many, lena, colleague):
    do(signed_in(lena), *many, outcome="assigned", person=colleague.pk)

    assert set(Claim.objects.values_list("person", flat=True)) == {colleague.pk}


def test_those_that_run_out_before_are_not_put_aside(client, bergen, many):
    [runs_out] = reports(bergen, 28)

    do(client, runs_out, *many, outcome="paused", until="2024-02-13", reason="Avsender svarer i morgen")

    assert Pause.objects.count() == 5
    assert not Pause.objects.filter(reference=runs_out.pk).exists()


def test_a_pause_without_a_reason_is_refused_beside_the_field(client, many):
    answer = do(client, *many, outcome="paused", until="2024-02-13", reason="")

    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"reason"}
    assert not Batch.objects.exists()


def test_a_contact_is_noted_with_each(client, many):
    do(client, *many, outcome="sender_contacted", channel="phone", day="2024-02-07", reason="Spurt om alle fem")

    assert Decision.objects.filter(outcome="sender_contacted", batch=Batch.objects.get().pk).count() == 5
    assert list(decided.INVARIANTS[1].offending(None)) == []


def test_an_identity_number_in_a_note_is_refused(client, many):
    answer = do(client, *many, outcome="note", reason="Gjelder 018312 12345")

    assert answer.status_code == 422
    assert not Event.objects.filter(source="person").exists()


def test_what_is_proposed_of_many_waits_for_a_second_look_one_by_one(scenes, bergen, client, many, caseworker):
    do(client, *many, outcome="test_message", reason="Leverandørens prøvekjøring")

    assert set(Delivery.objects.values_list("state", "look_waits")) == {("unconfirmed", True)}
    first, *_others = Decision.objects.order_by("pk")
    with pytest.raises(decisions.NeedsAnotherPerson):
        decisions.give_second_look(decision=first, agrees=True, reason="Jo", by=caseworker, now=scenes.NOW)
    reviewer = scenes.person("Rolf", "reviewer", of=bergen)
    decisions.give_second_look(decision=first, agrees=True, reason="Jo", by=reviewer, now=scenes.NOW)
    assert Delivery.objects.filter(state="settled").count() == 1
    assert list(decided.INVARIANTS[1].offending(None)) == []


def test_what_waits_for_a_look_already_is_left_out_of_a_proposal(client, many):
    do(client, many[0], outcome="test_message", reason="Prøve")
    do(client, *many, outcome="test_message", reason="Leverandørens prøvekjøring")

    assert Decision.objects.count() == 5


# -- taking back


def take_back(client, batch, reason="Feil liste"):
    return client.post(reverse("worklists:take-back", args=[batch.pk]), {"reason": reason})


def test_all_of_it_is_taken_back_as_one(scenes, client, many):
    do(client, *many, outcome="test_message", reason="Leverandørens prøvekjøring")
    first = Batch.objects.get()

    answer = take_back(client, first)

    again = Batch.objects.get(undoes=first)
    assert answer.url == reverse("worklists:batch", args=[again.pk])
    assert again.steps.count() == 5
    assert set(Delivery.objects.values_list("state", "look_waits")) == {("unconfirmed", False)}
    assert list(decided.INVARIANTS[1].offending(None)) == []


def test_what_was_looked_at_meanwhile_stays(scenes, bergen, client, many):
    do(client, *many, outcome="test_message", reason="Leverandørens prøvekjøring")
    reviewer = scenes.person("Rolf", "reviewer", of=bergen)
    decisions.give_second_look(decision=Decision.objects.first(), agrees=True, reason="Jo", by=reviewer, now=scenes.NOW)

    take_back(client, Batch.objects.get())

    assert Delivery.objects.filter(state="settled").count() == 1
    assert Delivery.objects.filter(look_waits=False, state="unconfirmed").count() == 4


def test_claims_and_pauses_are_taken_back_where_nobody_did_something_else(scenes, client, many, caseworker):
    do(client, *many, outcome="claimed")
    actions.release(delivery=many[0], by=caseworker, now=scenes.NOW)
    actions.claim(delivery=many[0], by=caseworker, now=scenes.NOW + timedelta(hours=1))

    take_back(client, Batch.objects.get())

    assert list(Claim.objects.values_list("reference_id", flat=True)) == [many[0].pk]
    assert Step.objects.filter(act=Act.RELEASED, batch__isnull=False).count() == 4
    assert list(invariants.INVARIANTS[1].offending(None)) == []


def test_a_note_that_was_taken_back_says_so_and_stays(client, many):
    do(client, *many, outcome="note", reason="Gjelder alle")

    take_back(client, Batch.objects.get())

    assert list(Decision.objects.order_by("pk").values_list("reason", flat=True)) == ["Gjelder alle"] * 5 + ["Feil liste"] * 5


def test_it_is_taken_back_once_and_with_a_reason(client, many):
    do(client, *many, outcome="claimed")
    first = Batch.objects.get()

    assert take_back(client, first, reason="").status_code == 422
    take_back(client, first)
    assert take_back(client, first).status_code == 422
    assert take_back(client, Batch.objects.get(undoes=first)).status_code == 422
    assert Batch.objects.count() == 2


def test_only_who_did_it_or_the_manager_takes_it_back(client, many, colleague, lena):
    do(client, *many, outcome="claimed")

    assert take_back(signed_in(colleague), Batch.objects.get()).status_code == 422
    assert take_back(signed_in(lena), Batch.objects.get()).status_code == 302


# -- cost


@pytest.mark.parametrize("fields", [{"outcome": "claimed"}, {"outcome": "test_message", "reason": "Prøve"}])
def test_many_cost_as_many_statements_as_few(client, bergen, many, fields):
    more = reports(bergen, *range(11, 41))

    with CaptureQueriesContext(connection) as few:
        do(client, *many, **fields)
    with CaptureQueriesContext(connection) as lots:
        do(client, *more, **fields)

    assert len(lots) == len(few)
