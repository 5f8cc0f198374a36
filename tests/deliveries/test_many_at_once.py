"""Where many messages of a service are folded at once, what people did is read in another way than where a few are: that must not show."""

import pytest

from apps.deliveries import reconciliation
from apps.deliveries.models import Delivery
from tests import eventful, scenes

pytestmark = pytest.mark.django_db


def told():
    return {row.pop("id"): row for row in Delivery.objects.values()}


def test_decided_and_undecided_messages_are_the_same_folded_one_by_one_and_many_at_once(monkeypatch):
    eventful.of_everything()
    services = set(Delivery.objects.values_list("service", flat=True))
    few = told()

    monkeypatch.setattr(reconciliation, "FEW", 0)
    Delivery.objects.filter(outcome__gt="").update(outcome="", decision_stands=False)
    for service in services:
        among = [pk for pk, row in few.items() if row["service_id"] == service]
        reconciliation.reconcile(service_id=service, deliveries=among, now=scenes.NOW)

    assert any(row["outcome"] for row in few.values())
    assert {pk: row | {"clock": None} for pk, row in told().items()} == {pk: row | {"clock": None} for pk, row in few.items()}
