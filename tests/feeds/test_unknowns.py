"""An import administrator says what a carrier's unknown status means, where the import, its preview and the feed name it."""

import io
import json

import pytest
from django.urls import reverse

from apps.accounts.roles import Role
from apps.audit.models import Entry
from apps.audit.verbs import Verb
from apps.deliveries import actions as deliveries
from apps.deliveries.states import State
from apps.feeds import actions as feeds
from apps.feeds import mappings, unknowns, wording
from apps.ledger import codes
from apps.ledger.models import Word
from tests import scenes

pytestmark = pytest.mark.django_db

SAID = {"native": "RETUR", "code": "failed", "reason": "Leverandøren sa det på telefon i går."}


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def anne(bergen):
    return scenes.person("Anne", Role.IMPORT_ADMINISTRATOR, of=bergen)


def body(*names, status="RETUR"):
    return json.dumps([{"id": name, "status": status, "sisteStatusEndring": "2024-02-01T10:12:00+01:00"} for name in names])


def brought_in(service, *names):
    return scenes.bring_in_file(service, "svarut-status", "status.json", body(*names), direction="outbound")


def previewed(service):
    stream = io.BytesIO(body(scenes.uuid(), scenes.uuid()).encode())
    asked = {"service": service, "format": "svarut-status", "file_name": "status.json", "by": "test", "now": scenes.NOW, "is_previewed": True}
    received = feeds.receive_file(**asked, stream=stream, direction="outbound")
    return feeds.run(feed_import_id=received.feed_import.pk, clock=lambda: scenes.NOW)


def text(client, name, *args):
    return " ".join(client.get(reverse(f"imports:{name}", args=args), headers={"accept-language": "en"}).content.decode().split())


def test_the_import_s_page_names_the_status_until_somebody_says_what_it_means(bergen, anne, client, settings):
    settings.LANGUAGE_CODE = "en"
    name = scenes.uuid()
    done = brought_in(bergen, name, scenes.uuid())
    feed = mappings.feed_of(done)
    client.force_login(anne)
    assert "The status “<bdi>RETUR</bdi>” (2 lines) is not known." in text(client, "detail", done.pk)
    assert reverse("imports:statuses", args=[feed.pk]) in text(client, "detail", done.pk)
    assert "(2 lines) is not known. It was kept" in text(client, "feed", feed.pk)

    answer = client.post(reverse("imports:statuses", args=[feed.pk]), SAID | {"import": done.pk})
    deliveries.reconcile_owed(now=scenes.NOW)

    assert answer["location"] == reverse("imports:detail", args=[done.pk])
    page = text(client, "detail", done.pk)
    assert "Worth knowing about the file" not in page
    assert "It is read as: <strong>Failed</strong>" in page
    assert "Failed <span" in text(client, "lines", done.pk)
    assert "“RETUR”, read as Anne Prøve said" in text(client, "lines", done.pk)
    assert scenes.known_as(name).state == State.FAILED
    entry = Entry.objects.get(verb=Verb.ARRANGED)
    assert (entry.object_id, entry.person_id) == (feed.pk, anne.pk)


def test_a_preview_names_the_status_before_the_yes_and_shows_what_it_was_said_to_mean(bergen, anne, client, settings):
    settings.LANGUAGE_CODE = "en"
    waiting = previewed(bergen)
    client.force_login(anne)
    assert "<bdi>RETUR</bdi> (2)" in text(client, "detail", waiting.pk)

    assert unknowns.say(feed=mappings.feed_of(waiting), **SAID, by=anne, now=scenes.NOW) == 2

    page = text(client, "detail", waiting.pk)
    assert "<bdi>RETUR</bdi> (2; read as: Failed)" in page
    assert "Failed <span" in page
    assert "Status not known to us" not in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "registered"},
        {"code": "deleted_in_case_system"},
        {"code": ""},
        {"reason": " "},
        {"reason": "Gjelder 018290 12345."},
        {"native": "AKSEPTERT"},
        {"native": "R" * 101},
    ],
)
def test_what_cannot_be_said_is_told_beside_the_field_and_nothing_is_kept(bergen, anne, client, wrong):
    feed = mappings.feed_of(brought_in(bergen, scenes.uuid()))
    client.force_login(anne)

    answer = client.post(reverse("imports:statuses", args=[feed.pk]), SAID | wrong)

    assert answer.status_code == 422
    assert 'data-color="danger"' in answer.content.decode()
    assert not Word.objects.exists()


def test_the_same_is_not_said_twice(bergen, anne, client):
    feed = mappings.feed_of(brought_in(bergen, scenes.uuid()))
    client.force_login(anne)
    page = reverse("imports:statuses", args=[feed.pk])

    assert [client.post(page, SAID).status_code for _again in range(2)] == [302, 422]
    assert client.post(page, SAID | {"code": "unknown"}).status_code == 302
    assert list(Word.objects.order_by("pk").values_list("code", flat=True)) == ["failed", "unknown"]


def test_everything_that_may_be_said_is_offered_and_nothing_else():
    offered = [code for _label, meant in wording.MEANINGS for code in meant]

    assert sorted(offered) == sorted(codes.SAYABLE)
    assert not set(offered) & {*codes.REGISTERED, *codes.CONCLUDED, *codes.WITHDRAWN}


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.MANAGER])
def test_only_who_may_bring_in_files_says_what_statuses_mean(bergen, client, role):
    done = brought_in(bergen, scenes.uuid())
    client.force_login(scenes.person("Berit", role, of=bergen))

    assert client.post(reverse("imports:statuses", args=[mappings.feed_of(done).pk]), SAID).status_code in (403, 404)
    assert not Word.objects.exists()
