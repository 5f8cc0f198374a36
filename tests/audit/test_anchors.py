import json
import re

import pytest
from django.core.management import CommandError, call_command

from apps.audit import actions as audit
from apps.audit import anchors
from apps.audit.verbs import Verb
from tests import scenes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _anchors_of_its_own(settings, tmp_path):
    settings.ANCHORS = tmp_path / "kept"


@pytest.fixture
def command(capsys):
    """Runs `audit_anchor`; gives its exit status and what it printed."""

    def run(**options):
        status = 0
        try:
            call_command("audit_anchor", **options)
        except SystemExit as end:
            status = end.code
        return status, capsys.readouterr().out

    return run


def grow(*services):
    for service in services:
        audit.record(verb=Verb.EXPORTED, by=None, services=[service], now=scenes.NOW)


def test_an_anchor_says_where_every_chain_has_come_to(tmp_path):
    grow(None, 4, 4, 5)

    path = anchors.keep(now=scenes.NOW)

    assert path.name == "20240208T091200Z.json"
    said = anchors.read(path)
    assert said["at"] == "2024-02-08T09:12:00+00:00"
    assert [(service, position) for service, position, _hash in said["chains"]] == [(None, 1), (4, 2), (5, 1)]


def test_chains_that_have_grown_since_hold(command, tmp_path):
    grow(None, 4)
    command(file=tmp_path / "a.json")
    grow(4, 5)

    status, said = command(verify=tmp_path / "a.json")

    assert status == 0
    assert re.fullmatch(r"Holds: 2 chains and \d+ tables of facts are what they were at 20.*, and may have grown since\.\n", said)


def test_an_anchor_of_no_chain_holds(command, tmp_path):
    command(file=tmp_path / "a.json")

    assert command(verify=tmp_path / "a.json")[0] == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda kept: kept["anchor"]["chains"][0].__setitem__(1, 7), "was changed, or signed with another key"),
        (lambda kept: kept["anchor"].pop("at"), "is no anchor that can be read"),
        (lambda kept: kept.__setitem__("signature", "00" * 64), "was changed, or signed with another key"),
        (lambda kept: kept.clear(), "is no anchor that can be read"),
    ],
)
def test_an_anchor_that_was_changed_is_told_so(command, tmp_path, change, said):
    grow(4)
    path = anchors.keep(now=scenes.NOW, path=tmp_path / "a.json")
    kept = json.loads(path.read_text())
    change(kept)
    path.write_text(json.dumps(kept))

    status, printed = command(verify=path)

    assert status == 1
    assert said in printed


def test_an_anchor_of_another_key_is_not_believed(command, settings, tmp_path):
    grow(4)
    path = anchors.keep(now=scenes.NOW, path=tmp_path / "a.json")
    settings.ANCHOR_KEY = "another"

    assert command(verify=path)[0] == 1


def test_a_chain_that_is_shorter_than_it_was_is_named(command, tmp_path):
    path = anchors.keep(now=scenes.NOW, path=tmp_path / "a.json")
    longer = {"at": "2024-02-08T09:12:00+00:00", "chains": [[4, 2, "00" * 32]], "rows": {}}
    path.write_text(json.dumps(anchors._signed(longer)))
    grow(4)

    assert command(verify=path) == (1, "chain of service 4: a.json anchors link 2, and it ends at 1\n")


def test_facts_that_are_fewer_than_they_were_are_named(command, tmp_path):
    grow(4)
    path = anchors.keep(now=scenes.NOW, path=tmp_path / "a.json")
    said = anchors.read(path)
    said["rows"]["ledger_event"] = 3
    path.write_text(json.dumps(anchors._signed(said)))

    assert said["rows"]["audit_entry"] == 1
    assert command(verify=path) == (1, "ledger_event: a.json counts 3 rows, and there are 0\n")


def test_what_may_be_removed_when_its_time_is_over_is_not_counted():
    assert {"ledger_event", "decisions_decision", "audit_entry"} <= set(anchors.facts())
    assert "ledger_chunk" not in anchors.facts()


def test_wrong_questions_get_a_sentence(tmp_path):
    with pytest.raises(CommandError, match="Either write") as asked_both:
        call_command("audit_anchor", file=tmp_path / "a", verify=tmp_path / "a")
    with pytest.raises(CommandError, match="no file"):
        call_command("audit_anchor", verify=tmp_path / "absent.json")
    assert asked_both.value.returncode == 2


def test_the_private_key_is_in_no_anchor(settings):
    path = anchors.keep(now=scenes.NOW)

    assert settings.ANCHOR_KEY not in path.read_text()
    assert set(json.loads(path.read_text())) == {"anchor", "public_key", "signature"}
