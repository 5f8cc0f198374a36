"""In English: a second service, and a caseworker in each."""

import pytest


@pytest.fixture
def scenes(scenes, settings):
    settings.LANGUAGE_CODE = "en"
    return scenes


@pytest.fixture
def asker(scenes):
    return scenes.service("3203")


@pytest.fixture
def anne(caseworker):
    return caseworker


@pytest.fixture
def stine(scenes, asker):
    return scenes.person("Stine", "caseworker", of=asker)
