from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from apps.registry import actions, queries
from apps.registry.models import Policy
from apps.registry.policies import Policies, Retention

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
THE_PORTALS_CHANGE = datetime(2023, 6, 2, 12, 30, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _registry():
    actions.load_reference_data()


def test_the_durations_are_those_of_the_rules():
    policies = queries.policies(at=NOW)

    hours = {"open_grace": 48, "register_grace": 72, "post_grace": 120, "late_limit": 168, "outbound_limit": 336, "found_grace": 720}
    assert policies == Policies(**{name: timedelta(hours=duration) for name, duration in hours.items()})


def test_the_portal_keeps_contents_longer_since_june_2023():
    assert queries.retentions() == [
        Retention("altinn_retention", timedelta(days=30), None, None),
        Retention("portal_retention", timedelta(days=14), None, THE_PORTALS_CHANGE),
        Retention("portal_retention", timedelta(days=30), THE_PORTALS_CHANGE, None),
        Retention("svarut_retention", timedelta(days=90), None, None),
    ]


def test_a_duration_can_be_changed_from_a_moment_on():
    change = NOW + timedelta(days=1)
    Policy.objects.filter(name="open_grace").update(valid_to=change)
    Policy.objects.create(name="open_grace", hours=24, valid_from=change)

    before, after = queries.policies(at=change - timedelta(microseconds=1)), queries.policies(at=change)

    assert (before.open_grace, after.open_grace) == (timedelta(hours=48), timedelta(hours=24))


def test_a_moment_without_a_duration_is_an_error_and_no_guess():
    Policy.objects.filter(name="late_limit").update(valid_to=NOW)

    with pytest.raises(queries.PolicyMissing, match="late_limit"):
        queries.policies(at=NOW)


def test_the_database_refuses_two_durations_at_one_moment():
    with pytest.raises(IntegrityError, match="policy_one_at_a_time"), transaction.atomic():
        Policy.objects.create(name="open_grace", hours=24, valid_from=NOW)
