"""The caseworker is signed in."""

import pytest


@pytest.fixture
def client(caseworker):
    # Read late: models cannot be imported before Django is ready.
    from tests.pages import signed_in

    return signed_in(caseworker)
