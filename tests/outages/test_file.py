"""Outages marked from a file: every line or none, with what is wrong told by line and column, and nothing marked twice."""

from datetime import date, time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.outages import file, queries
from apps.outages.models import Outage
from tests import scenes as made
from tests.pages import signed_in

HEADING = "kanal;tjeneste;fra;til;kilde"
GOOD = (
    f"{HEADING}\n\nportal;4601;2024-01-31 08:00;2024-02-01 23.59;Driftsmelding 17\naltinn;4601;03.02.2024;;Driftsmelding 18\nSvarUt;4601;2024-01;2024-01;Brev\n"
)


def hand_in(user, text, encoding="utf-8"):
    raw = text if isinstance(text, bytes) else text.encode(encoding)
    return signed_in(user).post(reverse("outages:file"), {"file": SimpleUploadedFile("utfall.csv", raw)})


def told(answer):
    return [(one.line, one.column) for one in answer.context["problems"]]


def test_each_line_becomes_a_mark_that_is_shown_where_others_are_and_again_none(bergen, lena):
    assert hand_in(lena, GOOD).url == reverse("outages:list")
    assert hand_in(lena, GOOD, "utf-8-sig").status_code == 302

    portal, altinn, svarut = (Outage.objects.get(channel=channel) for channel in ("portal", "altinn", "svarut"))
    assert Outage.objects.count() == 3
    assert (portal.precision, altinn.precision, svarut.precision) == ("minute", "day", "month")
    assert (altinn.ends_at, svarut.last_day, portal.by) == (None, date(2024, 1, 31), lena)
    assert list(queries.windows(channel="portal", between=(made.RECEIVED, made.RECEIVED), service=bergen.pk)) == [portal]


def test_everything_that_is_wrong_is_told_by_line_and_column_and_nothing_is_marked(bergen, sandefjord, lena):
    lines = [
        HEADING,
        "portal;4601;2024-02-01;2024-02-02;Driftsmelding 17",
        "due;4601;2024-02-31;;Driftsmelding 18",
        "portal;3907;2024-02-01;2024-02-01 10:00;Driftsmelding 19",
        "portal;all;2024-02-03;2024-02-01;",
        "portal;4601;2024-02-03;2024-02-01;Gjelder 018190 12345",
        "portal;4601;2024-02-03",
    ]

    short = hand_in(lena, "\n".join(lines))
    answer = hand_in(lena, "\n".join(lines[:-1]))

    assert (short.status_code, told(short)) == (422, [(7, "")])
    assert {(3, "fra"), (3, "kanal"), (4, "til"), (4, "tjeneste"), (5, "tjeneste"), (6, "til"), (6, "kilde")} <= set(told(answer))
    assert 2 not in {line for line, _column in told(answer)}
    assert not Outage.objects.exists()


@pytest.mark.parametrize(
    ("raw", "line", "column"),
    [
        (b"", 1, ""),
        (b"\x00\x01\x02", 1, ""),
        (b"kanal;tjeneste;fra;til\nportal;4601;2024-02-01;", 1, "source"),
        (b"kanal;tjeneste;fra;til;kilde;saksnummer\n", 1, "saksnummer"),
        (b"kanal;kanal;tjeneste;fra;til;kilde\n", 1, "kanal"),
        (b'kanal;tjeneste;fra;til;kilde\nportal;4601;2024-02-01;;"Brev', 2, ""),
        (b"x" * 1_000_001, 1, ""),
    ],
)
def test_a_file_that_is_none_is_refused_with_where(raw, line, column):
    with pytest.raises(file.Unread) as refused:
        file.lines(raw)

    assert [(one.line, one.column) for one in refused.value.problems] == [(line, column)]


def test_a_line_is_counted_as_people_see_it_and_read_in_older_letters_too():
    found = file.lines(
        'channel,service,from,to,source\r\nportal,all,2024-02-01,,"Brev,\nside 2"\r\n\r\nportal,all,2024-02-01 7.05,,Frå Sør\r\n'.encode("cp1252")
    )

    assert [(one.number, one.cells["source"]) for one in found] == [(2, "Brev,\nside 2"), (5, "Frå Sør")]
    assert file.when("2024-02-01 7.05") == file.When(date(2024, 2, 1), time(7, 5))
    assert file.when("31.2.2024") is None


def test_only_who_speaks_for_all_marks_for_all(bergen, lena, nina):
    text = f"{HEADING}\nportal;alle;2024-02-01;;Driftsmelding 17\n"

    assert told(hand_in(lena, text)) == [(2, "tjeneste")]
    assert hand_in(nina, text).status_code == 302
    assert Outage.objects.get().service is None
