"""The manager is signed in."""

import pytest


@pytest.fixture
def manager(lena):
    return lena


@pytest.fixture
def client(manager):
    # Read late: models cannot be imported before Django is ready.
    from tests.pages import signed_in

    return signed_in(manager)
