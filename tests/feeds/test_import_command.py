import json

import pytest
from django.core.management import CommandError, call_command

from apps.deliveries.models import Delivery
from apps.feeds import actions as feeds
from apps.feeds import catalogue
from apps.ledger.models import Import, ImportState, Owed
from config.management.commands import import_feed
from tests import scenes

pytestmark = pytest.mark.django_db

HEADER = "bekymringsmeldingId;innsendt;kommunenummer"
ONE = "11111111-1111-4111-8111-111111111111;2024-02-01T10:12:00;4601"
OTHER = "22222222-2222-4222-8222-222222222222;2024-02-02T10:12:00;4601"
BAD = "not-a-uuid;2024-02-01T10:12:00;4601"
UNQUOTED = '33333333-3333-4333-8333-333333333333;"2024-02-01T10:12:00;4601'


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def feed_file(tmp_path):
    def write(*lines, name="list.csv"):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n" if lines else "")
        return str(path)

    return write


@pytest.fixture
def imported(capsys):
    """Runs the command as --json; gives the exit status and what it printed."""

    def run(*arguments):
        status = 0
        try:
            call_command("import_feed", *arguments, "--json")
        except SystemExit as end:
            status = end.code
        return status, json.loads(capsys.readouterr().out)

    return run


def test_a_file_is_imported_and_its_deliveries_are_reconciled(bergen, feed_file, imported):
    status, result = imported("portal-list", feed_file(HEADER, ONE, OTHER), "--service", "4601")

    assert status == 0
    assert result == {
        "import": Import.objects.get().pk,
        "state": "complete",
        "read": 2,
        "accepted": 2,
        "duplicate": 0,
        "rejected": 0,
        "warnings": [],
        "reason": None,
    }
    assert list(Delivery.objects.values_list("state", flat=True)) == ["unconfirmed", "unconfirmed"]


def test_a_bad_line_is_rejected_and_the_rest_goes_on(bergen, feed_file, imported):
    status, result = imported("portal-list", feed_file(HEADER, ONE, BAD), "--service", "4601")

    assert status == 0
    assert (result["read"], result["accepted"], result["rejected"]) == (2, 1, 1)


def test_the_same_file_again_names_the_first_import_and_changes_nothing(bergen, feed_file, imported):
    path = feed_file(HEADER, ONE, OTHER, BAD)
    _status, first = imported("portal-list", path, "--service", "4601")

    status, again = imported("portal-list", path, "--service", "4601")

    assert status == 0
    assert again["import"] == first["import"]
    assert (again["read"], again["accepted"], again["duplicate"], again["rejected"]) == (3, 0, 2, 1)
    assert f"as import {first['import']}" in again["warnings"][0]
    assert Import.objects.count() == 1


def test_an_empty_file_is_complete_with_a_warning(bergen, feed_file, imported):
    status, result = imported("portal-list", feed_file(), "--service", "4601")

    assert (status, result["state"], result["read"]) == (0, "complete", 0)
    assert result["warnings"] == ["The file is empty. Check that the export worked."]


def test_a_refused_file_says_why_and_exits_with_three(bergen, feed_file, imported):
    status, result = imported("portal-list", feed_file(HEADER, UNQUOTED), "--service", "4601")

    assert (status, result["state"], result["read"], result["accepted"]) == (3, "refused", 0, 0)
    assert "quotation mark" in result["reason"]
    assert Import.objects.get().stored.chunks.exists()


def test_a_file_that_was_refused_may_be_tried_again(bergen, feed_file, imported):
    path = feed_file(HEADER, UNQUOTED)
    _status, first = imported("portal-list", path, "--service", "4601")

    status, again = imported("portal-list", path, "--service", "4601")

    assert status == 3
    assert again["import"] != first["import"]


def test_a_file_that_was_uploaded_and_not_yet_read_is_read_now(bergen, feed_file, imported):
    path = feed_file(HEADER, ONE)
    with open(path, "rb") as stream:
        waiting = feeds.receive_file(service=bergen, format="portal-list", file_name="list.csv", stream=stream, by="anne@example.no", now=scenes.NOW)

    status, result = imported("portal-list", path, "--service", "4601")

    assert status == 0
    assert (result["import"], result["accepted"], result["warnings"]) == (waiting.feed_import.pk, 1, [])


def test_an_import_that_needed_a_person_is_tried_again(bergen, feed_file, imported):
    path = feed_file(HEADER, ONE)
    with open(path, "rb") as stream:
        stuck = feeds.receive_file(service=bergen, format="portal-list", file_name="list.csv", stream=stream, by="anne@example.no", now=scenes.NOW).feed_import
    Import.objects.filter(pk=stuck.pk).update(state=ImportState.NEEDS_A_PERSON)
    stuck.owed.update(tries=3, lease_until=scenes.NOW)

    status, result = imported("portal-list", path, "--service", "4601")

    assert (status, result["import"], result["state"], result["accepted"]) == (0, stuck.pk, "complete", 1)


def test_the_files_own_name_is_kept_without_its_path(bergen, feed_file, imported):
    imported("portal-list", feed_file(HEADER, ONE, name="liste uke 5.csv"), "--service", "4601")

    assert Import.objects.get().file_name == "liste uke 5.csv"


def test_a_log_that_does_not_name_its_message_is_a_wrong_question(bergen, feed_file, imported):
    path = feed_file('{"hendelsesLogg": [{"tidspunkt": "01.02.2024 10:00:00", "hendelse": "Lest eksternt"}]}', name="log.json")

    with pytest.raises(CommandError, match="does not say which message it is about: name it with --reference") as wrong:
        imported("svarut-history", path, "--service", "4601")

    assert (wrong.value.returncode, Import.objects.count()) == (2, 0)
    status, result = imported("svarut-history", path, "--service", "4601", "--reference", "11111111-1111-4111-8111-111111111111")
    assert (status, result["accepted"]) == (0, 1)


def test_direction_vantage_encoding_and_reference_go_with_the_import(bergen, tmp_path, imported):
    path = tmp_path / "letters.json"
    path.write_text("[]")

    imported("altinn", str(path), "--service", "4601", "--direction", "outbound", "--vantage", "sender", "--encoding", "utf-8", "--reference", "x")

    kept = Import.objects.get()
    assert (kept.direction, kept.vantage, kept.encoding, kept.reference) == ("outbound", "sender", "utf-8", "x")


def test_without_json_the_accounts_are_a_sentence(bergen, feed_file, capsys):
    call_command("import_feed", "portal-list", feed_file(HEADER, ONE, BAD), "--service", "4601")

    assert capsys.readouterr().out == f"Import {Import.objects.get().pk}: complete; 2 read = 1 accepted + 0 duplicate + 1 rejected.\n"


def test_without_json_a_refusal_is_a_sentence(bergen, feed_file, capsys):
    with pytest.raises(SystemExit) as end:
        call_command("import_feed", "portal-list", feed_file(HEADER, UNQUOTED), "--service", "4601")

    assert end.value.code == 3
    assert capsys.readouterr().out.startswith(f"Import {Import.objects.get().pk}: refused. ")


@pytest.mark.parametrize(
    ("format", "service", "file", "sentence"),
    [
        ("portal-lists", "4601", "list.csv", "There is no format 'portal-lists'"),
        ("portal-list", "9999", "list.csv", "There is no service with the code '9999'."),
        ("portal-list", "4601", "absent.csv", "cannot be read: No such file or directory."),
        ("portal-list", "4601", "", "cannot be read: Is a directory."),
    ],
)
def test_a_wrong_question_gets_one_sentence_and_exit_two(bergen, feed_file, tmp_path, format, service, file, sentence):
    feed_file(HEADER, ONE)

    with pytest.raises(CommandError) as wrong:
        call_command("import_feed", format, str(tmp_path / file), "--service", service)

    assert wrong.value.returncode == 2
    assert sentence in str(wrong.value)
    assert "\n" not in str(wrong.value)
    assert not Import.objects.exists()


def test_a_file_beyond_the_limit_is_not_read_at_all(bergen, feed_file, settings):
    settings.FEED_FILE_LIMIT = 20

    with pytest.raises(CommandError, match="larger than 20 bytes") as wrong:
        call_command("import_feed", "portal-list", feed_file(HEADER, ONE), "--service", "4601")

    assert wrong.value.returncode == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--vantage", "nobody", "--service", "4601"),
        ("--direction", "sideways", "--service", "4601"),
        ("--colour", "red", "--service", "4601"),
        (),
    ],
)
def test_a_wrong_option_gets_one_sentence_on_the_command_line(bergen, feed_file, capsys, arguments):
    command = import_feed.Command()
    command._called_from_command_line = True

    with pytest.raises(SystemExit) as end:
        command.create_parser("manage.py", "import_feed").parse_args(["portal-list", feed_file(HEADER, ONE), *arguments])

    printed = capsys.readouterr().err
    assert end.value.code == 2
    assert printed.startswith("manage.py import_feed: error: ")
    assert printed.count("\n") == 1


def rejections(capsys, *arguments):
    call_command("rejections", *arguments)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_rejections_are_told_line_by_line_with_what_stood_there(bergen, feed_file, imported, capsys):
    _status, result = imported("portal-list", feed_file(HEADER, ONE, BAD), "--service", "4601")

    (rejected,) = rejections(capsys, "--format", "jsonl")

    assert list(rejected) == ["import", "line", "code", "message", "raw"]
    assert (rejected["import"], rejected["line"], rejected["code"]) == (result["import"], 3, "not_uuid")
    assert "expected a UUID" in rejected["message"]
    assert "not-a-uuid" in rejected["raw"]


def test_rejections_of_one_import_leave_the_others_out(bergen, feed_file, imported, capsys):
    imported("portal-list", feed_file(HEADER, BAD), "--service", "4601")
    _status, second = imported("portal-list", feed_file(HEADER, ONE, BAD, name="second.csv"), "--service", "4601")

    assert [one["import"] for one in rejections(capsys, "--import", str(second["import"]))] == [second["import"]]


def test_rejections_of_an_import_that_does_not_exist_exit_with_two():
    with pytest.raises(CommandError, match="There is no import 99.") as wrong:
        call_command("rejections", "--import", "99")

    assert wrong.value.returncode == 2


def test_a_fault_of_our_own_is_one_sentence_and_the_file_is_kept_and_owed(bergen, feed_file, monkeypatch):
    def fails(reading):
        raise RuntimeError("a name that must not be told")

    monkeypatch.setitem(catalogue.FORMATS, "portal-list", catalogue.FORMATS["portal-list"]._replace(parse=fails))

    with pytest.raises(CommandError, match=r"Framme itself failed \(RuntimeError\)\. The file is kept") as told:
        call_command("import_feed", "portal-list", feed_file(HEADER, ONE), "--service", "4601")

    assert "a name" not in str(told.value)
    assert Owed.objects.get().feed_import.state == ImportState.RUNNING


def test_a_file_that_waits_for_a_yes_gets_it_from_the_command(bergen, feed_file, imported):
    path = feed_file(HEADER, ONE)
    with open(path, "rb") as stream:
        feeds.receive_file(service=bergen, format="portal-list", file_name=path, stream=stream, by="anne@example.no", now=scenes.NOW, is_previewed=True)

    status, result = imported("portal-list", path, "--service", "4601")

    assert (status, result["state"], result["accepted"]) == (0, "complete", 1)
