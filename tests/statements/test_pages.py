"""The pages of statements: issuing one, one with its files, the messages behind each number, and why two differ."""

import csv
import io
import zipfile
from datetime import date

import pytest
from django.urls import reverse

from apps.audit.models import Entry
from apps.ledger.models import Direction
from apps.statements.models import Statement
from tests.pages import grant, reports, signed_in
from tests.statements.told import DAY, issue, settle

NEW = reverse("statements:new")
ASKED = {"services": ["4601"], "from_day": "2024-01-01", "to_day": "2024-03-31", "basis": "received"}


def page(client, name, statement, **query):
    return client.get(reverse(f"statements:{name}", args=[statement.pk], query=query))


def test_a_manager_issues_a_statement_and_is_shown_it(scenes, bergen, client):
    reports(bergen, 7, 8)

    response = client.post(NEW, {**ASKED, "method": "Talt av mottaket."}, follow=True)

    statement = Statement.objects.get()
    assert response.redirect_chain == [(reverse("statements:detail", args=[statement.pk]), 302)]
    assert (statement.figures["inbound"]["deliveries"], statement.method, statement.is_final) == ({"": 2}, "Talt av mottaket.", False)
    assert (statement.as_of, statement.known_at) == (scenes.NOW, scenes.NOW)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"to_day": "2023-12-31"}, "to_day"),
        ({"from_day": "31.02.2024"}, "from_day"),
        ({"as_of": "2024-02-09T10:00"}, "as_of"),
        ({"known_at": "2024-02-09T10:00"}, "known_at"),
        ({"as_of": "i går"}, "as_of"),
        ({"services": []}, "services"),
        ({"method": "Barnet er 178888 88888"}, "method"),
        ({"basis": "guessed"}, "basis"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(scenes, bergen, client, typed, field):
    response = client.post(NEW, {**ASKED, "method": "Talt av mottaket.", **typed})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert str(typed[field] if field == "method" else "Talt av mottaket.") in response.content.decode()
    assert not Statement.objects.exists()


def test_a_statement_replaced_again_says_by_which_it_was(scenes, bergen, manager, client):
    first = issue(bergen, by=manager)
    issue(bergen, by=manager, replaces=first)

    response = client.post(NEW, {**ASKED, "replaces": first.pk})

    assert response.status_code == 422
    assert "2" in str(response.context["form"].errors["replaces"])


def test_services_and_statements_that_are_not_one_s_own_are_not_there(scenes, bergen, sandefjord, manager, client):
    foreign = issue(sandefjord, by=scenes.person("Per", "manager", of=sandefjord))

    assert client.post(NEW, {**ASKED, "services": ["4601", "3907"]}).status_code == 404
    assert client.post(NEW, {**ASKED, "replaces": foreign.pk}).status_code == 404
    assert {page(client, name, foreign).status_code for name in ("detail", "messages", "difference", "moved")} == {404}
    assert page(client, "difference", issue(bergen, by=manager), **{"with": foreign.pk}).status_code == 404


def test_of_a_statement_over_several_services_one_sees_the_part_of_one_s_own(scenes, bergen, sandefjord, manager, caseworker):
    grant(manager, sandefjord, "manager")
    reports(bergen, 7, 8)
    reports(sandefjord, 7)
    statement = issue(bergen, sandefjord, by=manager)
    mine = Statement.objects.get(service=bergen)

    whole, part = page(signed_in(manager), "detail", statement), page(signed_in(caseworker), "detail", mine)

    numbers = [response.context["sections"][0].rows[0].numbers[0].count for response in (whole, part)]
    assert (numbers, part.context["whole"].is_whole) == ([3, 2], False)
    assert sandefjord.name not in part.content.decode()
    assert page(signed_in(caseworker), "detail", statement).status_code == 404


def test_every_number_leads_to_exactly_its_messages_as_they_were_then(scenes, bergen, manager, caseworker, reviewer, client):
    closed, *_rest = reports(bergen, 20, 20, 1)
    settle(closed, by=caseworker, look_by=reviewer, now=scenes.NOW)
    scenes.letter(bergen)
    statement = issue(bergen, by=manager)
    scenes.report(bergen, now=scenes.NOW + DAY)

    response = page(client, "detail", statement)

    numbers = [(section.figure["name"], number) for section in response.context["sections"] for row in section.rows for number in row.numbers]
    assert sum(number.count for name, number in numbers if name == "states") == 4
    for name, number in numbers:
        if number.count:
            behind = client.get(number.url)
            listed = sum(row[3] or 0 for row in behind.context["rows"]) if name.startswith("children") else behind.context["count"]
            assert (name, listed) == (name, number.count)
            assert len(behind.context["rows"]) == behind.context["count"]


def test_a_statement_stands_with_its_definitions_its_coverage_and_its_signature(scenes, bergen, manager, client):
    reports(bergen, 7)
    statement = issue(bergen, by=manager, is_final=True)

    text = page(client, "detail", statement).content.decode()

    assert Entry.objects.get(verb="issued").hash.hex() in text
    assert "168" in text
    assert "portal-list" in text
    assert "Final" in text or "Endelig" in text


def rows_of(response):
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"), newline=""), delimiter=";"))


def test_the_files_carry_the_numbers_with_definitions_and_no_formula(scenes, bergen, manager, client):
    reports(bergen, 7, 8)
    statement = issue(bergen, by=manager, method='=HYPERLINK("x")')

    rows = rows_of(page(client, "detail", statement, format="csv"))
    book = b"".join(page(client, "detail", statement, format="xlsx").streaming_content)
    paper = page(client, "detail", statement, format="pdf").content

    cells = [cell for row in rows for cell in row]
    assert '\'=HYPERLINK("x")' in cells and '=HYPERLINK("x")' not in cells
    assert any(row[2:4] == [str(Direction.INBOUND.label), "2"] for row in rows if len(row) == 6)
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist() if "sheet" in name)
    assert paper.startswith(b"%PDF") and b"pdfuaid" in paper
    assert Entry.objects.filter(verb="exported").count() == 3


def test_a_paper_can_be_had_in_each_language(scenes, bergen, manager, client):
    statement = issue(bergen, by=manager)

    for language in ("nb", "nn", "en"):
        client.cookies["django_language"] = language
        assert page(client, "detail", statement, format="pdf").status_code == 200


def test_the_difference_tells_each_cause_with_its_messages(scenes, bergen, manager, caseworker, reviewer, client):
    closed, _young = reports(bergen, 20, 1)
    first = issue(bergen, by=manager)
    settle(closed, by=caseworker, look_by=reviewer, now=scenes.NOW + DAY)
    second = issue(bergen, by=manager, now=scenes.NOW + 5 * DAY, replaces=first)

    response = page(client, "difference", second)

    assert (response.context["pair"].earlier, response.context["pair"].later) == (first, second)
    assert [(cause.value, count) for cause, count, _url in response.context["causes"]] == [("clock", 1), ("decision", 1)]
    for _cause, count, url in response.context["causes"]:
        behind = client.get(url)
        assert (behind.context["count"], len(behind.context["rows"])) == (count, count)
    changes = response.context["changes"]
    assert all(change.became.count - change.was.count == change.difference == sum(number for _cause, number, _url in change.by_cause) for change in changes)
    assert {change.was.url.split("?")[0] for change in changes} == {reverse("statements:messages", args=[first.pk])}
    assert page(client, "difference", first, **{"with": second.pk}).context["pair"].earlier == first


def test_statements_are_listed_newest_first_each_with_what_replaced_it(scenes, bergen, manager, client):
    first = issue(bergen, by=manager)
    second = issue(bergen, by=manager, replaces=first, now=scenes.NOW)
    issue(bergen, by=manager, from_day=date(2024, 2, 1))

    response = client.get(reverse("statements:list"))

    assert [row.record.number for row in response.context["table"].paginated_rows] == [3, second.number, first.number]


def test_a_caseworker_sees_statements_and_issues_none(scenes, bergen, manager, caseworker):
    issue(bergen, by=manager)
    client = signed_in(caseworker)

    assert client.get(reverse("statements:list")).context["may_issue"] is False
    assert client.get(NEW).status_code == 403
    assert client.post(NEW, ASKED).status_code == 403
