"""Figures across services: numbers alone, none from one to four, for national coordinators and nobody else."""

from collections import defaultdict
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from apps.accounts import actions as accounts
from apps.accounts.models import Membership
from apps.deliveries.models import Delivery
from apps.feeds.models import Feed
from apps.ledger.models import Direction
from apps.registry.models import Service, ServiceArea
from apps.reports import coverage, national, queries, sheet
from apps.reports.figures import FIGURES
from apps.walls import scope
from config import wall
from config.embedded import RUNTIME
from tests.pages import reports
from tests.reports.test_figures_page import numbers, page  # the page's own words
from tests.walls.test_scope import session_of


@pytest.fixture
def nina(scenes, bergen):
    user = scenes.person("Nina", of=bergen)
    accounts.grant(user=user, role="national_coordinator", service=None, by=None, now=scenes.RECEIVED)
    return user


@pytest.fixture
def as_nina(nina, scenes):
    with scope.acting(scope.person(user=nina.pk, session=session_of(nina, lasts=timedelta(days=1)))):
        yield


def holds(span, count):
    """Whether a number is told exactly, or hidden as one to four, or lies between two."""
    return span.least <= count and (span.most is None or count <= span.most)


def test_every_number_is_the_exact_one_or_lies_between_two(scenes, bergen, sandefjord, nina):
    reports(bergen, *range(1, 11))
    reports(sandefjord, 7, 8)
    own = sheet.Own(queries.stored(), {})

    with scope.acting(scope.person(user=nina.pk, session=session_of(nina, lasts=timedelta(days=1)))):
        across = national.counted(service=None, now=scenes.NOW)
        alone = national.counted(service=sandefjord.pk, now=scenes.NOW)

    for direction in Direction.values:
        for figure in FIGURES:
            assert all(holds(across.of(figure, direction)[part], count) for part, count in own.of(figure, direction).items())
            for service in (bergen, sandefjord):
                told = across.of(figure, direction, service.pk)
                assert all(holds(told[part], count) for part, count in own.of(figure, direction, service.pk).items())
            assert alone.of(figure, direction, sandefjord.pk) == across.of(figure, direction, sandefjord.pk)
    assert {number for cells in across.cells.values() for number in cells.values()} == {None, 7}
    assert across.has(bergen.pk, "inbound") and not across.has(bergen.pk, "outbound")


# -- whether what is told gives away what is hidden

VESTLAND, VESTFOLD = ("4601", "4602", "4611", "4612"), ("3901", "3903", "3905")
# Every way in which seven services can have one to four messages, each as a kind of its own.
EVERY_TABLE = """
SELECT a.service_id, to_jsonb(n) AS kind, (1 + n / (4 ^ (row_number() OVER (PARTITION BY n ORDER BY a.service_id) - 1))::int %% 4)::bigint AS number, NULL::bigint[] AS sums
  FROM generate_series(0, (4 ^ 7)::int - 1) AS one (n) CROSS JOIN registry_servicearea a
"""


@pytest.fixture
def told_of_every_table(scenes, nina, monkeypatch):
    """What the wall tells of each of these tables besides its hidden cells: a call that gives [(number of each service, numbers told)]."""
    Membership.objects.filter(service__isnull=False).delete()
    ServiceArea.objects.all().delete()
    for code in sorted(VESTLAND + VESTFOLD):
        scenes.service(code)
    ServiceArea.objects.bulk_create(ServiceArea(service=one, municipality_id=one.code) for one in Service.objects.filter(areas=None))
    monkeypatch.setattr(national, "query", lambda: (EVERY_TABLE, ()))

    def told():
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            wall.put_up(cursor)
            cursor.execute(f"SET ROLE {RUNTIME}")
        sums = defaultdict(list)
        with scope.acting(scope.person(user=nina.pk, session=session_of(nina, lasts=timedelta(days=1)))), connection.cursor() as cursor:
            cursor.execute("SELECT of_service, of_county, kind::text, number FROM wall.figures(NULL, %s)", [scenes.NOW])
            for service, county, kind, number in cursor.fetchall():
                if number is not None:
                    sums[int(kind)].append((service, county, number))
        return [(tuple(1 + table // 4**place % 4 for place in range(7)), frozenset(sums[table])) for table in range(4**7)]

    return told


def solved(told):
    """An exact solver: (what is told, the cell that is given, its value, another cell) wherever that other cell cannot have every value from one to four."""
    alike = defaultdict(list)
    for table, sums in told:
        alike[sums].append(table)
    for sums, tables in alike.items():
        for given in range(7):
            for value in {table[given] for table in tables}:
                left = [table for table in tables if table[given] == value]
                for cell in set(range(7)) - {given}:
                    if {table[cell] for table in left} != {1, 2, 3, 4}:
                        yield set(sums), given, value, cell


@pytest.mark.parametrize(("apart", "ways_to_tell"), [(national.APART, 11), (4, 2)])
def test_no_hidden_number_can_be_worked_out_not_even_by_who_knows_another_and_how_it_is_hidden(told_of_every_table, apart, ways_to_tell, monkeypatch):
    """With all seven in one sum, and with four of them apart."""
    monkeypatch.setattr(national, "APART", apart)

    told = told_of_every_table()

    assert len({sums for _table, sums in told}) == ways_to_tell  # each sum that is told, and none
    assert list(solved(told)) == []


@pytest.mark.parametrize(
    ("rule", "weaker"),
    [
        ("BETWEEN count(*) + 6 AND 4 * count(*) - 6", "BETWEEN count(*) + 5 AND 4 * count(*) - 5"),
        ("BETWEEN count(*) + 6 AND 4 * count(*) - 6", "BETWEEN count(*) AND 4 * count(*)"),
        ("c.number BETWEEN 1 AND 4 AS", "c.number BETWEEN 1 AND 3 AS"),
    ],
)
def test_a_rule_that_tells_a_little_more_is_solved(told_of_every_table, rule, weaker, monkeypatch, tmp_path):
    source = wall.SOURCE.read_text()
    assert rule in source
    monkeypatch.setattr(wall, "SOURCE", tmp_path / "wall.sql")
    wall.SOURCE.write_text(source.replace(rule, weaker))

    assert list(solved(told_of_every_table()))


ASKED = {"figures": lambda now: national.counted(service=None, now=now), "sources": lambda now: coverage.across(now=now)}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_the_coordinator_reaches_no_row_before_or_after(scenes, bergen, nina, ask):
    reports(bergen, 5)

    with scope.acting(scope.person(user=nina.pk, session=session_of(nina, lasts=timedelta(days=1)))):
        assert not Delivery.objects.exists() and not Feed.objects.exists()
        ask(scenes.NOW)
        assert not Delivery.objects.exists() and not Feed.objects.exists()


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("role", ["caseworker", "manager", "auditor"])
def test_nobody_else_may_ask(scenes, bergen, role, ask):
    user = scenes.person("Kari", role, of=bergen)

    with scope.acting(scope.person(user=user.pk, session=session_of(user, lasts=timedelta(days=1)))):
        with pytest.raises(DatabaseError) as refused, transaction.atomic():
            ask(scenes.NOW)
        assert refused.value.__cause__.sqlstate == "42501"


@pytest.mark.parametrize("act", ["wall.across('figures', NULL, now())", "wall.open('person', '1', '*')"])
def test_the_coordinator_cannot_open_the_wall_by_what_the_functions_are_made_of(scenes, as_nina, act):
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {act}")

    assert refused.value.__cause__.sqlstate == "42501"


def test_who_asked_is_kept(scenes, nina, as_nina):
    for ask in ASKED.values():
        ask(scenes.NOW)

    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SELECT person, what FROM wall.asked")
        assert cursor.fetchall() == [(nina.pk, "figures"), (nina.pk, "sources")]


def test_the_page_says_one_to_four_and_never_zero_for_it(scenes, bergen, sandefjord, nina, client):
    reports(bergen, *range(1, 8))
    reports(sandefjord, 7, 8)
    client.force_login(nina)

    response = page(client, service="3907")

    assert {number.count for number in numbers(response).values()} == {None, 0}
    assert ">1-4<" in response.content.decode()


def test_a_coordinator_who_also_belongs_to_a_service_sees_its_own_figures_exactly(scenes, bergen, sandefjord, nina, client):
    reports(bergen, 7, 8)
    accounts.grant(user=nina, role="caseworker", service=bergen, by=None, now=scenes.RECEIVED)
    client.force_login(nina)

    assert 2 in {number.count for number in numbers(page(client, service="4601")).values()}
