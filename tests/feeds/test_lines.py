import io

import pytest

from apps.feeds import actions as feeds
from apps.feeds import queries
from apps.feeds.queries import Fate
from tests import scenes

pytestmark = pytest.mark.django_db

HEADER = "bekymringsmeldingId;innsendt;kommunenummer"
BAD = "not-a-uuid;2024-02-01T10:12:00;4601"


@pytest.fixture
def bergen():
    return scenes.service("4601")


def rows(count):
    return [f"{scenes.uuid()};2024-02-01T10:12:00;4601" for _ in range(count)]


def brought_in(service, lines):
    stream = io.BytesIO("\n".join([HEADER, *lines]).encode())
    received = feeds.receive_file(service=service, format="portal-list", file_name="list.csv", stream=stream, by="anne@example.no", now=scenes.NOW)
    return feeds.run(feed_import_id=received.feed_import.pk, clock=lambda: scenes.NOW)


def numbers(feed_import, fate=None, size=7):
    """Every line of that fate, page by page."""
    found, after = [], 0
    while after is not None:
        page = queries.page(feed_import=feed_import, fate=fate, after=after, size=size)
        assert len(page.lines) <= size
        found += [line.number for line in page.lines]
        after = page.next_after
    return found


def test_a_few_new_lines_among_very_many_known_ones_are_all_found(bergen):
    known = rows(200)
    brought_in(bergen, known)
    first, middle, last = rows(3)

    again = brought_in(bergen, [first, *known[:150], middle, *known[150:], last])

    assert (again.accepted, again.duplicate) == (3, 200)
    assert numbers(again, Fate.ACCEPTED) == [2, 153, 204]
    assert numbers(again, Fate.DUPLICATE) == [number for number in range(2, 205) if number not in (2, 153, 204)]


def test_all_lines_come_in_the_order_of_the_file_whatever_became_of_them(bergen):
    known = rows(20)
    brought_in(bergen, known)

    mixed = brought_in(bergen, [line for old, new in zip(known, rows(20), strict=True) for line in (old, new, BAD)])

    assert numbers(mixed) == list(range(2, 62))
    fates = [line.fate for line in queries.page(feed_import=mixed, fate=None, size=3).lines]
    assert fates == [Fate.DUPLICATE, Fate.ACCEPTED, Fate.REJECTED]


def test_the_last_page_ends_even_when_it_is_full(bergen):
    done = brought_in(bergen, rows(14))

    page = queries.page(feed_import=done, fate=Fate.ACCEPTED, after=8, size=7)

    assert [line.number for line in page.lines] == list(range(9, 16))
    assert page.next_after is None


def test_a_line_of_several_events_is_one_line(bergen):
    done = scenes.registration(bergen, at=scenes.RECEIVED, case="17", apnetTidspunkt=scenes.wall(scenes.NOW))

    (line,) = queries.page(feed_import=done, fate=None).lines

    assert [event.code for event in line.events] == ["delivered_claimed", "registered", "opened"]


def test_an_import_that_has_not_been_read_has_no_lines(bergen):
    stream = io.BytesIO("\n".join([HEADER, *rows(3)]).encode())
    received = feeds.receive_file(service=bergen, format="portal-list", file_name="list.csv", stream=stream, by="anne@example.no", now=scenes.NOW)

    assert queries.page(feed_import=received.feed_import, fate=None).lines == []
