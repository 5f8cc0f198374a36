"""Files handed in by other systems: by a key, once for each request, and nothing that the key is not for."""

import hashlib
import io
import json
import zipfile
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.http import UnreadablePostError
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from apps.accounts.roles import Role
from apps.audit.models import Entry
from apps.audit.verbs import Actor, Verb
from apps.deliveries import actions as deliveries
from apps.deliveries.models import Delivery
from apps.feeds import actions as feeds
from apps.feeds import arrangements, keys, names
from apps.feeds.api import description, handing_in
from apps.feeds.api.problems import Problem
from apps.feeds.models import Handover, Key
from apps.ledger.models import Import, ImportState
from tests import scenes
from tests.pages import signed_in

pytestmark = pytest.mark.django_db

LIST = b"bekymringsmeldingId;innsendt;kommunenummer\n11111111-1111-4111-8111-111111111111;2024-02-01T10:12:00;4601\n"
OTHER = LIST.replace(b"1111", b"2222")
PUSHED = {
    "createdTs": "2024-02-01T10:12:00+01:00",
    "resource": "messages",
    "event": "status",
    "messageId": "44444444-4444-4444-8444-444444444444",
    "conversationId": "55555555-5555-4555-8555-555555555555",
    "direction": "INCOMING",
    "serviceIdentifier": "DPO",
    "status": "LEVETID_UTLOPT",
    "description": "Levetiden er utgått",
}


@pytest.fixture
def administrator():
    return scenes.person("Anne", Role.IMPORT_ADMINISTRATOR, of=scenes.service("4601"))


def feed_of(administrator, format="portal-list"):
    service = scenes.service("4601")
    return arrangements.add(service=service, format=format, direction="inbound", vantage="", by=administrator, now=scenes.NOW)


@pytest.fixture
def made(administrator):
    return keys.make(feed=feed_of(administrator), name="Fagsystemet", days=30, by=administrator, now=timezone.now())


@pytest.fixture
def pushing(administrator):
    return keys.make(feed=feed_of(administrator, "eformidling"), name="Integrasjonspunktet", days=30, by=administrator, now=timezone.now())


def handed_in(made, body=LIST, *, request="r-1", query="", key=None, name=None, content_type="application/octet-stream"):
    """The answer of a system that was given the key."""
    address = reverse("api:hand-in", args=[name or names.name(made.key.feed)]) + query
    headers = {"Authorization": f"Bearer {key or made.written}", "Idempotency-Key": request}
    return Client().post(address, body, content_type=content_type, headers={name: value for name, value in headers.items() if value})


def problem(response):
    assert response["Content-Type"] == "application/problem+json"
    told = response.json()
    assert told["status"] == response.status_code
    fits("Problem", told)
    return told["code"]


def fits(schema, told):
    described = description.described()
    Draft202012Validator(described | {"$ref": f"#/components/schemas/{schema}"}).validate(told)


def zipped(**files):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as bundle:
        for name, content in files.items():
            bundle.writestr(name.replace("_", "."), content)
    return body.getvalue()


# -- handing in


def test_a_file_is_kept_and_owed_before_it_is_answered(made):
    response = handed_in(made, query="?file_name=list.csv")

    told = response.json()
    fits("Received", told)
    kept = Import.objects.get()
    assert response.status_code == 202
    assert told == {"imports": [{"id": kept.pk, "file_name": "list.csv", "is_new": True}], "refused": []}
    assert (kept.state, kept.received_by, kept.stored.sha256) == (ImportState.RECEIVED, f"key {made.key.pk}: Fagsystemet", hashlib.sha256(LIST).hexdigest())
    assert kept.owed.count() == 1
    assert Entry.objects.get(verb=Verb.RECEIVED).actor == Actor.SYSTEM


def test_the_same_request_gets_the_same_answer_and_does_nothing_again(made):
    first, second = handed_in(made), handed_in(made)

    assert second.status_code == first.status_code
    assert second.content == first.content
    assert second["Idempotent-Replayed"] == "true"
    assert Entry.objects.filter(verb=Verb.RECEIVED).count() == 1


@pytest.mark.parametrize("changed", [{"body": OTHER}, {"query": "?encoding=windows-1252"}, {"query": "?file_name=other.csv"}])
def test_the_same_request_for_something_else_is_refused(made, changed):
    handed_in(made)

    assert problem(handed_in(made, **changed)) == "other_request"
    assert Import.objects.count() == 1


def test_the_same_file_in_another_request_is_the_import_that_there_is(made):
    first = handed_in(made).json()["imports"][0]

    again = handed_in(made, request="r-2").json()["imports"][0]

    assert again == first | {"is_new": False}


def test_each_file_of_a_zip_is_an_import_and_what_cannot_be_received_is_named(made):
    response = handed_in(made, zipped(a_csv=LIST, b_csv=OTHER, again_zip=zipped(a_csv=LIST)))

    told = response.json()
    fits("Received", told)
    assert [each["file_name"] for each in told["imports"]] == ["a.csv", "b.csv"]
    assert [(each["file_name"], each["code"]) for each in told["refused"]] == [("again.zip", "zip_within_zip")]
    assert made.key.feed.mishaps.get().code == "zip_within_zip"


def test_a_zip_of_which_nothing_can_be_received_is_refused_and_may_be_tried_again(made):
    assert problem(handed_in(made, zipped(again_zip=zipped(a_csv=LIST)))) == "zip_within_zip"

    assert handed_in(made).status_code == 202


def test_how_an_import_stands_is_told(made):
    number = handed_in(made).json()["imports"][0]["id"]
    feeds.run(feed_import_id=number, clock=lambda: scenes.NOW)
    address = reverse("api:import", args=[names.name(made.key.feed), number])

    told = Client().get(address, headers={"Authorization": f"Bearer {made.written}"}).json()

    fits("Import", told)
    assert (told["state"], told["read"], told["accepted"]) == ("complete", 1, 1)


def test_what_was_answered_is_remembered_for_three_months(made):
    handed_in(made)
    then = timezone.now() + feeds.HANDOVERS_KEPT

    feeds.remove_due(now=then - timedelta(hours=1))
    assert Handover.objects.exists()
    feeds.remove_due(now=then + timedelta(hours=1))
    assert not Handover.objects.exists()


# -- what is refused


@pytest.mark.parametrize("request_name", ["", "with blank", "æ", "x" * 256])
def test_a_request_without_a_name_of_its_own_is_refused(made, request_name):
    assert problem(handed_in(made, request=request_name)) == "no_idempotency_key"


@pytest.mark.parametrize("key", ["", "framme", "framme_1_short", f"framme_{2**62}_{'a' * 43}", f"framme_1_{'a' * 43}", f"framme_{10**19}_{'a' * 43}"])
def test_no_key_that_holds_opens_nothing(made, key):
    response = handed_in(made, key=key or "none")

    assert (response.status_code, problem(response), response["WWW-Authenticate"]) == (401, "no_key", "Bearer")
    assert not Import.objects.exists()


def test_a_key_that_was_ended_opens_nothing_any_more(made, administrator):
    handed_in(made)
    keys.end(key=made.key, by=administrator, now=timezone.now())

    assert handed_in(made, request="r-2").status_code == 401


def test_a_key_whose_time_is_over_opens_nothing(made):
    old = keys.make(feed=made.key.feed, name="Old", days=30, by=made.key.made_by, now=timezone.now() - timedelta(days=31))

    assert handed_in(old).status_code == 401


@pytest.mark.parametrize("name", ["3203.portal-list", "4601.portal-history", "4601.nothing"])
def test_a_key_opens_its_own_feed_alone_and_the_attempt_is_told(made, name):
    scenes.service("3203")

    assert problem(handed_in(made, name=name)) == "no_such_feed"
    assert Entry.objects.filter(verb=Verb.DENIED, actor=Actor.SYSTEM).count() == 1


def test_an_import_of_another_feed_is_as_absent_as_none(made):
    scenes.report(scenes.service("3203"))
    scenes.bring_in(scenes.service("4601"), "portal-history")
    numbers = [*Import.objects.values_list("pk", flat=True), 2**40]

    for number in numbers:
        response = Client().get(reverse("api:import", args=[names.name(made.key.feed), number]), headers={"Authorization": f"Bearer {made.written}"})
        assert problem(response) == "no_such_import"


def test_a_file_that_is_too_large_is_refused_as_it_comes(made, settings):
    settings.FEED_FILE_LIMIT = 10

    assert handed_in(made).status_code == 413


@pytest.mark.parametrize(("length", "code"), [("", "no_length"), ("-1", "no_length"), (str(10**12), "too_large")])
def test_a_body_that_does_not_say_how_long_it_is_is_no_empty_file(made, length, code):
    headers = {"Authorization": f"Bearer {made.written}", "Idempotency-Key": "r-1"}
    address = reverse("api:hand-in", args=[names.name(made.key.feed)])

    assert problem(Client().post(address, LIST, content_type="text/csv", headers=headers, CONTENT_LENGTH=length)) == code
    assert not Import.objects.exists()


def gone(size):
    raise UnreadablePostError


@pytest.mark.parametrize("read", [io.BytesIO(LIST).read, gone], ids=["shorter", "gone"])
def test_a_body_that_is_cut_is_no_file(read):
    request = SimpleNamespace(headers={"Content-Length": str(len(LIST) + 1)}, read=read)

    with pytest.raises(Problem) as cut, handing_in.body(request, largest=1000):
        pass

    assert (cut.value.status, cut.value.code) == (400, "cut")


def test_too_many_requests_in_a_minute_are_refused_and_told_when_to_come_again(made, monkeypatch):
    monkeypatch.setattr(handing_in, "PER_MINUTE", 2)
    for number in range(2):
        handed_in(made, request=f"r-{number}")

    response = handed_in(made, request="r-3")

    assert (problem(response), response["Retry-After"]) == ("too_many", "60")


@pytest.mark.parametrize("query", ["?encoding=utf-7", "?file_name=" + "x" * 201, "?reference=a%00b"])
def test_options_that_are_none_are_refused(made, query):
    assert problem(handed_in(made, query=query)) == "option"


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/html", "image/png", "", "x" * 300])
def test_what_a_body_is_said_to_be_decides_nothing(made, content_type):
    assert handed_in(made, content_type=content_type).status_code == 202
    assert Import.objects.get().stored.sha256 == hashlib.sha256(LIST).hexdigest()


def test_a_form_with_the_file_in_it_is_not_taken_for_the_file(made):
    assert problem(handed_in(made, content_type="multipart/form-data; boundary=x")) == "form"
    assert not Import.objects.exists()


def test_other_methods_are_refused(made):
    address = reverse("api:hand-in", args=["4601.portal-list"])

    assert [problem(getattr(Client(), method)(address)) for method in ("get", "put", "delete")] == ["method"] * 3


def test_a_session_of_somebody_signed_in_is_no_key(administrator, made):
    client = signed_in(administrator)

    response = client.post(reverse("api:hand-in", args=["4601.portal-list"]), LIST, content_type="text/csv", headers={"Idempotency-Key": "r"})

    assert response.status_code == 401


# -- pushing


def pushed(made, said):
    return Client().post(reverse("api:push", args=[made.written]), json.dumps(said), content_type="application/json")


def test_what_a_source_pushes_becomes_an_import(pushing):
    response = pushed(pushing, PUSHED)

    fits("Received", response.json())
    done = feeds.run(feed_import_id=Import.objects.get().pk, clock=lambda: scenes.NOW)
    assert (done.format, done.state, done.accepted) == ("eformidling", ImportState.COMPLETE, 1)


def test_the_same_push_twice_is_one(pushing):
    first, second = pushed(pushing, PUSHED), pushed(pushing, PUSHED)

    assert first.content == second.content
    assert Handover.objects.count() == 1


@pytest.mark.parametrize("greeting", [{"event": "ping", "createdTs": "2024-02-01T10:12:00+01:00"}, {"type": "platform.events.validatesubscription", "id": "1"}])
def test_a_greeting_is_answered_and_not_kept(pushing, greeting):
    assert pushed(pushing, greeting).status_code == 200
    assert not Import.objects.exists()


def test_a_push_that_is_no_json_or_for_another_feed_is_refused(pushing, made):
    broken = Client().post(reverse("api:push", args=[pushing.written]), b"{", content_type="application/json")

    assert problem(broken) == "not_json"
    assert problem(pushed(made, PUSHED)) == "not_pushed"
    assert not [entry.text for entry in Entry.objects.filter(verb=Verb.DENIED) if pushing.written in entry.text or made.written in entry.text]


def test_a_push_with_a_wrong_key_is_refused():
    response = Client().post(reverse("api:push", args=[f"framme_1_{'a' * 43}"]), "{}", content_type="application/json")

    assert response.status_code == 401


# -- keys


def test_a_key_is_shown_once_and_kept_as_a_hash(administrator):
    feed = feed_of(administrator, "eformidling")
    client = signed_in(administrator)

    html = client.post(reverse("imports:key-make", args=[feed.pk]), {"name": "Integrasjonspunktet", "days": 90}).content.decode()

    key = Key.objects.get()
    written = html.split(f"framme_{key.pk}_")[1].split("<")[0]
    assert keys.taken_apart(f"framme_{key.pk}_{written}") == (key.pk, key.digest)
    assert f"/api/push/framme_{key.pk}_{written}" in html
    assert written not in client.get(reverse("imports:feed", args=[feed.pk])).content.decode()
    assert written not in str(list(Key.objects.values()))
    assert Entry.objects.get(verb=Verb.KEY_MADE).person_id == administrator.pk


def test_a_key_is_ended_on_the_page_of_its_feed(administrator, made):
    signed_in(administrator).post(reverse("imports:key-end", args=[made.key.feed_id, made.key.pk]))

    made.key.refresh_from_db()
    assert made.key.ended_by == administrator
    assert Entry.objects.filter(verb=Verb.KEY_ENDED).count() == 1


@pytest.mark.parametrize("name", ["", " ", "01818012345"])
def test_a_key_says_which_system_it_is_for(administrator, name):
    feed = feed_of(administrator)

    response = signed_in(administrator).post(reverse("imports:key-make", args=[feed.pk]), {"name": name, "days": 90})

    assert response.status_code == 422
    assert not Key.objects.exists()


def test_whoever_brings_in_no_files_neither_sees_nor_ends_keys(made):
    client = signed_in(scenes.person("Kari", Role.CASEWORKER, of=scenes.service("4601")))

    page = client.get(reverse("imports:feed", args=[made.key.feed_id])).content.decode()
    ended = client.post(reverse("imports:key-end", args=[made.key.feed_id, made.key.pk]))

    made.key.refresh_from_db()
    assert "Fagsystemet" not in page
    assert (ended.status_code, made.key.ended_at) == (403, None)


# -- the description


def test_the_description_is_one_and_is_served():
    served = Client().get(reverse("api:description"))

    assert served.json() == description.described()
    OpenAPIV31SpecValidator(served.json()).validate()


def test_the_description_has_every_address_of_the_interface():
    (resolver,) = (pattern for pattern in get_resolver().url_patterns if getattr(pattern, "namespace", "") == "api")
    ours = {
        f"/api/{pattern.pattern}".replace("<str:name>", "{feed}").replace("<int:pk>", "{import}").replace("<str:written>", "{key}")
        for pattern in resolver.url_patterns
    }

    assert ours - {"/api/openapi.json"} == description.described()["paths"].keys()


def registered(made, said, name=None):
    """The answer to a system that registers a test message of its own."""
    address = reverse("api:canary", args=[name or names.name(made.key.feed)])
    return Client().post(address, json.dumps(said), content_type="application/json", headers={"Authorization": f"Bearer {made.written}"})


def test_a_test_message_that_a_system_registers_first_is_no_delivery(made):
    reference = {"reference": "11111111-1111-4111-8111-111111111111"}

    answers = [registered(made, reference), registered(made, reference)]
    handed_in(made)
    feeds.run(feed_import_id=Import.objects.get().pk, clock=timezone.now)
    deliveries.reconcile_owed(now=timezone.now())

    assert [answer.status_code for answer in answers] == [201, 200]
    fits("Canary", answers[0].json())
    assert not Delivery.objects.exists()
    assert Entry.objects.filter(verb=Verb.CANARY_SENT, actor=Actor.SYSTEM).count() == 1


def test_what_a_source_has_told_of_no_system_can_make_a_test(made):
    handed_in(made)
    feeds.run(feed_import_id=Import.objects.get().pk, clock=timezone.now)

    answer = registered(made, {"reference": "11111111-1111-4111-8111-111111111111"})

    assert answer.status_code == 409
    assert problem(answer) == "too_late"


@pytest.mark.parametrize("said", [{}, [], {"reference": "17"}, {"reference": None}, "x" * 2000])
def test_what_is_no_reference_of_a_test_message_is_refused(made, said):
    answer = registered(made, said)

    assert answer.status_code == 400
    assert problem(answer) == "no_reference"
