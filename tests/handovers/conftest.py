"""A fixed time, two services, and a caseworker in each."""

import pytest
import time_machine


@pytest.fixture
def scenes(db, settings):
    # Read late: models cannot be imported before Django is ready.
    from tests import scenes

    settings.LANGUAGE_CODE = "en"
    with time_machine.travel(scenes.NOW, tick=False):
        yield scenes


@pytest.fixture
def bergen(scenes):
    return scenes.service("4601")


@pytest.fixture
def asker(scenes):
    return scenes.service("3203")


@pytest.fixture
def anne(scenes, bergen):
    return scenes.person("Anne", "caseworker", of=bergen)


@pytest.fixture
def stine(scenes, asker):
    return scenes.person("Stine", "caseworker", of=asker)


@pytest.fixture
def report(scenes, bergen):
    return scenes.report(bergen)
