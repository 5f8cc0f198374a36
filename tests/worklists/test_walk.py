"""The walk along a list knows its neighbours without going through it, and they are those that the whole list has."""

from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.deliveries.models import Delivery
from apps.worklists import queries, walk
from apps.worklists.actions import claim
from apps.worklists.catalogue import BY_SLUG
from apps.worklists.tables import WorklistTable
from tests.pages import asked, decide, reports

SORTS = (None, "gone_at", "-gone_at", "first_at", "-first_at", "reporter", "-reporter", "service", "-channel")
DAYS = (27, 26, 24, 37, 90, 91, 10, 12)


def ordered(bergen, scenes, person, *, sort=None, queue=None):
    """The list of all that is open, as its page has it."""
    opened = Delivery.objects.in_services([bergen.pk]).open()
    rows = queries.listed(opened, worklist=BY_SLUG["open"], direction="inbound", covered=None, now=scenes.NOW, queue=queue, person=person.pk)
    return WorklistTable(rows, now=scenes.NOW, order_by=sort).data.data


@pytest.fixture
def crowd(bergen, scenes, caseworker):
    """Reports of every part of the list, two of them at one moment: some run out, some are gone, and some are about children who are known already."""
    found = reports(bergen, *DAYS, *DAYS, kind="PRIVAT") + reports(bergen, 11, 25, 92)
    for known in (found[0], found[4], found[6], found[-1]):
        decide(known, caseworker, outcome="child_known", children=1)
    Delivery.objects.filter(pk__in=[found[1].pk, found[7].pk, found[6].pk]).update(gone_at=None)  # no carrier's deadline is known
    return Delivery.objects.in_services([bergen.pk])


def test_the_neighbours_and_the_place_are_those_of_the_whole_list(crowd, bergen, scenes, caseworker, subtests):
    for each in crowd.order_by("pk")[:9]:
        claim(delivery=each, by=caseworker, now=scenes.NOW)
    crowd = {delivery.pk: delivery for delivery in crowd.select_related("service")}

    for sort, queue in product(SORTS, (None, "free", "mine")):
        with subtests.test(sort=sort, queue=queue):
            whole = ordered(bergen, scenes, caseworker, sort=sort, queue=queue)
            in_order = list(whole.values_list("pk", flat=True))
            for place, pk in enumerate(in_order):
                where = {"ordered": whole, "delivery": crowd[pk], "came_last": crowd[pk].child_known, "now": scenes.NOW}
                column = walk.around(**where)

                assert [item.delivery for item in column.items] == in_order[max(0, place - walk.SHOWN_BEFORE) : place + 1 + walk.SHOWN_AFTER]
                assert [item.place for item in column.items] == [1 + in_order.index(item.delivery) for item in column.items]
                assert (column.count, sum(column.counts.values())) == (len(in_order), len(in_order))
                assert walk.following(**where) == next(iter(in_order[place + 1 :]), None)


def test_one_that_left_keeps_its_place_and_counts_no_more(crowd, bergen, scenes, caseworker):
    before = list(ordered(bergen, scenes, caseworker).values_list("pk", flat=True))
    Delivery.objects.filter(pk=before[3]).update(state="arrived")

    column = walk.around(ordered=ordered(bergen, scenes, caseworker), delivery=crowd.get(pk=before[3]), came_last=False, now=scenes.NOW)

    assert (column.here.is_listed, column.here.place, column.count) == (False, 4, len(before) - 1)
    assert (column.before.delivery, column.before.place) == (before[2], 3)
    assert (column.after.delivery, column.after.place) == (before[4], 4)


def test_the_desk_takes_ten_queries(client, crowd, bergen, scenes, caseworker):
    worklist = reverse("worklists:list", args=["inbound", "open"])
    here = crowd.filter(child_known=False).first()
    claim(delivery=here, by=caseworker, now=scenes.NOW)

    with CaptureQueriesContext(connection) as desk:
        client.get(reverse("deliveries:detail", args=[here.pk], query={"list": worklist}))
    with CaptureQueriesContext(connection) as following:
        client.get(reverse("worklists:next", args=["inbound", "open"], query={"after": here.pk}))

    assert asked(desk) <= 10
    assert asked(following) <= 7
