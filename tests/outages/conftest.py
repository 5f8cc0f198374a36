"""A fixed time, two services, a manager of the first and a national coordinator."""

import pytest

from tests.incidents.conftest import lena, nina, scenes  # noqa: F401


@pytest.fixture
def bergen(scenes):  # noqa: F811
    return scenes.service("4601")


@pytest.fixture
def sandefjord(scenes):  # noqa: F811
    return scenes.service("3907")
