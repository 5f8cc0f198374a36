"""What happened to one message as a sheet for the child's journal: from -> to for every change, signed off, without anybody's own words."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from apps.audit.models import Entry
from apps.decisions import actions as decisions
from apps.reports import journal
from apps.worklists import actions as worklists
from apps.worklists import many
from tests.pages import call, decide, grant, reports, signed_in

HOUR = timedelta(hours=1)


@pytest.fixture
def report(settings, scenes, bergen):
    settings.LANGUAGE_CODE = "en"
    return reports(bergen, 7)[0]


def address(report):
    return reverse("deliveries:journal", args=[report.pk])


def told(scenes, report, by, now=None):
    with translation.override("en"):
        lines = journal.changes(delivery=report, reader=by, now=now or scenes.NOW)
        return [(str(one.what), str(one.by), str(one.before), str(one.after), one.number) for one in lines]


def test_each_fact_says_how_the_message_stood_before_and_after(scenes, bergen, report, caseworker, reviewer):
    decision = decide(report, caseworker)
    decisions.give_second_look(decision=decision, agrees=True, reason="Sett.", by=reviewer, now=scenes.NOW + HOUR)

    lines = told(scenes, scenes.again(report), reviewer, scenes.NOW + HOUR)

    assert [line[2:4] for line in lines if line[3]] == [("Not known", "Unconfirmed"), ("Unconfirmed", "Settled")]
    assert "import" in lines[0][1]
    assert lines[-1] == ("Decision stands: Test message", "Berit Prøve", "Unconfirmed", "Settled", None)


def test_what_the_clock_changed_stands_too(scenes, bergen, caseworker):
    fresh = scenes.report(bergen, received=scenes.NOW - HOUR)

    lines = told(scenes, fresh, caseworker, scenes.NOW + timedelta(days=4))

    assert ("Its time passed", "The clock", "In transit", "Unconfirmed", None) in lines


def test_whose_turn_it_was_goes_from_one_to_the_other_and_many_at_once_bear_their_number(scenes, bergen, report, caseworker):
    batch = many.claim(service=bergen, ids=[report.pk], listed="/worklists/inbound/open/", by=caseworker, now=scenes.NOW)
    worklists.release(delivery=report, by=caseworker, now=scenes.NOW + HOUR)

    lines = told(scenes, report, caseworker, scenes.NOW + HOUR)

    assert ("Taken", "Anne Prøve", "Nobody", "Anne Prøve", batch.pk) in lines
    assert ("Let go", "Anne Prøve", "Anne Prøve", "Nobody", None) in lines


def test_nobodys_own_words_stand_on_it(scenes, bergen, report, caseworker):
    decide(report, caseworker, "note", reason="Kari Nordmann ringte.")
    call(bergen, report, caseworker, text="Kari Nordmann igjen.")

    page = signed_in(caseworker).get(address(report))

    assert "Nordmann" not in page.content.decode()
    assert "Nordmann" not in json.dumps(journal.content(report, page.context["changes"], caseworker, scenes.NOW), default=str)


def test_a_verdict_that_somebody_must_not_know_is_not_on_theirs(scenes, report, caseworker, reviewer):
    decide(report, caseworker)

    assert not [line for line in told(scenes, report, reviewer) if "Test message" in line[0]]


def test_the_signed_sheet_is_a_pdf_and_the_trail_is_told_its_fingerprint(report, caseworker):
    answer = signed_in(caseworker).post(address(report), {"signs": "1"})

    pdf = answer.content
    assert answer["Content-Type"] == "application/pdf"
    assert pdf.startswith(b"%PDF-")
    assert b"pdfuaid" in pdf
    entry = Entry.objects.get(verb="exported", object_id=report.pk)
    assert len(json.loads(entry.text)["details"]["sha256"]) == 64


def test_the_same_history_signed_at_the_same_time_has_the_same_fingerprint(scenes, report, caseworker):
    found = journal.changes(delivery=report, reader=caseworker, now=scenes.NOW)

    one, other = (journal.sheet(delivery=report, changes=found, by=caseworker, now=scenes.NOW) for _time in range(2))

    assert one.sha256 == other.sha256


def test_an_unsigned_sheet_is_not_made(report, caseworker):
    answer = signed_in(caseworker).post(address(report), {})

    assert answer.status_code == 422
    assert not Entry.objects.filter(verb="exported").exists()


def test_who_signed_in_long_ago_is_asked_again(report, caseworker):
    client = signed_in(caseworker)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": 1}]
    session.save()

    answer = client.post(address(report), {"signs": "1"})

    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert not Entry.objects.filter(verb="exported").exists()


def test_another_service_and_who_may_take_nothing_out_get_none(scenes, report, sandefjord, reviewer):
    stranger = scenes.person("Stine", "caseworker", of=sandefjord)
    abroad = scenes.person("Rolf", "reviewer", of=report.service)
    grant(abroad, sandefjord)

    assert signed_in(stranger).get(address(report)).status_code == 404
    assert signed_in(reviewer).get(address(report)).status_code == 403
    assert signed_in(abroad).get(address(report)).status_code == 403
