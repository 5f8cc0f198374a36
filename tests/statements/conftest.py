"""A fixed time, two services, and people of the first."""

import pytest
import time_machine


@pytest.fixture
def scenes(db):
    # Read late: models cannot be imported before Django is ready.
    from tests import scenes

    with time_machine.travel(scenes.NOW, tick=False):
        yield scenes


@pytest.fixture
def bergen(scenes):
    return scenes.service("4601")


@pytest.fixture
def sandefjord(scenes):
    return scenes.service("3907")


@pytest.fixture
def manager(scenes, bergen):
    return scenes.person("Lena", "manager", of=bergen)


@pytest.fixture
def caseworker(scenes, bergen):
    return scenes.person("Anne", "caseworker", of=bergen)


@pytest.fixture
def reviewer(scenes, bergen):
    return scenes.person("Berit", "reviewer", of=bergen)


@pytest.fixture
def client(manager):
    from tests.pages import signed_in

    return signed_in(manager)
