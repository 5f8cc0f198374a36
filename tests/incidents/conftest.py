"""A fixed time, two services that used one case system, their managers, and a national coordinator."""

from datetime import date

import pytest
import time_machine

ADOPTED = date(2024, 1, 20)


@pytest.fixture
def scenes(db):
    # Read late: models cannot be imported before Django is ready.
    from tests import scenes

    with time_machine.travel(scenes.NOW, tick=False):
        yield scenes


@pytest.fixture
def bergen(scenes):
    return using(scenes, "4601")


@pytest.fixture
def sandefjord(scenes):
    return using(scenes, "3907")


def using(scenes, code):
    from apps.outages import actions as outages

    service = scenes.service(code)
    outages.arrange(service=service, system="Familia", version="40", adopted_on=ADOPTED, patched_on=None, ended_on=None, by=None, now=scenes.RECEIVED)
    return service


@pytest.fixture
def lena(scenes, bergen):
    return scenes.person("Lena", "manager", of=bergen)


@pytest.fixture
def nina(scenes, bergen):
    from apps.accounts import actions as accounts

    user = scenes.person("Nina", of=bergen)
    accounts.grant(user=user, role="national_coordinator", service=None, by=None, now=scenes.RECEIVED)
    return user
