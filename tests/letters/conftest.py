import pytest


@pytest.fixture
def scenes(db):
    # This file is read before Django is ready when the folder is named on the command line, so models are imported late.
    from tests import scenes

    return scenes


@pytest.fixture
def bergen(scenes):
    return scenes.service("4601")


@pytest.fixture
def caseworker(scenes, bergen):
    return scenes.person("Anne", "caseworker", of=bergen)
