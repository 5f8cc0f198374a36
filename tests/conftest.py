"""Every test runs against a real PostgreSQL that is thrown away afterwards, as the role that the application runs as."""

import os
import secrets
import shutil
import signal
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.db import connections

from apps.walls import scope, tokens
from config import embedded, login

AT_THE_END = ExitStack()


def pytest_configure(config):
    """Before the settings are read, for they take the database from the environment."""
    if not hasattr(config, "workerinput"):  # what xdist starts finds the environment made by who started it
        _start_database()
    # Reads the settings too: pytest-django prepares Django only when somebody has. Pages under test need no collected files.
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    user_logged_in.connect(_sign_in_is_fresh)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one takes half a second on purpose


def pytest_unconfigure(config):
    AT_THE_END.close()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """The owner makes the tables, so the role is not taken before they are there; it can be given up again by tests that play a wrongdoer."""
    owner = connections["owner"].settings_dict
    connections["default"].settings_dict |= {"USER": owner["USER"], "PASSWORD": owner["PASSWORD"]}
    _take_role(None)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Tests look at tables as an operator of every service would; what they ask of pages, tasks and commands has the scope that those enter."""
    # Read late: models cannot be imported before Django is ready.
    from config import grants

    with django_db_blocker.unblock():
        grants.grant(using="default")
        _take_role(embedded.RUNTIME)
        tokens.issued_at = _true_time
        login.prove = lambda: None  # tests sign in as the owner and take the application's role, so that some may play a wrongdoer
        with scope.operator(by="test"):
            yield
        _take_role(None)


@pytest.fixture(scope="module")
def database_of_its_own(django_db_setup, django_db_blocker):
    """A copy of the empty test database for what is too large for one transaction: what is built in it is committed, and it goes with the module."""
    connection = connections["default"]
    tested = connection.settings_dict["NAME"]
    name = f"{tested}_own"
    with django_db_blocker.unblock(), psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as owner:
        connection.close()  # a database that somebody is connected to is not copied
        owner.execute(f'CREATE DATABASE "{name}" TEMPLATE "{tested}"')
        connection.settings_dict["NAME"] = name
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = tested
            owner.execute(f'DROP DATABASE "{name}"')


@pytest.fixture
def scenes(db):
    """What the tests of a service's work are set in, and the clock at its time."""
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
def caseworker(scenes, bergen):
    return scenes.person("Anne", "caseworker", of=bergen)


@pytest.fixture
def reviewer(scenes, bergen):
    return scenes.person("Berit", "reviewer", of=bergen)


@pytest.fixture
def lena(scenes, bergen):
    return scenes.person("Lena", "manager", of=bergen)


@pytest.fixture
def nina(scenes):
    from tests.pages import grant

    user = scenes.person("Nina", of=None)
    grant(user, None, role="national_coordinator")
    return user


@pytest.fixture
def report(scenes, bergen):
    return scenes.report(bergen)


def _true_time():
    """The database's clock does not travel."""
    return time_machine.escape_hatch.time.time() if time_machine.escape_hatch.is_travelling() else time.time()


def _start_database():
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that a time limit from outside leaves no server behind
    home = Path(tempfile.mkdtemp(prefix="framme-tests-")).resolve()
    AT_THE_END.callback(shutil.rmtree, home, ignore_errors=True)
    os.environ["FRAMME_HOME"] = str(home)
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(48)
    os.environ["DATABASE_URL"] = AT_THE_END.enter_context(embedded.throwaway(home))
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"


def _take_role(role):
    connection = connections["default"]
    connection.close()
    connection.settings_dict["OPTIONS"].pop("assume_role", None)
    if role:
        connection.settings_dict["OPTIONS"]["assume_role"] = role


def _sign_in_is_fresh(request, user, **details):
    """Whom a test signs in by `force_login` has just given a password, as somebody at the page would have."""
    now = int(time.time())
    request.session.setdefault("account_authentication_methods", [{"method": "password", "at": now}])
    request.session.setdefault("account_authentication_methods_user", str(user.pk))
    request.session.update({"began": now, "seen": now})
