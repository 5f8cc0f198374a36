import json
import logging

import pytest
import structlog
from django.db import DataError, connection
from django.http import HttpResponse
from django.urls import path

from config import told, urls
from config.celery import app

IDENTITY_NUMBER = "018180 12345"  # synthetic: month + 80
log = structlog.get_logger("framme.tests")


def fails(request):
    raise RuntimeError(f"something about {IDENTITY_NUMBER}")


def asks_wrongly(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'Kari Nordmann'::integer")


def answers(request):
    log.warning("looked", found=IDENTITY_NUMBER)
    return HttpResponse("here")


handler500 = urls.handler500
urlpatterns = [*urls.urlpatterns, path("fails/", fails), path("asks-wrongly/", asks_wrongly), path("answers/", answers, name="answers")]


@pytest.fixture
def lines(monkeypatch):
    """What was logged since, each line as its JSON."""
    said = []
    ours = next(handler for handler in logging.getLogger().handlers if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter))
    monkeypatch.setattr(ours, "emit", lambda record: said.append(json.loads(ours.format(record))))
    return said


@pytest.fixture
def asked(client, settings, db):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["config.told.Told"]
    client.raise_request_exception = False
    return client.get


def test_each_answer_is_one_line_with_its_reference_and_without_its_address(asked, lines):
    response = asked("/answers/?q=Kari")

    line = next(line for line in lines if line["event"] == "answered")
    assert (line["method"], line["page"], line["status"]) == ("GET", "answers", 200)
    assert line["request"] == response["X-Request-ID"]
    assert "Kari" not in json.dumps(lines)


def test_what_is_logged_while_answering_has_the_same_reference_and_no_identity_number(asked, lines):
    response = asked("/answers/")

    line = next(line for line in lines if line["event"] == "looked")
    assert line["request"] == response["X-Request-ID"]
    assert line["found"] == "[fnr]"


def test_a_failure_shows_a_reference_and_no_internals(asked, lines):
    response = asked("/fails/")

    assert response.status_code == 500
    assert response["X-Request-ID"] in response.text
    assert "RuntimeError" not in response.text


def test_a_failure_is_logged_with_where_it_came_from_and_redacted(asked, lines):
    response = asked("/fails/")

    line = next(line for line in lines if "exception" in line)
    assert line["request"] == response["X-Request-ID"]
    assert line["exception"] == "builtins.RuntimeError"
    assert line["said"] == "something about [fnr]"
    assert line["frames"][-1].startswith("tests/config/test_logs.py:")


def test_of_a_database_error_only_its_state_is_told(asked, lines):
    asked("/asks-wrongly/")

    line = next(line for line in lines if "exception" in line)
    assert line["exception"] == f"{DataError.__module__}.DataError"
    assert line["said"] == "SQLSTATE 22P02"
    assert "Kari" not in json.dumps(lines)


def test_lines_of_other_libraries_are_json_too(lines):
    logging.getLogger("celery.worker").warning("connected to %s", IDENTITY_NUMBER)

    assert lines[-1]["event"] == "connected to [fnr]"


def test_a_task_names_itself_in_every_line(lines):
    @app.task(name="tests.looks")
    def looks():
        log.warning("looked")

    looks.apply(task_id="7a")

    assert (lines[-1]["task"], lines[-1]["task_id"]) == ("tests.looks", "7a")


def test_the_page_of_a_failure_needs_nothing_that_may_have_failed(rf):
    assert told.failed(rf.get("/")).status_code == 500
