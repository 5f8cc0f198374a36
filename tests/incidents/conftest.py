"""Both services used one case system."""

from datetime import date

import pytest

ADOPTED = date(2024, 1, 20)


@pytest.fixture
def bergen(scenes):
    return using(scenes, "4601")


@pytest.fixture
def sandefjord(scenes):
    return using(scenes, "3907")


def using(scenes, code):
    # Read late: models cannot be imported before Django is ready.
    from apps.outages import actions as outages

    service = scenes.service(code)
    outages.arrange(service=service, system="Familia", version="40", adopted_on=ADOPTED, patched_on=None, ended_on=None, by=None, now=scenes.RECEIVED)
    return service
