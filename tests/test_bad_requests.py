"""What no page of ours sends: nothing fails, nothing changes, nothing of another service shows, and what was denied is told to the trail."""

import pytest
from django.urls import reverse

from apps.audit.models import Entry
from apps.audit.verbs import Verb
from apps.decisions.models import Decision
from apps.ledger.models import Event
from tests import scenes
from tests.pages import reports, signed_in

pytestmark = pytest.mark.django_db

INJECTIONS = ["' OR '1'='1", "1; DROP TABLE ledger_event; --", "%' UNION SELECT value FROM ledger_reference --", "a\x00b", "%_\\", '"' * 300, "x" * 1_000_000]
LISTS = {
    "worklists:list": (
        ("inbound", "unconfirmed"),
        ("reference", "service", "channel", "reporter", "from_day", "since", "left", "covered", "sort", "page", "per_page"),
    ),
    "deliveries:list": ((), ("reference", "state", "sort", "page")),
    "deliveries:search": ((), ("reference",)),
    "imports:list": ((), ("sort", "page", "format")),
}


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def elsewhere():
    return scenes.service("5001")


@pytest.fixture
def anne(bergen):
    return scenes.person("Anne", "caseworker", of=bergen)


@pytest.fixture
def client(anne):
    return signed_in(anne)


def facts():
    return Event.objects.count(), Decision.objects.count()


def denied(person):
    return Entry.objects.filter(verb=Verb.DENIED, person_id=person.pk).count()


def form(delivery, **more):
    return {"outcome": "note", "reason": "Ringt skolen.", "contact": "phone", "day": "2024-02-08", **more}


@pytest.mark.parametrize("text", INJECTIONS, ids=lambda text: ascii(text[:12]))
@pytest.mark.parametrize("page", LISTS)
def test_a_filter_asks_for_words_and_never_for_sql(client, bergen, elsewhere, page, text):
    reports(bergen, 8)
    [theirs] = reports(elsewhere, 8)
    arguments, fields = LISTS[page]
    before = facts()

    answers = [client.get(reverse(page, args=arguments), {field: text}) for field in fields]

    assert {answer.status_code for answer in answers} <= {200, 302, 400, 404}
    assert not [answer for answer in answers if f"/deliveries/{theirs.pk}/" in answer.text]
    assert facts() == before


@pytest.mark.parametrize("cookie", ["forged", "' OR 1=1 --", "x" * 4000])
def test_a_forged_session_is_nobodys(client, bergen, cookie):
    client.cookies["sessionid"] = cookie

    assert client.get(reverse("today")).url.startswith(reverse("account_login"))


@pytest.mark.parametrize("page", ["deliveries:detail", "decisions:decide"])
def test_another_services_message_is_not_there_and_the_attempt_is_told(client, anne, elsewhere, page):
    [theirs] = reports(elsewhere, 8)
    before = facts()

    answer = client.get(reverse(page, args=[theirs.pk])) if page == "deliveries:detail" else client.post(reverse(page, args=[theirs.pk]), form(theirs))

    assert answer.status_code == 404
    assert facts() == before
    assert denied(anne) == 1


def test_another_services_message_cannot_be_named_in_a_form_either(client, bergen, elsewhere):
    [mine], [theirs] = reports(bergen, 8), reports(elsewhere, 8)
    before = facts()

    answer = client.post(reverse("decisions:decide", args=[mine.pk]), form(mine, outcome="duplicate", other=theirs.pk, other_delivery=theirs.pk))

    assert 400 <= answer.status_code < 500
    assert facts() == before


@pytest.mark.parametrize("reason", ["x" * 1_000_000, "a\x00b"], ids=["a million letters", "NUL"])
def test_what_cannot_be_kept_is_refused_with_a_sentence(client, bergen, reason):
    [mine] = reports(bergen, 8)
    before = facts()

    answer = client.post(reverse("decisions:decide", args=[mine.pk]), form(mine, reason=reason))

    assert answer.status_code == 422  # the form again, with the sentence beside the field
    assert facts() == before
