import io
import re
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from apps.accounts.roles import Role
from apps.feeds import actions as feeds
from apps.feeds.catalogue import FORMATS
from apps.ledger.models import Import, ImportState, Reference
from tests import scenes

pytestmark = pytest.mark.django_db

HEADER = "bekymringsmeldingId;innsendt;kommunenummer"
ONE = "11111111-1111-4111-8111-111111111111;2024-02-01T10:12:00;4601"
OTHER = "22222222-2222-4222-8222-222222222222;2024-02-02T10:12:00;4601"
BAD = "<b>not-a-uuid</b>;2024-02-01T10:12:00;4601"
UNQUOTED = '33333333-3333-4333-8333-333333333333;"2024-02-01T10:12:00;4601'
UPLOAD = "/imports/new/"
ONE_ID = "11111111-1111-4111-8111-111111111111"


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def asker():
    return scenes.service("3203")


@pytest.fixture
def administrator(bergen):
    return scenes.person("Anne", Role.IMPORT_ADMINISTRATOR, of=bergen)


@pytest.fixture
def caseworker(bergen):
    return scenes.person("Kari", Role.CASEWORKER, of=bergen)


@pytest.fixture
def outsider(asker):
    return scenes.person("Odd", Role.IMPORT_ADMINISTRATOR, of=asker)


def text(*lines):
    return "\n".join(lines) + "\n"


def received(service, *lines, name="list.csv", format="portal-list", now=scenes.NOW):
    """A file as it is before the worker has come to it."""
    stream = io.BytesIO(text(*lines).encode())
    return feeds.receive_file(service=service, format=format, file_name=name, stream=stream, by="anne@example.no", now=now).feed_import


def brought_in(service, *lines, **more):
    return feeds.run(feed_import_id=received(service, *lines, **more).pk, clock=lambda: scenes.NOW)


def needing_a_person(service, *lines):
    """Three workers in turn took it and were never heard of again."""
    stuck = received(service, *lines)
    Import.objects.filter(pk=stuck.pk).update(state=ImportState.NEEDS_A_PERSON)
    stuck.owed.update(tries=3, lease_until=scenes.NOW)
    return stuck


def page(client, url, **query):
    response = client.get(url, query)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def upload(client, service, *files, format="portal-list", **more):
    return client.post(UPLOAD, {"format": format, "service": service.pk, "files": files, **more})


def csv_file(*lines, name="list.csv"):
    return SimpleUploadedFile(name, text(*lines).encode(), content_type="text/csv")


def without(response, number):
    """The page without what differs anyway: the number asked for, and the token against forgery."""
    return re.sub(rf"/imports/{number}/|[A-Za-z0-9]{{64}}", "", response.content.decode())


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


# -- the upload page


def test_the_upload_page_says_of_each_format_what_it_is_and_where_to_get_it(client, administrator):
    client.force_login(administrator)

    html = page(client, UPLOAD)

    assert html.count('type="radio"') == len(FORMATS) + 1
    assert 'value="from-the-file" checked' in html
    assert "One row for each report that the national portal gave a receipt for." in html
    assert "the proof that a report arrived" in html


def test_the_upload_page_offers_only_services_where_one_may_import(client, administrator, asker):
    client.force_login(administrator)

    html = page(client, UPLOAD)

    assert "Bergen" in html
    assert asker.name not in html


def test_a_received_file_leads_to_its_own_page(client, administrator, bergen):
    client.force_login(administrator)

    response = upload(client, bergen, csv_file(HEADER, ONE))

    made = Import.objects.get()
    assert response.headers["Location"] == reverse("imports:detail", args=[made.pk])
    assert (made.state, made.received_by, made.service) == (ImportState.RECEIVED, administrator.email, bergen)
    assert said(response) == ["list.csv is received."]


def test_several_files_are_received_in_turn_and_lead_to_the_history(client, administrator, bergen):
    client.force_login(administrator)

    response = upload(client, bergen, csv_file(HEADER, ONE, name="a.csv"), csv_file(HEADER, OTHER, name="b.csv"))

    assert response.headers["Location"] == reverse("imports:list")
    assert list(Import.objects.order_by("pk").values_list("file_name", flat=True)) == ["a.csv", "b.csv"]
    assert len(said(response)) == 2


def test_a_file_that_was_imported_before_says_so_and_leads_to_the_first_import(client, administrator, bergen):
    first = brought_in(bergen, HEADER, ONE)
    client.force_login(administrator)

    response = upload(client, bergen, csv_file(HEADER, ONE))

    assert response.headers["Location"] == reverse("imports:detail", args=[first.pk])
    assert said(response) == ["list.csv was brought in before: this is that import, received 08.02.2024 10:12. Nothing was changed."]


def test_an_empty_file_is_received_too(client, administrator, bergen):
    client.force_login(administrator)

    assert upload(client, bergen, SimpleUploadedFile("empty.csv", b"")).status_code == 302
    assert Import.objects.get().stored.size == 0


def test_a_file_of_which_nobody_says_what_it_is_tells_it_itself_and_why_is_said(client, administrator, bergen):
    client.force_login(administrator)

    response = upload(client, bergen, csv_file(HEADER, ONE), format="from-the-file", at_once="on")

    assert Import.objects.get().format == "portal-list"
    assert said(response) == [
        "list.csv is received. It was recognised as “National portal, list of reports”. It has the columns bekymringsmeldingId, innsendt."
    ]


def test_a_file_that_tells_nothing_is_not_received_and_the_others_are(client, administrator, bergen):
    client.force_login(administrator)
    letter = SimpleUploadedFile("letter.json", b'{"title": "Hei"}')

    response = upload(client, bergen, csv_file(HEADER, ONE), letter, format="from-the-file")

    assert response.status_code == 200
    assert response.context["form"].errors["files"] == [
        "letter.json was not received, because it could not be told what it is. The fields of its records (title) are those of no format. "
        "Choose what it is, or check that it is the right file."
    ]
    assert list(Import.objects.values_list("file_name", flat=True)) == ["list.csv"]


def test_what_the_format_does_not_ask_is_not_kept(client, administrator, bergen):
    client.force_login(administrator)

    upload(client, bergen, csv_file(HEADER, ONE), vantage="sender", direction="outbound", reference="x", encoding="windows-1252")

    made = Import.objects.get()
    assert (made.vantage, made.direction, made.reference, made.encoding) == ("", "inbound", "", "windows-1252")


def test_altinn_asks_whose_view_it_is_and_which_way(client, administrator, bergen):
    client.force_login(administrator)

    upload(client, bergen, SimpleUploadedFile("letters.json", b"[]"), format="altinn", vantage="sender", direction="outbound")

    assert Import.objects.filter(format="altinn", vantage="sender", direction="outbound").exists()


LOG = b'{"hendelsesLogg": [{"tidspunkt": "01.02.2024 10:00:00", "hendelse": "Lest eksternt"}]}'


@pytest.mark.parametrize("reference", ["", "sak 12"])
def test_a_log_that_does_not_name_its_message_is_not_received_without_one(client, administrator, bergen, reference):
    client.force_login(administrator)

    response = upload(client, bergen, SimpleUploadedFile("log.json", LOG), format="svarut-history", reference=reference)

    assert response.status_code == 422
    assert "log.json does not say which message it is about" in response.content.decode()
    assert not Import.objects.exists()


def test_a_log_is_received_with_its_message_and_one_that_names_its_own_without(client, administrator, bergen):
    client.force_login(administrator)

    upload(client, bergen, SimpleUploadedFile("log.json", LOG), format="svarut-history", reference=ONE_ID)
    upload(client, bergen, SimpleUploadedFile("logs.json", b'[{"forsendelseId": "x"}]'), format="svarut-history")

    assert list(Import.objects.order_by("pk").values_list("file_name", "reference")) == [("log.json", ONE_ID), ("logs.json", "")]


def test_an_archive_is_asked_whose_keys_its_receipts_hold(client, administrator, bergen):
    client.force_login(administrator)

    upload(client, bergen, SimpleUploadedFile("receipts.json", b"[]"), format="archive-receipts", whose_key="svarut")
    upload(client, bergen, csv_file(HEADER, ONE), whose_key="svarut")

    assert list(Import.objects.order_by("pk").values_list("format", "reference")) == [("archive-receipts", "svarut"), ("portal-list", "")]


@pytest.mark.parametrize(
    ("posted", "field", "error"),
    [
        ({"files": []}, "files", "Choose a file."),
        ({"format": ""}, "format", "Choose what kind of file it is."),
        ({"format": "portal-lists"}, "format", "Choose one of the kinds of file shown."),
        ({"service": ""}, "service", "Choose the service that the file belongs to."),
        ({"service": "abc"}, "service", "Choose one of your own services."),
        ({"encoding": "klingon"}, "encoding", "Select a valid choice"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_chosen_is_kept(client, administrator, bergen, posted, field, error):
    client.force_login(administrator)

    response = client.post(UPLOAD, {"format": "portal-history", "service": bergen.pk, "files": [csv_file(HEADER, ONE)], **posted})

    html = response.content.decode()
    assert response.status_code == 422
    assert error in html
    assert f'id="id_{field}_error"' in html
    assert "format" in posted or 'value="portal-history" checked' in html
    assert "service" in posted or f'<option value="{bergen.pk}" selected>' in html
    assert not Import.objects.exists()


def test_the_service_of_somebody_else_cannot_be_posted(client, administrator, asker):
    client.force_login(administrator)

    response = upload(client, asker, csv_file(HEADER, ONE))

    assert response.status_code == 422
    assert "Choose one of your own services." in response.content.decode()
    assert not Import.objects.exists()


def test_a_file_that_is_too_large_is_named_and_the_others_are_received(client, administrator, bergen, settings):
    settings.FEED_FILE_LIMIT = 120
    client.force_login(administrator)

    response = upload(client, bergen, csv_file(HEADER, ONE, name="small.csv"), csv_file(HEADER, ONE, OTHER, name="large.csv"))

    assert response.status_code == 200  # anything from 400 on would say that nothing was changed
    assert response.context["form"].errors["files"] == [
        "large.csv is larger than 120\xa0bytes, the most that is read. It was not received; take it out in several files."
    ]
    assert list(Import.objects.values_list("file_name", flat=True)) == ["small.csv"]
    assert said(response) == ["small.csv is received."]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("..\\..\\windows\\list.csv", "list.csv"),
        ("l\u202evsc.tsil\u2066.csv", "lvsc.tsil.csv"),
        ("li\u200bst\ufeff.csv", "list.csv"),
        ("x" * 300 + ".csv", None),
        ("<script>alert(1)</script>.csv", "script>.csv"),
        ("01010112345 Ola.csv", "[fnr] Ola.csv"),
    ],
)
def test_hostile_file_names_are_shown_harmless(client, administrator, bergen, name, shown):
    client.force_login(administrator)

    response = upload(client, bergen, csv_file(HEADER, ONE, name=name))

    made = Import.objects.get()
    html = page(client, response.headers["Location"])
    assert made.file_name == shown or (shown is None and len(made.file_name) <= 200)
    assert "<script>alert" not in html
    assert not set("\u202e\u2066\u200b\ufeff\r") & set(made.file_name)


def test_a_file_name_cannot_smuggle_line_ends_in(client, administrator, bergen):
    client.force_login(administrator)
    fields = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in {"format": "portal-list", "service": bergen.pk}.items()
    )
    head = "--x\r\nContent-Disposition: form-data; name=\"files\"; filename*=UTF-8''li%0D%0ASet-Cookie:%20x=1.csv\r\n\r\n"

    client.post(UPLOAD, data=(fields + head + text(HEADER, ONE) + "\r\n--x--\r\n").encode(), content_type="multipart/form-data; boundary=x")

    assert Import.objects.get().file_name == "liSet-Cookie: x=1.csv"


def test_those_who_may_not_import_are_told_who_may(client, caseworker, bergen):
    client.force_login(caseworker)

    response = client.get(UPLOAD)

    assert response.status_code == 403
    assert "Import administrator" in response.content.decode()
    assert upload(client, bergen, csv_file(HEADER, ONE)).status_code == 403
    assert not Import.objects.exists()


# -- the history


@pytest.fixture
def history(bergen):
    """One import of each kind, by the part of the history it belongs to."""
    return {
        "complete": brought_in(bergen, HEADER, ONE, name="good.csv"),
        "rejections": brought_in(bergen, HEADER, OTHER, BAD, name="half.csv"),
        "refused": brought_in(bergen, HEADER, UNQUOTED, name="broken.csv"),
        "received": received(bergen, HEADER, name="waiting.csv"),
        "stuck": needing_a_person(bergen, HEADER, BAD, BAD),
    }


@pytest.mark.parametrize(
    ("part", "kinds"),
    [
        ("errors", {"rejections", "refused"}),
        ("successes", {"complete"}),
        ("never-completed", {"received", "stuck"}),
        ("all", {"complete", "rejections", "refused", "received", "stuck"}),
    ],
)
def test_each_tab_of_the_history_has_as_many_rows_as_its_number(client, caseworker, history, part, kinds):
    client.force_login(caseworker)

    response = client.get(reverse("imports:list", args=[part]))

    rows = {record.pk for record in response.context["table"].data}
    here = next(tab for tab in response.context["tabs"] if tab.is_here)
    assert rows == {history[kind].pk for kind in kinds}
    assert here.count == len(rows)


def test_never_completed_is_red(client, caseworker, history):
    client.force_login(caseworker)

    html = page(client, reverse("imports:list", args=["never-completed"]))

    assert html.count('class="chip" data-color="danger"') == 2


def test_the_history_is_filtered_by_format_and_day(client, caseworker, bergen, history):
    brought_in(bergen, "[]", format="altinn", name="letters.json")
    client.force_login(caseworker)

    by_format = client.get("/imports/", {"feed": "altinn"})
    before = client.get("/imports/", {"to_day": "2024-02-07"})

    assert [record.file_name for record in by_format.context["table"].data] == ["letters.json"]
    assert [tab.count for tab in by_format.context["tabs"]] == [0, 1, 0, 0, 0, 0, 1]
    assert before.context["count"] == 0


@pytest.mark.parametrize("query", [{"feed": "nonsense"}, {"from_day": "32.13.2024"}, {"service": "9999"}])
def test_a_filter_that_cannot_be_understood_is_told_and_never_fails(client, bergen, asker, query, history):
    both = scenes.person("Begge", Role.CASEWORKER, of=bergen)
    scenes.accounts.grant(user=both, role=Role.CASEWORKER, service=asker, by=None, now=scenes.RECEIVED)
    client.force_login(both)

    response = client.get("/imports/", query)

    assert response.status_code == 400
    assert next(iter(query)) in response.context["filter"].form.errors


def test_another_services_imports_are_not_in_the_history(client, outsider, history):
    client.force_login(outsider)

    assert client.get("/imports/").context["count"] == 0


def test_a_part_that_does_not_exist_is_not_found(client, caseworker):
    client.force_login(caseworker)

    assert client.get("/imports/nonsense/").status_code == 404


# -- one import


def test_the_page_of_an_import_shows_its_accounts_as_links_to_their_lines(client, administrator, bergen):
    brought_in(bergen, HEADER, ONE)
    done = brought_in(bergen, HEADER, ONE, OTHER, BAD)
    client.force_login(administrator)

    html = page(client, reverse("imports:detail", args=[done.pk]))

    for fate, number in {"accepted": 1, "duplicate": 1, "rejected": 1}.items():
        url = reverse("imports:lines", args=[done.pk, fate])
        assert f'<a href="{url}">{number}</a>' in html
        assert len(client.get(url).context["page"].lines) == number
    assert f'<a href="{reverse("imports:lines", args=[done.pk])}">3</a>' in html
    assert len(client.get(reverse("imports:lines", args=[done.pk])).context["page"].lines) == 3


def test_an_accepted_line_shows_its_event_and_leads_to_its_delivery(client, administrator, bergen):
    done = brought_in(bergen, HEADER, ONE)
    client.force_login(administrator)

    html = page(client, reverse("imports:lines", args=[done.pk, "accepted"]))

    assert "Receipt given to the sender" in html
    assert f'href="/deliveries/{Reference.objects.get().delivery}/"' in html


def test_a_receipt_s_line_says_that_it_carries_nothing(client, administrator, bergen):
    receipt = f'{{"messageId": "{ONE_ID}", "processIdentifier": "x:response:ver1.0", "status": "SENDT"}}'
    done = brought_in(bergen, receipt, format="eformidling", name="push.json")
    client.force_login(administrator)

    html = page(client, reverse("imports:lines", args=[done.pk, "accepted"]))

    assert "A receipt for another message; it says nothing more." in html
    assert ONE_ID not in html


def test_a_line_known_before_leads_to_the_import_and_line_that_said_it_first(client, administrator, bergen):
    first = brought_in(bergen, HEADER, OTHER, ONE)
    again = brought_in(bergen, HEADER, ONE)
    client.force_login(administrator)

    html = page(client, reverse("imports:lines", args=[again.pk, "duplicate"]))

    assert f"import {first.pk}, line 3" in html


def test_a_rejected_line_says_why_and_shows_what_stood_there_escaped(client, administrator, bergen):
    done = brought_in(bergen, HEADER, BAD)
    client.force_login(administrator)

    html = page(client, reverse("imports:lines", args=[done.pk, "rejected"]))

    assert "expected a UUID" in html
    assert "<b>not-a-uuid</b>" not in html
    assert "&lt;b&gt;not-a-uuid&lt;/b&gt;" in html


def test_what_stood_in_a_rejected_line_is_not_for_caseworkers(client, caseworker, bergen):
    done = brought_in(bergen, HEADER, BAD)
    client.force_login(caseworker)

    html = page(client, reverse("imports:lines", args=[done.pk, "rejected"]))

    assert "not-a-uuid" not in html
    assert client.get("/imports/rejected/").status_code == 403


@pytest.mark.parametrize(
    ("line", "words"), [(2, "Receipt given to the sender"), (3, "expected a UUID"), (1, "No line of this number"), (99, "No line of this number")]
)
def test_one_line_is_shown_on_the_page_of_its_import(client, administrator, bergen, line, words):
    done = brought_in(bergen, HEADER, ONE, BAD)
    client.force_login(administrator)

    assert words in page(client, reverse("imports:detail", args=[done.pk]), line=line)


@pytest.mark.parametrize("asked", ["", "abc", "-1", "1" * 40, "2; DROP TABLE", "٣", "\x00"])
def test_a_line_that_is_no_number_is_as_if_none_was_asked_for(client, administrator, bergen, asked):
    done = brought_in(bergen, HEADER, ONE)
    client.force_login(administrator)

    assert page(client, reverse("imports:detail", args=[done.pk]), line=asked)
    assert page(client, reverse("imports:lines", args=[done.pk]), after=asked)


def test_lines_are_paged_by_their_number(client, administrator, bergen):
    rows = [f"{scenes.uuid()};2024-02-01T10:12:00;4601" for _ in range(250)]
    done = brought_in(bergen, HEADER, *rows)
    client.force_login(administrator)

    url, seen = reverse("imports:lines", args=[done.pk, "accepted"]), []
    after = 0
    while after is not None:
        shown = client.get(url, {"after": after}).context["page"]
        seen += [line.number for line in shown.lines]
        after = shown.next_after

    assert seen == list(range(2, 252))


def test_a_refused_import_says_why_and_what_to_do(client, administrator, bergen):
    done = brought_in(bergen, HEADER, UNQUOTED)
    client.force_login(administrator)

    html = page(client, reverse("imports:detail", args=[done.pk]))

    assert f"<bdi>{done.file_name}</bdi>: A quotation mark opened on line 2 is never closed" in html
    assert "Bring it in again" in html


def test_warnings_are_told_in_words(client, administrator, bergen):
    done = brought_in(bergen, HEADER + ";farge", ONE + ";rød")
    client.force_login(administrator)

    assert "These columns are not part of the format and were not read" in page(client, reverse("imports:detail", args=[done.pk]))


def test_progress_asks_for_itself_until_the_import_has_ended(client, administrator, bergen):
    waiting = received(bergen, HEADER, ONE)
    client.force_login(administrator)
    url = reverse("imports:progress", args=[waiting.pk])

    before = page(client, url)
    feeds.run(feed_import_id=waiting.pk, clock=timezone.now)
    after = page(client, url)

    assert f'hx-get="{url}"' in before and "<progress" in before
    assert "hx-get" not in after and "<progress" not in after
    assert "Lines read" in after


@pytest.mark.parametrize("end", [brought_in, needing_a_person])
def test_progress_ends_when_the_file_is_refused_or_needs_a_person(client, administrator, bergen, end):
    done = end(bergen, HEADER, UNQUOTED)
    client.force_login(administrator)

    assert "hx-get" not in page(client, reverse("imports:progress", args=[done.pk]))


def test_how_much_has_been_read_is_shown_while_it_runs(client, administrator, bergen):
    running = received(bergen, HEADER, ONE)
    Import.objects.filter(pk=running.pk).update(state=ImportState.RUNNING, done=60, heartbeat_at=scenes.NOW)
    client.force_login(administrator)

    assert f'<progress id="progress" max="{running.stored.size}" value="60">' in page(client, reverse("imports:progress", args=[running.pk]))


@pytest.mark.parametrize(
    ("state", "minutes", "words"),
    [
        (ImportState.RUNNING, 1, ""),
        (ImportState.RUNNING, 6, "The reading was last heard of 6 minutes ago."),
        (ImportState.RECEIVED, 6, ""),
        (ImportState.RECEIVED, 11, "The file came 11 minutes ago, and no worker has taken it."),
    ],
)
def test_silence_is_told_in_red(client, administrator, bergen, state, minutes, words):
    waiting = received(bergen, HEADER, ONE)
    Import.objects.filter(pk=waiting.pk).update(state=state, heartbeat_at=timezone.now() - timedelta(minutes=minutes))
    client.force_login(administrator)

    html = page(client, reverse("imports:progress", args=[waiting.pk]))

    assert words in html
    assert ('class="ds-alert" data-color="danger"' in html) is bool(words)


def test_an_import_that_needs_a_person_is_red_and_may_be_tried_again(client, administrator, bergen):
    stuck = needing_a_person(bergen, HEADER, ONE)
    client.force_login(administrator)
    assert "This import needs a person" in page(client, reverse("imports:detail", args=[stuck.pk]))

    response = client.post(reverse("imports:try-again", args=[stuck.pk]))

    stuck.refresh_from_db()
    assert response.headers["Location"] == reverse("imports:detail", args=[stuck.pk])
    assert stuck.state == ImportState.RECEIVED
    assert stuck.owed.get().tries == 0


def test_a_caseworker_sees_that_an_import_needs_somebody_and_cannot_try_it_again(client, caseworker, bergen):
    stuck = needing_a_person(bergen, HEADER, ONE)
    client.force_login(caseworker)

    assert "disabled" in page(client, reverse("imports:detail", args=[stuck.pk]))
    assert client.post(reverse("imports:try-again", args=[stuck.pk])).status_code == 403


def test_trying_again_is_not_for_following_a_link(client, administrator, bergen):
    stuck = needing_a_person(bergen, HEADER, ONE)
    client.force_login(administrator)

    assert client.get(reverse("imports:try-again", args=[stuck.pk])).status_code == 405


@pytest.mark.parametrize("name", ["detail", "progress", "lines", "try-again"])
def test_foreign_and_absent_imports_are_answered_alike(client, outsider, bergen, name):
    foreign = brought_in(bergen, HEADER, ONE)
    client.force_login(outsider)
    ask = client.post if name == "try-again" else client.get

    theirs, absent = ask(reverse(f"imports:{name}", args=[foreign.pk])), ask(reverse(f"imports:{name}", args=[987654]))

    assert theirs.status_code == absent.status_code == 404
    assert without(theirs, foreign.pk) == without(absent, 987654)


def test_a_fate_that_does_not_exist_is_not_found(client, administrator, bergen):
    done = brought_in(bergen, HEADER, ONE)
    client.force_login(administrator)

    assert client.get(f"/imports/{done.pk}/lines/nonsense/").status_code == 404


# -- rejected lines


def test_the_list_of_rejected_lines_has_every_one_of_my_services(client, administrator, outsider, bergen):
    brought_in(bergen, HEADER, ONE, BAD)
    brought_in(bergen, HEADER, BAD, OTHER, name="other.csv")

    client.force_login(administrator)
    mine = client.get("/imports/rejected/")
    client.force_login(outsider)
    theirs = client.get("/imports/rejected/")

    assert mine.context["count"] == 2
    assert "expected a UUID" in mine.content.decode()
    assert theirs.context["count"] == 0


def test_a_rejected_line_is_counted_until_somebody_says_what_was_done_about_it(client, administrator, bergen):
    done = brought_in(bergen, HEADER, ONE, BAD)
    client.force_login(administrator)

    client.post(reverse("imports:deal-with", args=[done.pk]), {"reason": "Handed in again, corrected."})

    assert client.get("/imports/rejected/").context["count"] == 0
    html = page(client, reverse("imports:lines", args=[done.pk, "rejected"]))
    assert "&lt;b&gt;not-a-uuid&lt;/b&gt;" in html
    assert "Handed in again, corrected." in html
    done.refresh_from_db()
    assert done.rejected == 1


@pytest.mark.parametrize("reason", ["", "   ", "x" * 1001, "About 010180 12345."])
def test_a_reason_that_cannot_be_kept_is_told_beside_its_field_and_deals_with_nothing(client, administrator, bergen, reason):
    done = brought_in(bergen, HEADER, BAD)
    client.force_login(administrator)

    response = client.post(reverse("imports:deal-with", args=[done.pk]), {"reason": reason})

    assert response.status_code == 422
    assert "Write what was done" in response.content.decode()
    assert done.rejections.open().count() == 1


def test_only_those_who_may_see_rejected_lines_of_the_service_deal_with_them(client, caseworker, outsider, bergen):
    done = brought_in(bergen, HEADER, BAD)
    url = reverse("imports:deal-with", args=[done.pk])

    client.force_login(caseworker)
    assert client.post(url, {"reason": "Mine."}).status_code == 403
    client.force_login(outsider)
    assert client.post(url, {"reason": "Mine."}).status_code == 404
    assert done.rejections.open().count() == 1


@pytest.mark.parametrize("url", ["/imports/", "/imports/rejected/"])
def test_the_lists_can_be_sorted_by_every_column_that_offers_it(client, administrator, asker, history, url):
    scenes.accounts.grant(user=administrator, role=Role.IMPORT_ADMINISTRATOR, service=asker, by=None, now=scenes.RECEIVED)
    client.force_login(administrator)
    columns = [column.name for column in client.get(url).context["table"].columns if column.orderable]

    answers = {sort: client.get(url, {"sort": sort}).status_code for name in columns for sort in (name, f"-{name}")}

    assert "service" in columns
    assert set(answers.values()) == {200}


def test_the_history_costs_the_same_number_of_queries_however_long_it_is(client, administrator, bergen, django_assert_max_num_queries):
    for number in range(30):
        brought_in(bergen, HEADER, f"{scenes.uuid()};2024-02-01T10:12:00;4601", name=f"{number}.csv")
    client.force_login(administrator)

    with django_assert_max_num_queries(10):
        client.get("/imports/")
