"""Figures across services: numbers alone, none from one to four, for national coordinators and nobody else."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from apps.accounts import actions as accounts
from apps.deliveries.models import Delivery
from apps.ledger.models import Direction
from apps.reports import national, queries, sheet
from apps.reports.figures import FIGURES
from apps.walls import scope
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


def told(count):
    return None if 1 <= count <= 4 else count


def test_every_number_is_the_exact_one_or_one_to_four(scenes, bergen, sandefjord, nina):
    reports(bergen, *range(1, 8))
    reports(sandefjord, 7, 8)
    own = sheet.Own(queries.stored())

    with scope.acting(scope.person(user=nina.pk, session=session_of(nina, lasts=timedelta(days=1)))):
        across = national.counted(service=None, now=scenes.NOW)
        alone = national.counted(service=sandefjord.pk, now=scenes.NOW)

    for direction in Direction.values:
        for figure in FIGURES:
            assert across.of(figure, direction) == {part: told(count) for part, count in own.of(figure, direction).items()}
            for service in (bergen, sandefjord):
                assert across.of(figure, direction, service.pk) == {part: told(count) for part, count in own.of(figure, direction, service.pk).items()}
            assert alone.of(figure, direction, sandefjord.pk) == across.of(figure, direction, sandefjord.pk)
    assert across.has(bergen.pk, "inbound") and not across.has(bergen.pk, "outbound")


def test_the_coordinator_reaches_no_row_before_or_after(scenes, bergen, as_nina):
    assert not Delivery.objects.exists()
    national.counted(service=None, now=scenes.NOW)
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("role", ["caseworker", "manager", "auditor"])
def test_nobody_else_may_ask(scenes, bergen, role):
    user = scenes.person("Kari", role, of=bergen)

    with scope.acting(scope.person(user=user.pk, session=session_of(user, lasts=timedelta(days=1)))):
        with pytest.raises(DatabaseError) as refused, transaction.atomic():
            national.counted(service=None, now=scenes.NOW)
        assert refused.value.__cause__.sqlstate == "42501"


def test_who_asked_is_kept(scenes, nina, as_nina):
    national.counted(service=None, now=scenes.NOW)

    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SELECT person FROM wall.asked")
        assert cursor.fetchall() == [(nina.pk,)]


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
