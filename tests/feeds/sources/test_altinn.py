import json

import pytest

from apps.feeds.record import Ref, Whose
from apps.feeds.sources.altinn import CODES, NUMBERED
from tests.feeds.sources.reader import ID, IDENTITY_NUMBER, ORGANISATION, OTHER_ID, read

CHANGED = "2025-05-16T09:55:28.639972+00:00"


def entry(status="Published", changed=CHANGED):
    return {"status": status, "statusText": f"text {IDENTITY_NUMBER}", "statusChanged": changed}


def correspondence(*entries, **values):
    recipient = f"urn:altinn:organization:identifier-no:{ORGANISATION}"
    return {"correspondenceId": ID, "recipient": recipient, "status": "Read", "statusHistory": list(entries) or [entry()], **values}


def test_each_entry_of_the_history_is_one_record_and_the_overview_is_not_read():
    whole = [correspondence(entry("Initialized"), entry("Published")), correspondence(entry("Fetched"), correspondenceId=OTHER_ID)]

    outcome = read("altinn", json.dumps(whole))

    assert [(record.line, *record.occurrences[0][:2]) for record in outcome.records] == [
        (1, "created", "Initialized"),
        (2, "published", "Published"),
        (3, "listed", "Fetched"),
    ]
    assert outcome.records[0].occurrences[0].at == "2025-05-16T09:55:28.639972+00:00"


@pytest.mark.parametrize(("status", "code"), CODES.items())
def test_every_status_of_the_table_is_known(status, code):
    assert read("altinn", json.dumps(correspondence(entry(status)))).codes == [code]


@pytest.mark.parametrize(("number", "status"), list(enumerate(NUMBERED)))
def test_older_exports_number_the_same_statuses(number, status):
    outcome = read("altinn", json.dumps([correspondence(entry(number), entry(str(number)))]))

    assert [record.occurrences[0][:2] for record in outcome.records] == [(CODES[status], status)] * 2


def test_looking_at_a_list_is_not_opening_and_a_purge_by_the_platform_is_the_sender_s():
    assert CODES["Fetched"] == "listed"
    assert CODES["PurgedByAltinn"] == "purged_by_sender"


@pytest.mark.parametrize("status", [14, 99, -1, "read", "Levert"])
def test_another_status_is_unknown_with_a_warning(status):
    outcome = read("altinn", json.dumps([correspondence(entry(status))]))

    assert (outcome.codes, outcome.records[0].occurrences[0].native, outcome.warnings) == (["unknown"], str(status), ["unknown_status"])


def test_a_sender_s_reference_ties_the_chain_only_when_it_is_a_uuid():
    tied = read("altinn", json.dumps(correspondence(sendersReference=OTHER_ID.upper()))).records[0]
    loose = read("altinn", json.dumps(correspondence(sendersReference="Sak om Ola"))).records[0]
    nil = read("altinn", json.dumps(correspondence(sendersReference="00000000-0000-0000-0000-000000000000"))).records[0]

    assert tied.references == (Ref("altinn", ID), Ref("eformidling", OTHER_ID))
    assert loose.references == nil.references == (Ref("altinn", ID),)
    assert "Ola" not in loose.raw


@pytest.mark.parametrize("recipient", [f"urn:altinn:organization:identifier-no:{ORGANISATION}", f"0192:{ORGANISATION}", ORGANISATION])
def test_the_recipient_says_whose_it_is(recipient):
    assert read("altinn", json.dumps(correspondence(recipient=recipient))).records[0].whose == Whose(orgnr=ORGANISATION)


def test_a_person_as_recipient_is_dropped():
    record = read("altinn", json.dumps(correspondence(recipient=f"urn:altinn:person:identifier-no:{IDENTITY_NUMBER}"))).records[0]

    assert record.whose == Whose()
    assert record.attributes == {"recipientKind": "person"}
    assert IDENTITY_NUMBER not in record.raw


def test_only_allowed_particulars_are_kept():
    whole = correspondence(
        resourceId="bufdir-melding",
        messageSender="Ola Nordmann",
        propertyList={"senderOrgNumber": "991825827", "title": "hemmelig"},
        dueDateTime="2025-05-20T12:00:00+02:00",
        isConfidential=True,
        altinn2CorrespondenceId=123,
        content={"messageTitle": "om Kari"},
        notifications=[{"x": 1}],
    )

    record = read("altinn", json.dumps(whole)).records[0]

    assert record.attributes == {
        "resourceId": "bufdir-melding",
        "senderOrgNumber": "991825827",
        "dueDateTime": "2025-05-20T10:00:00+00:00",
        "isConfidential": "true",
        "altinn2CorrespondenceId": "123",
    }
    assert "Kari" not in repr(record)


def test_the_sender_s_name_is_kept_only_when_it_is_an_organisation_number():
    assert read("altinn", json.dumps(correspondence(messageSender="0192:991825827"))).records[0].attributes == {"senderOrgNumber": "991825827"}
    assert read("altinn", json.dumps(correspondence(messageSender=IDENTITY_NUMBER))).records[0].attributes is None


def test_a_correspondence_without_entries_is_one_rejection():
    whole = [correspondence(), correspondence(statusHistory=[]), correspondence()]

    outcome = read("altinn", json.dumps(whole))

    assert outcome.rejected == [(2, "no_history")]
    assert [record.line for record in outcome.records] == [1, 3]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"correspondenceId": None}, "missing_value"),
        ({"correspondenceId": 7}, "not_uuid"),
        ({"recipient": None}, "missing_value"),
        ({"recipient": "Bergen"}, "not_organisation"),
        ({"recipient": {"a": 1}}, "wrong_type"),
        ({"dueDateTime": "2025-02-31T10:00:00Z"}, "impossible_time"),
    ],
)
def test_what_is_wrong_with_the_whole_rejects_each_of_its_entries(values, code):
    outcome = read("altinn", json.dumps([correspondence(entry("Read"), entry("Confirmed"), **values), correspondence()]))

    assert outcome.rejected == [(1, code), (2, code)]
    assert outcome.records[0].line == 3


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"status": "Read"}, "missing_value"),
        ({"statusChanged": CHANGED}, "missing_value"),
        (entry("Read", "2025-13-01T00:00:00Z"), "impossible_time"),
        (entry(["Read"]), "wrong_type"),
        (7, "not_object"),
        ([], "not_object"),
        (None, "not_object"),
    ],
)
def test_a_bad_entry_is_rejected_alone(bad, code):
    assert read("altinn", json.dumps(correspondence(entry(), bad, entry()))).rejected == [(2, code)]


@pytest.mark.parametrize("whole", [{}, [], 7, "x", None, {"statusHistory": 3}, {"statusHistory": {"a": [1, 2]}}, [[1, 2]]])
def test_whatever_stands_for_a_correspondence_has_one_fate(whole):
    assert len(read("altinn", json.dumps([whole, correspondence()])).rejected) == 1


def test_doubled_keys_reject_every_entry_under_either():
    once = json.dumps(correspondence(entry(), entry()))
    twice = once[:-1] + ', "status\\u0048istory": [' + json.dumps(entry()) + "]}"

    outcome = read("altinn", f"[{twice}, {once}]")

    assert outcome.rejected == [(1, "duplicate_key"), (2, "duplicate_key"), (3, "duplicate_key")]


def test_the_running_number_goes_on_over_lines():
    content = json.dumps(correspondence(entry(), entry())) + "\n\n" + json.dumps(correspondence(entry(), entry())) + "\n"

    assert [record.line for record in read("altinn", content).records] == [1, 2, 3, 4]


def test_a_table_is_no_altinn_file():
    assert read("altinn", "correspondenceId;recipient\n").refused == "wrong_kind_of_file"
