"""Any two moments of the same services and period: the figures at each, and why they differ."""

import csv
import io
import json

import pytest
from django.urls import reverse

from apps.audit.models import Entry
from tests.pages import reports, signed_in
from tests.statements.told import DAY, issue, settle

BETWEEN = reverse("statements:between")
ASKED = {"services": ["4601"], "from_day": "2024-01-01", "to_day": "2024-03-31", "basis": "received", "first_as_of": "2024-02-03T10:12"}


@pytest.fixture
def history(scenes, bergen, caseworker, reviewer):
    """Two reports that the clock overtakes after the first moment, and one that is settled."""
    *_young, closed = reports(bergen, 7, 6, 20)
    settle(closed, by=caseworker, look_by=reviewer, now=scenes.NOW)


def test_both_figures_stand_with_their_difference_cause_by_cause_and_every_number_leads_to_its_messages(settings, scenes, bergen, history, manager, client):
    settings.LANGUAGE_CODE = "en"
    then = (scenes.NOW - DAY).isoformat()

    response = client.get(BETWEEN, {**ASKED, "first_known_at": scenes.NOW.isoformat(), "second_known_at": then})

    assert response.context["question"].earlier.known_at == scenes.NOW - DAY  # the one that had learned less
    assert {cause.value: count for cause, count, _url in response.context["causes"]} == {"late_feed": 2, "decision": 1}
    changes = response.context["changes"]
    assert all(change.became.count - change.was.count == change.difference == sum(number for _cause, number, _url in change.by_cause) for change in changes)
    children = next(change for change in changes if change.label == "Children")
    assert client.get(children.became.url).context["children"] == children.became.count == 3
    assert client.get(children.was.url).context["count"] == children.was.count == 0
    for _cause, count, url in response.context["causes"]:
        assert len(client.get(url).context["rows"]) == count


def test_every_difference_leads_to_the_messages_by_which_the_number_changed(scenes, bergen, history, manager, client):
    learned = {"first_known_at": scenes.NOW.isoformat(), "second_known_at": (scenes.NOW - DAY).isoformat()}

    changes = client.get(BETWEEN, {**ASKED, **learned}).context["changes"]

    for change in changes:
        for url, number in [(change.url, change.difference), *((url, number) for _cause, number, url in change.by_cause)]:
            page = client.get(url)
            assert page.context["sum"] == number == sum(step for *_row, step in page.context["rows"])
            assert page.context["count"] == len(page.context["rows"])
            assert 0 not in {step for *_row, step in page.context["rows"]}
    assert client.get(BETWEEN.replace("between/", "between/moved/"), {**ASKED, **learned}).context["count"] == 3  # whatever the cause


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_same_stands_in_a_file_with_what_it_is_about(scenes, bergen, history, manager, client, kind):
    then = {"first_known_at": (scenes.NOW - DAY).isoformat()}
    page = client.get(BETWEEN, {**ASKED, **then})
    url = dict(page.context["export_urls"])[kind.upper()]

    file = b"".join(client.get(url).streaming_content)

    assert Entry.objects.get(verb="exported", person_id=manager.pk)
    if kind == "xlsx":
        assert file.startswith(b"PK")
        return
    heading, *rows = csv.reader(io.StringIO(file.decode("utf-8-sig"), newline=""), delimiter=";")
    numbers = rows[: rows.index([])]
    assert [row[5:] for row in numbers] == [[str(one.difference), *(str(share) for _cause, share, _url in one.by_cause)] for one in page.context["changes"]]
    assert len(heading) == 6 + len(page.context["labels"])
    assert any("Bergen" in cell for row in rows[len(numbers) :] for cell in row)


def test_they_are_the_figures_of_statements_of_the_same_moments(scenes, bergen, history, manager, client):
    first = issue(bergen, by=manager, as_of=scenes.NOW - 5 * DAY, known_at=scenes.NOW)
    second = issue(bergen, by=manager)

    response = client.get(BETWEEN, {**ASKED, "first_known_at": scenes.NOW.isoformat()})

    assert {cause.value: count for cause, count, _url in response.context["causes"]} == {"clock": 2}
    told = client.get(reverse("statements:difference", args=[second.pk]), {"with": first.pk})
    shown, of_statements = (
        [(c.label, c.part, c.direction, c.was.count, c.became.count, [each[:2] for each in c.by_cause]) for c in r.context["changes"]] for r in (response, told)
    )
    assert shown == of_statements


def test_what_cannot_be_asked_is_said_beside_its_field_and_what_was_typed_is_kept(scenes, bergen, sandefjord, client, subtests):
    for typed, field in (
        ({"to_day": "2023-12-31"}, "to_day"),
        ({"first_as_of": ""}, "first_as_of"),
        ({"first_as_of": "2023-12-01T10:00"}, "from_day"),
        ({"second_as_of": "2024-02-09T10:00", "second_known_at": "2024-02-08T10:00"}, "second_as_of"),
        ({"first_known_at": "2024-02-09T10:00"}, "first_known_at"),
        ({"second_as_of": "i g\u00e5r"}, "second_as_of"),
        ({"services": ["4601", "3907"]}, "services"),
        ({"services": []}, "services"),
        ({"basis": "guessed"}, "basis"),
    ):
        with subtests.test(f"{typed}"):
            response = client.get(BETWEEN, {**ASKED, **typed})

            assert response.status_code == 400
            assert list(response.context["form"].errors) == [field]
            assert "2024-02-03T10:12" in response.content.decode() or "first_as_of" in typed
    assert client.get(BETWEEN).status_code == 200
    assert client.get(reverse("statements:between-moved"), {**ASKED, "to_day": "2023-12-31"}).url == BETWEEN


def test_the_trail_keeps_both_moments_and_whoever_sees_no_messages_sees_none(scenes, bergen, manager, client):
    client.get(BETWEEN, ASKED)

    told = json.loads(Entry.objects.get(verb="listed", person_id=manager.pk).text)["details"]["filter"]
    assert (told["services"], told["first_as_of"], told["second_as_of"]) == ("4601", "2024-02-03T09:12:00+00:00", "2024-02-08T09:12:00+00:00")
    assert signed_in(scenes.person("Ola", of=bergen)).get(BETWEEN, ASKED).status_code == 403
