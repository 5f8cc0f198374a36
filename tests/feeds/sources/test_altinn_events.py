import json

import pytest

from apps.feeds.record import Ref, Whose
from tests.feeds.sources.reader import ID, IDENTITY_NUMBER, ORGANISATION, OTHER_ID, read

# formats.md, section 4, row by row.
CODES = {
    "correspondenceinitialized": "created",
    "correspondencepublished": "published",
    "correspondencearchived": "archived",
    "correspondencepurged": "purged_by_platform",
    "correspondencepublishfailed": "failed",
    "correspondencereceiverread": "opened",
    "correspondencereceiverconfirmed": "confirmed",
    "correspondencereceiverreplied": "replied",
    "correspondencereceiverneverread": "read_deadline_passed",
    "correspondencereceiverneverconfirmed": "read_deadline_passed",
    "correspondencereceiverreserved": "recipient_reserved",
    "attachmentdownloaded": "downloaded",
    "attachmentexpired": "content_expired",
    "attachmentpurged": "content_expired",
    "notificationcreated": "notified",
    "correspondencenotificationdelivered": "notified",
    "correspondencenotificationfailed": "notification_failed",
    "correspondencenotificationallfailed": "notification_failed",
    "correspondencenotificationcreationfailed": "notification_failed",
}


def event(name="correspondencepublished", **values):
    return {
        "specversion": "1.0",
        "id": OTHER_ID,
        "source": "https://platform.example/correspondence",
        "type": f"no.altinn.correspondence.{name}",
        "time": "2024-04-19T07:22:19.4380391Z",
        "resource": "urn:altinn:resource:barnevern",
        "resourceinstance": ID,
        "subject": f"urn:altinn:organization:identifier-no:{ORGANISATION}",
        "alternativesubject": f"/organisation/{ORGANISATION}",
        **values,
    }


def test_an_event_is_about_the_letter_that_it_names():
    outcome = read("altinn-events", json.dumps(event()))

    record = outcome.records[0]
    assert record.references == (Ref("altinn", ID),)
    assert record.occurrences[0][:3] == ("published", "correspondencepublished", "2024-04-19T07:22:19.438039+00:00")
    assert record.whose == Whose(orgnr=ORGANISATION)
    assert record.attributes == {"eventId": OTHER_ID, "resourceId": "urn:altinn:resource:barnevern", "recipientKind": "organisation"}
    assert outcome.warnings == []


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_every_name_of_the_table_is_known(name, code):
    outcome = read("altinn-events", json.dumps(event(name)))

    assert (outcome.codes, outcome.warnings) == ([code], [])


def test_events_are_read_from_an_array_and_line_by_line():
    events = [event("correspondencepublished"), event("correspondencereceiverread")]

    for content in (json.dumps(events), "\n".join(map(json.dumps, events)) + "\n"):
        assert read("altinn-events", content).codes == ["published", "opened"]
    assert [record.line for record in read("altinn-events", f"{json.dumps(events[0])}\n\n{json.dumps(events[1])}").records] == [1, 3]


@pytest.mark.parametrize(
    "type", ["no.altinn.correspondence.correspondencetorn", "no.altinn.correspondence.", "app.instance.created", "CorrespondencePublished"]
)
def test_another_type_is_unknown_with_a_warning(type):
    outcome = read("altinn-events", json.dumps(event(type=type)))

    assert (outcome.codes, outcome.warnings) == (["unknown"], ["unknown_status"])
    assert outcome.records[0].occurrences[0].native == type.removeprefix("no.altinn.correspondence.")


def test_a_person_as_recipient_is_dropped():
    record = read("altinn-events", json.dumps(event(subject=f"urn:altinn:person:identifier-no:{IDENTITY_NUMBER}"))).records[0]

    assert (record.whose, record.attributes["recipientKind"]) == (Whose(), "person")
    assert IDENTITY_NUMBER not in repr(record)


@pytest.mark.parametrize("subject", ["/party/512345", "", None])
def test_a_subject_that_is_no_number_says_nothing(subject):
    assert read("altinn-events", json.dumps(event(subject=subject))).records[0].whose == Whose()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"id": None}, "missing_value"),
        ({"id": IDENTITY_NUMBER}, "identity_number_as_reference"),
        ({"id": "a\u200bb"}, "reference_characters"),
        ({"type": ""}, "missing_value"),
        ({"time": None}, "missing_value"),
        ({"time": "2024-02-30T00:00:00Z"}, "impossible_time"),
        ({"resourceinstance": None}, "missing_value"),
        ({"resourceinstance": "1234"}, "not_uuid"),
        ({"resource": ["a"]}, "wrong_type"),
    ],
)
def test_a_bad_event_is_rejected_alone(values, code):
    outcome = read("altinn-events", json.dumps([event(), event(**values), event()]))

    assert outcome.rejected == [(2, code)]


def test_a_table_is_no_file_of_events():
    assert read("altinn-events", "id;type;time\n").refused == "wrong_kind_of_file"
