"""A fixed time, two services, and a manager of the first."""

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
def lena(scenes, bergen):
    return scenes.person("Lena", "manager", of=bergen)


@pytest.fixture
def client(lena):
    from tests.pages import signed_in

    return signed_in(lena)
