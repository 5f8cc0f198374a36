"""Whose turn it is: one person at a time, for a time, and nothing lies outside the queues."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from apps.audit.models import Entry
from apps.ledger.models import Reference
from apps.worklists import actions, invariants
from apps.worklists.models import Act, Claim, Step
from apps.worklists.queues import Queue
from tests.pages import decide, reports, shown, signed_in

OPEN = reverse("worklists:list", args=["inbound", "open"])


def url(**query):
    return reverse("worklists:list", args=["inbound", "open"], query=query)


def page(client, delivery):
    return client.get(reverse("deliveries:detail", args=[delivery.pk], query={"list": OPEN}))


def post(client, what, delivery, **fields):
    return client.post(reverse(f"worklists:{what}", args=[delivery.pk]), {"list": OPEN, **fields}, follow=True)


def portal_of(delivery):
    return Reference.objects.get(pk=delivery.pk).value


def said(response):
    return " ".join(str(message) for message in response.context["messages"])


@pytest.fixture
def colleague(scenes, bergen):
    return scenes.person("Berit", "caseworker", of=bergen)


@pytest.fixture
def report(bergen):
    return reports(bergen, 7)[0]


# -- taking and letting go


def test_who_takes_a_message_is_shown_on_its_page_and_in_the_list(client, report, caseworker, colleague):
    post(client, "claim", report)

    assert page(client, report).context["turn"].is_mine
    assert page(signed_in(colleague), report).context["turn"].held.person == caseworker
    assert "Anne Prøve" in signed_in(colleague).get(OPEN).content.decode()


def test_whoever_comes_second_is_told_who_was_first(client, report, colleague):
    post(client, "claim", report)

    answer = post(signed_in(colleague), "claim", report)

    assert "Anne Prøve" in said(answer)
    assert Claim.objects.get().person.full_name == "Anne Prøve"


def test_taking_twice_is_taking_once(client, report):
    post(client, "claim", report)
    post(client, "claim", report)

    assert Step.objects.count() == 1


def test_a_claim_is_over_after_a_day(scenes, client, report, colleague):
    post(client, "claim", report)

    with time_machine.travel(scenes.NOW + timedelta(hours=25), tick=False):
        answer = post(signed_in(colleague), "claim", report)

        assert answer.context["turn"].is_mine


def test_only_whoever_has_it_or_the_manager_lets_it_go(client, report, colleague, lena):
    post(client, "claim", report)

    post(signed_in(colleague), "release", report)
    assert Claim.objects.count() == 1
    post(signed_in(lena), "release", report)
    assert Claim.objects.count() == 0


def test_what_needs_nobody_is_not_taken(scenes, client, bergen, report):
    scenes.registration(bergen, at=scenes.RECEIVED, portal=portal_of(report))

    answer = post(client, "claim", report)

    assert not Claim.objects.exists()
    assert said(answer)


def test_the_manager_gives_it_to_a_person_of_the_service_whoever_has_it(client, report, colleague, lena):
    post(client, "claim", report)

    post(signed_in(lena), "assign", report, person=colleague.pk)

    assert page(client, report).context["turn"].held.person == colleague
    assert [step.act for step in page(client, report).context["turn"].steps] == [Act.ASSIGNED, Act.CLAIMED]


def test_nobody_is_given_what_they_may_not_decide(scenes, bergen, sandefjord, report, lena):
    for nobody in (scenes.person("Rolf", "reviewer", of=bergen), scenes.person("Stine", "caseworker", of=sandefjord)):
        answer = post(signed_in(lena), "assign", report, person=nobody.pk)

        assert answer.status_code == 422
        assert not Claim.objects.exists()


def test_a_reviewer_takes_nothing(scenes, bergen, report):
    reviewer = signed_in(scenes.person("Rolf", "reviewer", of=bergen))

    assert post(reviewer, "claim", report).status_code == 403


def test_each_step_is_told_to_the_trail(client, report):
    post(client, "claim", report)
    post(client, "release", report)

    assert list(Entry.objects.filter(verb__in=["claimed", "released"]).order_by("id").values_list("verb", "object_id")) == [
        ("claimed", report.pk),
        ("released", report.pk),
    ]


# -- queues


def test_the_queues_add_up_to_the_list_and_each_holds_its_rows(scenes, client, bergen, caseworker, colleague):
    mine, theirs, aside, looked_at, free = reports(bergen, 5, 6, 7, 8, 9)
    actions.claim(delivery=mine, by=caseworker, now=scenes.NOW)
    actions.claim(delivery=theirs, by=colleague, now=scenes.NOW)
    actions.pause(delivery=aside, until=scenes.NOW + timedelta(days=2), reason="Venter på svar", by=caseworker, now=scenes.NOW)
    decide(looked_at, caseworker)

    everybodys, *queues = client.get(OPEN).context["turns"]

    assert everybodys.count == sum(queue.count for queue in queues) == 5
    rows = {queue: shown(client.get(tab.url)) for queue, tab in zip(Queue, queues, strict=True)}
    assert rows == {Queue.MINE: [mine.pk], Queue.FREE: [free.pk], Queue.COLLEAGUES: [theirs.pk], Queue.WAITING: [looked_at.pk, aside.pk]}
    assert list(invariants.numbers_that_are_not_their_rows(scenes.NOW)) == []


def test_what_one_has_put_aside_waits_and_is_nobodys_turn(scenes, client, report, caseworker):
    actions.claim(delivery=report, by=caseworker, now=scenes.NOW)
    actions.pause(delivery=report, until=scenes.NOW + timedelta(days=2), reason="Venter på svar", by=caseworker, now=scenes.NOW)

    assert shown(client.get(url(queue="waiting"))) == [report.pk]
    assert shown(client.get(url(queue="mine"))) == []


def test_another_services_claims_are_nobodys_business(scenes, client, sandefjord, caseworker):
    stranger = scenes.person("Stine", "caseworker", of=sandefjord)
    [theirs] = reports(sandefjord, 7)
    actions.claim(delivery=theirs, by=stranger, now=scenes.NOW)

    assert post(client, "claim", theirs).status_code == 404
    assert [tab.count for tab in client.get(OPEN).context["turns"]] == [0] * 5


# -- putting aside


def test_a_pause_is_shown_with_its_end_and_its_reason(scenes, client, report):
    post(client, "pause", report, until="2024-02-10", reason="Avsender svarer fredag")

    answer = page(client, report)

    assert answer.context["turn"].aside.reason == "Avsender svarer fredag"
    assert "10.02.2024" in answer.content.decode()
    assert "10.02.2024" in client.get(OPEN).content.decode()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"until": "2024-02-10", "reason": ""}, "reason"),
        ({"until": "2024-02-10", "reason": "   "}, "reason"),
        ({"until": "2024-02-10", "reason": "x" * 1001}, "reason"),
        ({"until": "2024-02-10", "reason": "barnet 018312 12345"}, "reason"),
        ({"until": "2024-02-08", "reason": "i dag"}, "until"),
        ({"until": "2024-02-16", "reason": "for lenge"}, "until"),
        ({"until": "31.02.2024", "reason": "ingen dag"}, "until"),
        ({"until": "", "reason": "aldri"}, "until"),
    ],
)
def test_a_pause_without_an_end_or_a_reason_is_refused_beside_the_field(client, report, fields, wrong):
    answer = post(client, "pause", report, **fields)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [wrong]
    assert fields["reason"][:1000] in answer.content.decode()
    assert not Step.objects.exists()


def test_nothing_is_put_aside_beyond_the_day_its_copy_goes(client, bergen):
    [runs_out] = reports(bergen, 28)

    assert post(client, "pause", runs_out, until="2024-02-12", reason="Senere").status_code == 422
    assert post(client, "pause", runs_out, until="2024-02-10", reason="Senere").status_code == 200
    assert Step.objects.get().act == Act.PAUSED


def test_a_pause_is_over_on_its_day(client, report, caseworker):
    post(client, "pause", report, until="2024-02-10", reason="Senere")

    with time_machine.travel("2024-02-09T23:01:00Z", tick=False):
        client.force_login(caseworker)  # the other session is over by then
        assert page(client, report).context["turn"].aside is None
        assert shown(client.get(url(queue="free"))) == [report.pk]


def test_anything_new_wakes_it(scenes, client, bergen, report, colleague):
    post(client, "pause", report, until="2024-02-12", reason="Senere")
    row = {"bekymringsmeldingId": portal_of(report), "meldingId": scenes.uuid(), "tidspunkt": scenes.wall(scenes.RECEIVED), "tilstand": "OPPRETTET"}

    scenes.bring_in(bergen, "portal-history", row)

    assert shown(client.get(url(queue="free"))) == [report.pk]
    assert page(client, report).context["turn"].aside is None


def test_what_somebody_else_works_on_is_not_put_aside(scenes, client, report, colleague):
    actions.claim(delivery=report, by=colleague, now=scenes.NOW)

    answer = post(client, "pause", report, until="2024-02-12", reason="Senere")

    assert answer.status_code == 422
    assert "Berit Prøve" in answer.content.decode()


def test_it_can_be_taken_up_again_before(client, report):
    post(client, "pause", report, until="2024-02-12", reason="Senere")

    post(client, "resume", report)

    assert page(client, report).context["turn"].aside is None
    assert [step.act for step in page(client, report).context["turn"].steps] == [Act.RESUMED, Act.PAUSED]


# -- what always holds


def test_claims_and_pauses_are_what_their_history_says(scenes, client, report, colleague):
    post(client, "claim", report)
    post(client, "pause", report, until="2024-02-12", reason="Senere")
    broken = invariants.INVARIANTS[1].offending
    assert list(broken(scenes.NOW)) == []

    Claim.objects.update(person=colleague)

    assert len(list(broken(scenes.NOW))) == 1
