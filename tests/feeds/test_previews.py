"""Previews: what bringing in a file would do is shown, nothing of it stays, and a person's yes or no is what decides."""

import io
from pathlib import Path

import pytest
from django.urls import reverse

from apps.accounts.roles import Role
from apps.audit.models import Entry
from apps.audit.verbs import Verb
from apps.feeds import actions as feeds
from apps.feeds.catalogue import FORMATS
from apps.feeds.models import Preview, Rejection
from apps.ledger import actions as ledger
from apps.ledger.models import Chunk, Duplicate, Event, Import, ImportState, Owed, Particulars, Reference, Tie, Work
from tests import scenes

pytestmark = pytest.mark.django_db

HEADER = "bekymringsmeldingId;tidspunkt;tilstand;kommunenummer;melder"
ONE, OTHER, THIRD = (f"{digit * 8}-1111-4111-8111-111111111111" for digit in "123")
LINES = (
    f"{ONE};2024-02-01T10:12:00;AKSEPTERT;4601;Ola",
    f"{OTHER};2024-02-03T10:12:00;NOE_NYTT;4601;",
    f"{OTHER};2024-02-02T10:12:00;AKSEPTERT;4601;",
    f"{THIRD};2024-02-02T10:12:00;AKSEPTERT;5001;",
    "01818012345;2024-02-02T10:12:00;AKSEPTERT;4601;",
)
SAMPLES = Path(__file__).parents[1] / "samples"
FACTS = (Event, Reference, Tie, Duplicate, Particulars, Rejection)


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def bergen():
    scenes.service("5001")
    return scenes.service("4601")


@pytest.fixture
def anne(bergen):
    return scenes.person("Anne", Role.IMPORT_ADMINISTRATOR, of=bergen)


def receive(service, *lines, is_previewed=True, format="portal-history", header=HEADER):
    stream = io.BytesIO("\n".join((header, *lines, "")).encode())
    return feeds.receive_file(
        service=service, format=format, file_name="fil.csv", stream=stream, by="test", now=scenes.NOW, is_previewed=is_previewed
    ).feed_import


def run(feed_import):
    return feeds.run(feed_import_id=feed_import.pk, clock=lambda: scenes.NOW)


def previewed(service, *lines, **more):
    return run(receive(service, *lines, **more))


def facts():
    return {model.__name__: model.objects.count() for model in FACTS}


def test_a_preview_counts_what_would_become_of_every_line_and_leaves_nothing_behind(bergen):
    run(receive(bergen, LINES[0], is_previewed=False))
    before = facts()

    shown = previewed(bergen, *LINES)

    preview = shown.preview
    assert shown.state == ImportState.PREVIEWED
    assert (preview.read, preview.accepted, preview.duplicate, preview.rejected) == (5, 2, 1, 2)
    assert facts() == before
    assert not Owed.objects.filter(feed_import=shown).exists()


def test_a_preview_says_what_is_not_known_and_whose_the_other_lines_are(bergen):
    found = previewed(bergen, *LINES).preview.findings

    assert [(code, count, line) for code, count, line, _ in found["rejected"]] == [("foreign_service", 1, 5), ("not_uuid", 1, 6)]
    assert found["foreign"] == [["5001", 1, "Trondheim - Tråante"]]
    assert found["statuses"] == [["NOE_NYTT", 1]]
    assert (found["begins"], found["ends"]) == ("2024-02-01T09:12:00+00:00", "2024-02-03T09:12:00+00:00")
    assert (found["messages"], found["new_messages"]) == (2, 2)


def test_the_first_lines_stand_as_understood_beside_what_stood_there_redacted_and_without_other_columns(bergen):
    run(receive(bergen, LINES[0], is_previewed=False))

    first, second, _, foreign, wrong = previewed(bergen, *LINES).preview.findings["lines"]

    assert (first["line"], first["fate"], first["names"]) == (2, "duplicate", [["portal", ONE]])
    assert first["says"] == [["receipted", "AKSEPTERT", "2024-02-01T09:12:00+00:00", False]]
    assert (second["fate"], second["says"][0][0]) == ("accepted", "unknown")
    assert (foreign["fate"], foreign["why"]) == ("rejected", ["foreign_service", {"column": "kommunenummer", "found": "5001"}])
    assert wrong["raw"].startswith("bekymringsmeldingId=[fnr]")
    assert "Ola" not in str([first, second])


def test_only_the_first_lines_are_shown(bergen):
    many = [f"{scenes.uuid()};2024-02-01T10:12:00;AKSEPTERT;4601;" for _ in range(30)]

    preview = previewed(bergen, *many).preview

    assert (len(preview.findings["lines"]), preview.accepted) == (20, 30)


def test_the_yes_brings_in_what_the_preview_showed(bergen, anne):
    shown = previewed(bergen, *LINES)

    feeds.approve(feed_import=shown, by=anne, now=scenes.NOW)
    done = run(shown)

    assert (done.state, done.read, done.accepted, done.duplicate, done.rejected) == (ImportState.COMPLETE, 5, 3, 0, 2)
    assert done.preview.findings["lines"] == []
    assert done.preview.decided_by == anne
    assert Entry.objects.filter(verb=Verb.APPROVED, object_id=done.pk, person_id=anne.pk).exists()


@pytest.mark.parametrize("format", FORMATS)
def test_whatever_the_format_a_yes_does_what_the_preview_said(bergen, anne, format):
    for path in sorted((SAMPLES / format).glob("*")):
        reference = scenes.uuid() if FORMATS[format].needs_reference else ""
        with path.open("rb") as stream:
            received = feeds.receive_file(
                service=bergen, format=format, file_name=path.name, stream=stream, by="test", now=scenes.NOW, is_previewed=True, reference=reference
            )
        shown = run(received.feed_import)
        if shown.state == ImportState.REFUSED or shown.preview.refusal:
            assert path.name.startswith(("refused", "found")) or "1252" in path.name
            continue
        feeds.approve(feed_import=shown, by=anne, now=scenes.NOW)
        done = run(shown)

        counts = ("read", "accepted", "duplicate", "rejected")
        assert done.state == ImportState.COMPLETE, path.name
        assert [getattr(done.preview, count) for count in counts] == [getattr(done, count) for count in counts], path.name


def test_the_no_brings_in_nothing_and_the_file_stays_in_the_history_with_its_bytes(bergen, anne):
    shown = previewed(bergen, *LINES)

    feeds.cancel(feed_import=shown, by=anne, now=scenes.NOW)

    shown.refresh_from_db()
    assert shown.state == ImportState.CANCELLED
    assert not any(facts().values())
    assert Chunk.objects.filter(stored=shown.stored).exists()
    assert Entry.objects.filter(verb=Verb.CANCELLED, object_id=shown.pk).exists()


def test_a_cancelled_file_may_come_again_and_a_waiting_one_is_the_same(bergen, anne):
    first = previewed(bergen, *LINES)
    assert receive(bergen, *LINES) == first

    feeds.cancel(feed_import=first, by=anne, now=scenes.NOW)

    assert receive(bergen, *LINES) != first


def test_asking_for_a_waiting_file_without_a_preview_is_the_yes(bergen):
    shown = previewed(bergen, *LINES)

    again = receive(bergen, *LINES, is_previewed=False)

    assert (again, again.state) == (shown, ImportState.RECEIVED)
    assert run(again).state == ImportState.COMPLETE


def test_only_one_of_two_answers_counts(bergen, anne):
    shown = previewed(bergen, *LINES)
    feeds.approve(feed_import=shown, by=anne, now=scenes.NOW)

    with pytest.raises(ledger.NotWaiting):
        feeds.cancel(feed_import=shown, by=anne, now=scenes.NOW)

    assert Owed.objects.get(feed_import=shown).work == Work.IMPORT


def test_a_file_that_cannot_be_read_is_refused_by_its_preview_already(bergen):
    shown = previewed(bergen, f'{ONE};"2024-02-01T10:12:00;AKSEPTERT;4601;')

    assert (shown.state, shown.refusal["code"]) == (ImportState.REFUSED, "quote_never_closed")


def test_what_waits_too_long_for_a_worker_is_rung_for_again_and_needs_a_person_in_the_end(bergen):
    waiting = receive(bergen, *LINES)

    assert feeds.sweep(now=scenes.NOW) == 1

    Import.objects.filter(pk=waiting.pk).update(state=ImportState.RUNNING)
    waiting.owed.update(tries=3, lease_until=scenes.RECEIVED)
    feeds.sweep(now=scenes.NOW)
    waiting.refresh_from_db()
    assert waiting.state == ImportState.NEEDS_A_PERSON
    feeds.try_again(feed_import=waiting, by=None, now=scenes.NOW)
    assert run(waiting).state == ImportState.PREVIEWED


# -- the pages


def test_the_page_of_a_previewed_file_shows_what_it_would_do_and_asks(client, bergen, anne):
    shown = previewed(bergen, *LINES)
    client.force_login(anne)

    html = client.get(reverse("imports:detail", args=[shown.pk])).content.decode()

    for words in ("What bringing it in would do", "melder", "NOE_NYTT", "Tråante 5001 (1)", "2, of which 2", "Receipt given to the sender", "[fnr]"):
        assert words in html, words
    assert f'action="{reverse("imports:approve", args=[shown.pk])}"' in html


def test_a_file_of_which_every_line_would_be_rejected_is_called_the_wrong_one(client, bergen, anne):
    shown, mixed = previewed(bergen, *LINES[3:]), previewed(bergen, *LINES[2:])
    client.force_login(anne)

    pages = [client.get(reverse("imports:detail", args=[made.pk])).text for made in (shown, mixed)]

    assert ["Every line would be rejected" in page for page in pages] == [True, False]


def test_the_answers_are_given_on_the_page(client, bergen, anne):
    yes, no = previewed(bergen, *LINES[:1]), previewed(bergen, *LINES[1:])
    client.force_login(anne)

    client.post(reverse("imports:approve", args=[yes.pk]))
    client.post(reverse("imports:cancel", args=[no.pk]))

    assert dict(Import.objects.values_list("pk", "state")) == {yes.pk: ImportState.RECEIVED, no.pk: ImportState.CANCELLED}
    assert "said no" in client.get(reverse("imports:detail", args=[no.pk])).content.decode()


def test_the_second_answer_is_told_that_somebody_was_first(client, bergen, anne):
    shown = previewed(bergen, *LINES)
    feeds.cancel(feed_import=shown, by=anne, now=scenes.NOW)
    client.force_login(anne)

    response = client.post(reverse("imports:approve", args=[shown.pk]), follow=True)

    assert "Somebody has decided about this file meanwhile." in response.content.decode()


def test_a_yes_to_a_preview_that_is_no_longer_the_same_is_none(client, bergen, anne):
    shown = previewed(bergen, *LINES)
    client.force_login(anne)
    seen = {"seen": shown.preview.seen_at.isoformat()}
    Preview.objects.update(seen_at=scenes.RECEIVED)

    client.post(reverse("imports:approve", args=[shown.pk]), seen)

    shown.refresh_from_db()
    assert shown.state == ImportState.PREVIEWED
    Preview.objects.update(seen_at=scenes.NOW)
    client.post(reverse("imports:approve", args=[shown.pk]), seen)
    shown.refresh_from_db()
    assert shown.state == ImportState.RECEIVED


def test_who_may_not_bring_in_files_sees_the_preview_and_cannot_answer(client, bergen):
    shown = previewed(bergen, *LINES)
    client.force_login(scenes.person("Kari", Role.CASEWORKER, of=bergen))

    html = client.get(reverse("imports:detail", args=[shown.pk])).content.decode()

    assert html.count("disabled") >= 2
    assert "[fnr]" not in html
    assert client.post(reverse("imports:approve", args=[shown.pk])).status_code == 403


@pytest.mark.parametrize("name", ["approve", "cancel"])
def test_foreign_and_absent_files_are_answered_alike(client, bergen, name):
    shown = previewed(bergen, *LINES)
    client.force_login(scenes.person("Odd", Role.IMPORT_ADMINISTRATOR, of=scenes.service("5001")))

    assert client.post(reverse(f"imports:{name}", args=[shown.pk])).status_code == 404
    assert client.post(reverse(f"imports:{name}", args=[987654])).status_code == 404


def test_what_waits_for_a_yes_has_a_tab_and_stands_on_the_administrators_start_page(client, bergen, anne):
    previewed(bergen, *LINES)
    client.force_login(anne)

    listed = client.get("/imports/waiting/")
    today = client.get("/").content.decode()

    assert listed.context["count"] == 1
    assert 'data-color="danger"' not in listed.content.decode().split("<tbody>")[1].split("</tbody>")[0]
    assert client.get("/imports/never-completed/").context["count"] == 0
    assert 'href="/imports/waiting/"' in today


def test_a_preview_keeps_why_the_file_was_recognised(client, bergen, anne):
    client.force_login(anne)
    body = io.BytesIO("\n".join((HEADER, *LINES)).encode())
    body.name = "fil.csv"

    response = client.post("/imports/new/", {"format": "from-the-file", "service": bergen.pk, "files": [body]})

    made = Import.objects.get()
    assert made.preview.recognised == [["recognised_by_columns", {"names": "bekymringsmeldingId, tidspunkt, tilstand"}]]
    run(made)
    assert "It was recognised as" in client.get(response.headers["Location"]).content.decode()


def test_a_file_brought_in_at_once_has_no_preview(client, bergen, anne):
    client.force_login(anne)
    body = io.BytesIO("\n".join((HEADER, *LINES)).encode())
    body.name = "fil.csv"

    client.post("/imports/new/", {"format": "portal-history", "service": bergen.pk, "files": [body], "at_once": "on"})

    assert not Preview.objects.exists()
    assert Owed.objects.get().work == Work.IMPORT
