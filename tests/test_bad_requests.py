"""What no page of ours sends: nothing fails, nothing changes, nothing of another service shows, and what was denied is told to the trail."""

import pytest
from django.urls import reverse

from apps.audit.models import Entry
from apps.audit.verbs import Verb
from apps.decisions.models import Decision
from apps.ledger.models import Event
from tests import scenes
from tests.pages import decide, grant, reports, signed_in

pytestmark = pytest.mark.django_db

INJECTIONS = ["' OR '1'='1", "1; DROP TABLE ledger_event; --", "%' UNION SELECT value FROM ledger_reference --", "a\x00b", "%_\\", '"' * 300, "x" * 1_000_000]
LISTS = {
    "worklists:list": (
        ("inbound", "unconfirmed"),
        ("reference", "service", "channel", "reporter", "from_day", "since", "left", "covered", "sort", "page", "per_page"),
    ),
    "deliveries:list": ((), ("reference", "state", "sort", "page")),
    "deliveries:search": ((), ("reference",)),
    "deliveries:suggestions": ((), ("reference", "channel", "from_day", "sort", "page")),
    "deliveries:day-sheet": ((), ("day", "service")),
    "deliveries:shortfall": ((), ("first", "last", "within", "service")),
    "calls:list": ((), ("number", "way", "answered", "sort", "page")),
    "calls:search": ((), ("first_day", "last_day", "way", "reporter", "service")),
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


@pytest.mark.parametrize("text", INJECTIONS, ids=lambda text: ascii(text[:12]))
@pytest.mark.parametrize(
    ("role", "page", "arguments"),
    [
        ("caseworker", "worklists:list", ("inbound", "unconfirmed")),
        ("caseworker", "deliveries:list", ()),
        ("import_administrator", "imports:list", ()),
        ("import_administrator", "imports:rejected", ()),
        ("auditor", "trail:list", ()),
    ],
)
def test_what_no_filter_can_be_is_refused_in_a_sentence_and_told(bergen, elsewhere, role, page, arguments, text):
    person = scenes.person("Kari", role, of=bergen)
    grant(person, elsewhere, role)  # with one service alone there is none to choose
    reader, where = signed_in(person), reverse(page, args=arguments)
    filters = list(reader.get(where).context["filter"].form.fields)

    for field in filters:
        answer = reader.get(where, {field: text})

        assert answer.status_code == 400, field
        assert answer.context["misunderstood"]
    assert denied(person) == 2 * len(filters)  # in the trail of each service


def test_such_a_search_is_refused_too_but_a_reference_that_nobody_has_is_only_not_found(client, anne, bergen):
    refused = client.get(reverse("deliveries:search"), {"reference": INJECTIONS[0]}, follow=True)
    absent = client.get(reverse("deliveries:search"), {"reference": "0b0e7a1c-5555-4555-8555-555555555555"}, follow=True)

    assert (refused.status_code, absent.status_code) == (400, 200)
    assert denied(anne) == 1


def test_a_file_of_a_list_is_not_made_by_a_filter_that_cannot_be_understood(client, bergen):
    reports(bergen, 8)

    answer = client.get(reverse("worklists:list", args=["inbound", "unconfirmed"]), {"format": "csv", "channel": "pigeon"})

    assert answer.status_code == 400
    assert "text/csv" not in answer["Content-Type"]


def test_the_address_of_a_form_shows_a_page_to_whoever_goes_there_without_one(client, settings, bergen):
    settings.LANGUAGE_CODE = "en"
    answer = client.get(reverse("decisions:decide", args=[scenes.report(bergen).pk]))

    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "Nothing was sent" in answer.content.decode()


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


def test_another_services_message_cannot_be_named_in_a_form_either(client, anne, bergen, elsewhere):
    [mine], [theirs] = reports(bergen, 8), reports(elsewhere, 8)
    before = facts()

    answer = client.post(reverse("decisions:decide", args=[mine.pk]), form(mine, outcome="duplicate", other_delivery=theirs.pk))

    assert answer.status_code == 404
    assert list(answer.context["form"].errors) == ["other_delivery"]
    assert facts() == before
    assert denied(anne) == 1


@pytest.mark.parametrize("path", ["decide", "withdraw", "look"])
@pytest.mark.parametrize("reason", ["x" * 1_000_000, "a\x00b"], ids=["a million letters", "NUL"])
def test_what_cannot_be_kept_is_refused_with_a_sentence_and_told(client, anne, bergen, reason, path):
    [mine] = reports(bergen, 8)
    before, where = prepared(path, mine, anne)

    answer = client.post(where, form(mine, outcome="test_message", reason=reason))

    assert answer.status_code == 400
    assert "ds-validation-message" in answer.text  # the form again, with the sentence beside the field
    assert facts() == before
    assert denied(anne) == 1


@pytest.mark.parametrize("path", ["decide", "withdraw", "look"])
def test_a_post_that_is_sent_once_more_changes_nothing_and_is_told(client, anne, bergen, path):
    [mine] = reports(bergen, 8)
    _before, where = prepared(path, mine, anne)
    sent = form(mine, outcome="test_message", version=0)
    first = client.post(where, sent)
    after = facts()

    again = client.post(where, sent)

    assert (first.status_code, again.status_code) == (302, 409)
    assert "alert" in again.text
    assert facts() == after
    assert denied(anne) == 1


@pytest.mark.parametrize("path", ["decide", "look"])
def test_a_verdict_sent_for_another_services_message_finds_nothing(client, anne, elsewhere, path):
    [theirs] = reports(elsewhere, 8)
    before, where = prepared(path, theirs, scenes.person("Turid", "caseworker", of=elsewhere))

    answer = client.post(where, form(theirs, outcome="test_message", version=0))

    assert answer.status_code == 404
    assert facts() == before
    assert denied(anne) == 1


def prepared(path, delivery, person):
    """What must be there before something is posted to this path: the facts so far, and where to post."""
    if path == "decide":
        return facts(), reverse("decisions:decide", args=[delivery.pk])
    decides = scenes.person("Nils", "caseworker", of=delivery.service) if path == "look" else person
    decision = decide(delivery, decides, "test_message")
    return facts(), reverse(f"decisions:{path}", args=[decision.pk])
