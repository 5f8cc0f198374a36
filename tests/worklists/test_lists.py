"""What a worklist shows, to whom, and in which order."""

import csv
import io
from datetime import timedelta

import pytest
import python_calamine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.deliveries.tables import MEANINGS, DeliveryTable
from apps.ledger.models import Reference
from apps.worklists.catalogue import WORKLISTS
from tests.pages import asked, decide, grant, reports, shown, signed_in


def url(slug="open", direction="inbound", **query):
    return reverse("worklists:list", args=[direction, slug], query=query)


def reference_of(delivery):
    return Reference.objects.get(pk=delivery.pk).value


def file_of(client, **query):
    """The rows of a CSV file, its headings first; and what it says of itself."""
    body = b"".join(client.get(url(format="csv", **query)).streaming_content).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(body, newline=""), delimiter=";"))
    return lines[: lines.index([])], [tuple(line) for line in lines[lines.index([]) + 1 :]]


def taken_out(client, **query):
    return file_of(client, **query)[0]


# -- rows and counts


def test_a_receipt_without_registration_is_on_the_list_of_the_unconfirmed(client, bergen):
    [report] = reports(bergen, 7)

    response = client.get(url("unconfirmed"))

    assert shown(response) == [report.pk]
    assert "Unconfirmed" in response.content.decode() or "Ubekreftet" in response.content.decode()


def test_every_tabs_count_equals_its_rows(client, scenes, bergen, caseworker):
    reports(bergen, 7, 8, 9)
    [decided] = reports(bergen, 7)
    decide(decided, caseworker)

    first = client.get(url())

    for tab, worklist in zip(first.context["tabs"], WORKLISTS, strict=True):
        page = client.get(tab.url)
        assert (len(shown(page)), page.context["count"]) == (tab.count, tab.count), worklist.slug
    by_slug = dict(zip((worklist.slug for worklist in WORKLISTS), (tab.count for tab in first.context["tabs"]), strict=True))
    assert by_slug == by_slug | {"open": 4, "unconfirmed": 3, "second-look": 1}
    assert by_slug["open"] == sum(count for slug, count in by_slug.items() if slug != "open")


def test_counts_follow_the_same_filter_as_the_rows(client, bergen):
    reports(bergen, 7, 8, kind="OFFENTLIG")
    [private] = reports(bergen, 9, kind="PRIVAT")

    response = client.get(url("unconfirmed", reporter="private"))

    assert shown(response) == [private.pk]
    assert [tab.count for tab in response.context["tabs"] if tab.is_here] == [1]
    assert (response.context["count"], response.context["count_all"]) == (1, 3)


def test_covered_and_not_yet_covered_stand_apart_and_add_up(client, scenes, bergen):
    long_ago, lately = reports(bergen, 20, 4)
    scenes.registration(bergen, at=scenes.NOW - timedelta(days=10))

    whole, missing, unknown = client.get(url("unconfirmed")).context["segments"]

    assert (whole.count, missing.count, unknown.count) == (2, 1, 1)
    assert shown(client.get(missing.url)) == [long_ago.pk]
    assert shown(client.get(unknown.url)) == [lately.pk]


def test_messages_from_the_service_stand_apart(client, bergen):
    reports(bergen, 7)

    outbound = client.get(url("unconfirmed", "outbound"))

    assert shown(outbound) == []
    assert [(direction.count, direction.is_here) for direction in outbound.context["directions"]] == [(1, False), (0, True)]


# -- order


def test_what_can_still_be_saved_comes_first_then_what_is_gone_then_the_rest(client, bergen, scenes):
    """The portal keeps contents for 30 days."""
    gone_last_week, gone_in_three, gone_long_ago, gone_in_twenty, gone_in_six = reports(bergen, 37, 27, 90, 10, 24)

    response = client.get(url())

    assert shown(response) == [report.pk for report in (gone_in_three, gone_in_six, gone_long_ago, gone_last_week, gone_in_twenty)]


def test_a_child_who_is_followed_up_already_comes_after_all_others_but_stays_open(client, bergen, caseworker):
    known, gone = reports(bergen, 27, 90)
    decide(known, caseworker, outcome="child_known", children=1)

    response = client.get(url())

    assert shown(response) == [gone.pk, known.pk]


def test_a_list_can_be_sorted_and_paged_by_its_address(client, bergen):
    newest_to_oldest = reports(bergen, *range(5, 35))

    newest_first = client.get(url(sort="-first_at", per_page=25))
    second = client.get(url(sort="-first_at", per_page=25, page=2))

    assert shown(newest_first) + shown(second) == [report.pk for report in newest_to_oldest]


@pytest.mark.parametrize(
    "query", [{"page": "0"}, {"page": "x"}, {"page": "9" * 40}, {"per_page": "1000000"}, {"sort": "password"}, {"sort": "--id,"}, {"per_page": "-1"}]
)
def test_an_address_that_makes_no_sense_shows_the_list_all_the_same(client, bergen, query):
    [report] = reports(bergen, 7)

    response = client.get(url(**query))

    assert shown(response) == [report.pk]


# -- filters


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ({"left": "7"}, [27]),
        ({"left": "2"}, []),
        ({"left": "more"}, [10]),
        ({"left": "gone"}, [90]),
        ({"left": "unknown"}, []),
        ({"channel": "portal"}, [27, 90, 10]),
        ({"channel": "altinn"}, []),
        ({"from_day": "2024-01-20"}, [10]),
        ({"to_day": "20.01.2024"}, [27, 90]),
        ({"service": "4601"}, [27, 90, 10]),
    ],
)
def test_a_filter_leaves_exactly_what_it_says(client, bergen, scenes, sandefjord, caseworker, query, days):
    if "service" in query:
        grant(caseworker, sandefjord)
    made = dict(zip((27, 90, 10), reports(bergen, 27, 90, 10), strict=True))

    response = client.get(url(**query))

    assert shown(response) == [made[ago].pk for ago in days]


def test_a_reference_is_found_by_its_beginning_in_either_case(client, bergen, scenes):
    wanted, _other = reports(bergen, 7, 8)
    value = reference_of(wanted)

    assert shown(client.get(url(reference=value.upper()))) == [wanted.pk]
    assert shown(client.get(url(reference=f" {value} "))) == [wanted.pk]
    assert shown(client.get(url(reference=value + "0"))) == []
    assert len(shown(client.get(url(reference=value[:4])))) == 2


@pytest.mark.parametrize(
    "query",
    [
        {"from_day": "31.02.2024"},
        {"from_day": "0001-01-01"},
        {"to_day": "9999-12-31"},
        {"channel": "pigeon"},
        {"left": "-1"},
        {"reference": "x" * 201},
        {"reference": "a\x00b"},
        {"covered": "perhaps"},
        {"since": "yesterday"},
    ],
)
def test_a_filter_that_cannot_be_understood_says_so_and_keeps_what_was_typed(client, bergen, query):
    reports(bergen, 7)
    [(name, typed)] = query.items()

    response = client.get(url(**query))

    assert response.status_code == 400
    assert shown(response) == []
    assert response.context["filter"].form.errors
    assert {tab.count for tab in response.context["tabs"]} == {None}
    if name in ("from_day", "to_day"):
        assert f'value="{typed}"' in response.content.decode()


def test_the_words_above_the_list_say_what_is_shown_and_each_filter_can_be_taken_away(client, bergen):
    reports(bergen, 27)

    [word] = client.get(url("unconfirmed", left="7")).context["words"]

    assert word["without"] == "?"


# -- whose


def test_another_services_messages_are_absent_from_rows_counts_and_files(client, sandefjord):
    reports(sandefjord, 7)

    response = client.get(url(service="3907"))

    assert response.context["filter"].form.errors == {} and shown(client.get(url())) == []
    assert [tab.count for tab in client.get(url()).context["tabs"]] == [0] * len(WORKLISTS)
    assert len(taken_out(client)) == 1


def test_the_service_in_view_is_kept_until_another_is_chosen(client, caseworker, bergen, sandefjord):
    grant(caseworker, sandefjord)
    [in_bergen], [in_sandefjord] = reports(bergen, 7), reports(sandefjord, 8)

    client.post(reverse("in-view"), {"service": "3907", "next": url(page=2, service="4601")})

    assert shown(client.get(url())) == [in_sandefjord.pk]
    assert shown(client.get(url(service="4601"))) == [in_bergen.pk]
    client.post(reverse("in-view"), {"service": ""})
    assert len(shown(client.get(url()))) == 2


def test_choosing_a_service_goes_back_to_where_one_was_and_nowhere_else(client, caseworker):
    here = client.post(reverse("in-view"), {"service": "4601", "next": url(page=2, service="4601", left="7")})
    elsewhere = client.post(reverse("in-view"), {"service": "4601", "next": "https://example.com/"})

    assert here.url == url(left="7")
    assert elsewhere.url == reverse("today")


def test_a_choice_of_somebody_elses_service_means_ones_own(client, bergen, sandefjord):
    [mine] = reports(bergen, 7)

    client.post(reverse("in-view"), {"service": "3907"})

    assert shown(client.get(url())) == [mine.pk]


@pytest.mark.parametrize(("direction", "slug"), [("inbound", "nothing"), ("sideways", "open")])
def test_a_list_that_does_not_exist_is_not_found(client, direction, slug):
    assert client.get(f"/worklists/{direction}/{slug}/").status_code == 404


def test_a_national_coordinator_sees_no_rows(bergen, scenes):
    reports(bergen, 7)
    national = scenes.person("Nina", of=None)
    grant(national, None, role="national_coordinator")

    assert signed_in(national).get(url()).status_code == 403


def test_rejected_lines_are_counted_for_those_who_may_see_them_only(client, scenes, bergen):
    manager = signed_in(scenes.person("Lena", "manager", of=bergen))

    assert client.get(url()).context["rejected"] is None
    assert manager.get(url()).context["rejected"] == 0


# -- second looks


def test_the_looks_that_one_may_give_leave_out_ones_own_decisions(client, scenes, bergen, caseworker):
    [report] = reports(bergen, 7)
    decide(report, caseworker)
    reviewer = signed_in(scenes.person("Berit", "reviewer", of=bergen))

    assert shown(client.get(url("second-look"))) == [report.pk]
    assert shown(client.get(url("second-look", look="mine"))) == []
    assert shown(reviewer.get(url("second-look", look="mine"))) == [report.pk]


# -- empty lists


def test_an_empty_list_that_nothing_feeds_says_so(client):
    assert client.get(url()).context["empty_reason"] != ""
    assert client.get(url()).context["count"] == 0


# -- files taken out


def test_a_file_holds_exactly_the_filtered_rows_in_their_order(client, bergen):
    soon, _later, sooner = reports(bergen, 24, 10, 27)

    headings, *rows = taken_out(client, left="7")

    references = [row[headings.index(str(DeliveryTable.base_columns["reference"].verbose_name))] for row in rows]
    assert references == [reference_of(sooner), reference_of(soon)]


def test_a_file_is_for_those_who_may_take_lists_out(scenes, bergen):
    reports(bergen, 7)
    reviewer = signed_in(scenes.person("Berit", "reviewer", of=bergen))

    assert reviewer.get(url(format="csv")).status_code == 403


def test_a_file_says_as_of_when_and_by_which_filter_and_what_its_columns_hold(client, bergen):
    reports(bergen, 7, 8)

    rows, about = file_of(client, channel="portal")

    told = [value for _label, value in about]
    assert {"08.02.2024 10:12", "2"} < set(told)
    assert any(value.endswith((": National portal", ": Nasjonal portal")) for value in told)
    assert len(rows) == 3
    assert len(set(rows[0]) & {label for label, _meaning in about}) == len(MEANINGS)


def test_the_same_is_taken_out_as_a_workbook(client, bergen):
    reports(bergen, 7, 8)
    told = b"".join(client.get(url(format="xlsx")).streaming_content)

    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(told))

    rows, about = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
    assert [row[0:3] for row in rows] == [row[0:3] for row in taken_out(client)]
    assert 2.0 in [line[1] for line in about]


# -- cost


def test_a_page_takes_eight_queries_however_many_rows_it_has(scenes, bergen):
    manager = signed_in(scenes.person("Lena", "manager", of=bergen))
    reports(bergen, *range(5, 40))

    with CaptureQueriesContext(connection) as plain:
        manager.get(url(per_page=25))
    with CaptureQueriesContext(connection) as filtered:
        manager.get(url("unconfirmed", channel="portal", left="gone", reference="0", covered="no"))

    assert asked(plain) <= 8
    assert asked(filtered) <= 8
