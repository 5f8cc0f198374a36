import json

import pytest

from apps.feeds.record import Occurrence, Ref, Whose
from tests.feeds.sources.reader import ID, IDENTITY_NUMBER, ORGANISATION, OTHER_ID, read

UPDATED = "2024-02-01T10:00:00+01:00"
AT = "2024-02-01T09:00:00+00:00"
SENDER = "310000003"
SERVICES = ("DPO", "DPF", "DPV", "DPI", "DPE", "")
# formats.md, section 7, row by row: by DPO, DPF, DPV, DPI, another service, and none.
CODES = {
    "OPPRETTET": ("created",) * 6,
    "SENDT": ("sent",) * 6,
    "MOTTATT": ("receipted",) * 6,
    "LEVERT": ("fetched", "delivered_claimed", "published", "delivered_claimed", "delivered_claimed", "published"),
    "LEST": ("confirmed", "fetched", "opened", "opened", "fetched", "fetched"),
    "FEIL": ("failed",) * 6,
    "LEVETID_UTLOPT": ("expired",) * 6,
    "INNKOMMENDE_MOTTATT": ("fetched",) * 6,
    "INNKOMMENDE_LEVERT": ("fetched",) * 6,
    "ANNET": ("unknown",) * 6,
}
TABLE = [(status, service, code) for status, by_service in CODES.items() for service, code in zip(SERVICES, by_service, strict=True)]


def told(status="SENDT", updated=UPDATED, **values):
    return {"id": 76, "status": status, "lastUpdate": updated, "description": f"tekst {IDENTITY_NUMBER}", **values}


def conversation(*statuses, **values):
    return {
        "id": 49,
        "messageId": ID,
        "conversationId": OTHER_ID,
        "direction": "OUTGOING",
        "serviceIdentifier": "DPO",
        "processIdentifier": "urn:no:difi:profile:arkivmelding:helseSosialOgOmsorg:ver1.0",
        "senderIdentifier": f"0192:{SENDER}",
        "receiverIdentifier": f"0192:{ORGANISATION}",
        "messageTitle": "Bekymringsmelding om Kari",
        "finished": True,
        "messageStatuses": list(statuses) or [told()],
        **values,
    }


def pushed(status="SENDT", **values):
    return {"createdTs": UPDATED, "resource": "messages", "event": "status", "messageId": ID, "status": status, "description": "tekst", **values}


def page(*content, **values):
    return {"content": list(content), "pageable": {"pageNumber": 0}, "totalElements": len(content), "size": 10, "number": 0, "totalPages": 1, **values}


def test_each_status_of_a_conversation_is_one_record():
    outcome = read("eformidling", json.dumps(page(conversation(told("OPPRETTET"), told("SENDT")), conversation(told("LEVERT"), messageId=OTHER_ID))))

    assert [(record.line, record.references, record.occurrences[0].code) for record in outcome.records] == [
        (1, (Ref("eformidling", ID),), "created"),
        (2, (Ref("eformidling", ID),), "sent"),
        (3, (Ref("eformidling", OTHER_ID),), "fetched"),
    ]
    assert outcome.warnings == []


def shapes():
    """The same status in every shape that an integrasjonspunkt writes."""
    alone = {**told(), "messageId": ID}
    return {
        "page of conversations": json.dumps(page(conversation())),
        "array of conversations": json.dumps([conversation()]),
        "one conversation": json.dumps(conversation(), indent=2),
        "conversations line by line": json.dumps(conversation()) + "\n" + json.dumps(conversation(messageId=OTHER_ID)),
        "page of statuses": json.dumps(page(alone)),
        "array of statuses": json.dumps([alone]),
        "one status": json.dumps(alone),
        "pushed": json.dumps(pushed()),
        "pushed line by line": json.dumps(pushed()) + "\n" + json.dumps(pushed(messageId=OTHER_ID)),
    }


@pytest.mark.parametrize("shape", shapes())
def test_every_shape_says_the_same(shape):
    record = read("eformidling", shapes()[shape]).records[0]

    assert record.references == (Ref("eformidling", ID),)
    assert record.occurrences == (Occurrence("sent", "SENDT", AT),)


@pytest.mark.parametrize(("status", "service", "code"), TABLE)
def test_every_status_of_the_table_is_known(status, service, code):
    for written in (status, status.lower(), status.title()):
        outcome = read("eformidling", json.dumps(conversation(told(written), serviceIdentifier=service.lower())))
        assert (outcome.codes, outcome.records[0].occurrences[0].native, outcome.warnings) == ([code], status, [])


@pytest.mark.parametrize("status", ["LEVERT", "LEST"])
def test_without_a_service_the_weakest_reading_holds(status):
    alone = read("eformidling", json.dumps(pushed(status))).codes
    without = read("eformidling", json.dumps(conversation(told(status), serviceIdentifier=None))).codes

    assert alone == without == [{"LEVERT": "published", "LEST": "fetched"}[status]]


@pytest.mark.parametrize(
    ("service", "code"), [("DPV", "purged_by_platform"), ("DPE", "purged_by_platform"), ("", "purged_by_platform"), ("DPO", "unknown"), ("DPI", "unknown")]
)
def test_another_status_that_says_deleted_in_altinn_is_a_removal(service, code):
    outcome = read("eformidling", json.dumps(conversation(told("annet", description="Meldingen er Slettet i Altinn."), serviceIdentifier=service)))

    assert (outcome.codes, outcome.warnings) == ([code], [])


@pytest.mark.parametrize("status", ["LEVERT_IGJEN", "delivered", f"x {IDENTITY_NUMBER}"])
def test_another_status_is_unknown_with_a_warning(status):
    outcome = read("eformidling", json.dumps(conversation(told(status))))

    assert (outcome.codes, outcome.warnings) == (["unknown"], ["unknown_status"])
    assert outcome.records[0].occurrences[0].native == status.replace(IDENTITY_NUMBER, "[fnr]")


@pytest.mark.parametrize(
    ("direction", "is_outbound"), [("OUTGOING", True), ("INCOMING", False), ("outgoing", True), ("Incoming", False), ("", None), (None, None), ("UP", None)]
)
def test_the_direction_is_what_the_message_says(direction, is_outbound):
    assert read("eformidling", json.dumps(conversation(direction=direction))).records[0].outbound is is_outbound


def test_a_receipt_is_read_and_says_nothing():
    receipt = conversation(told(), told("x"), processIdentifier="urn:no:difi:profile:arkivmelding:response:ver1.0", messageId="not-a-uuid")

    outcome = read("eformidling", json.dumps(page(conversation(), receipt, conversation(messageId=OTHER_ID))))

    assert [(record.line, len(record.occurrences), record.references[:1]) for record in outcome.records] == [
        (1, 1, (Ref("eformidling", ID),)),
        (2, 0, ()),
        (3, 0, ()),
        (4, 1, (Ref("eformidling", OTHER_ID),)),
    ]
    assert (outcome.rejected, outcome.warnings) == ([], [])


def test_a_receipt_without_statuses_is_read_too():
    outcome = read("eformidling", json.dumps(conversation(messageStatuses=[], processIdentifier="x:response:ver1.0")))

    assert [(record.line, record.occurrences) for record in outcome.records] == [(1, ())]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"totalElements": 1}, None),
        ({"totalElements": 0}, None),
        ({"totalElements": "x"}, None),
        ({"totalElements": 47, "totalPages": 5, "number": 0, "size": 10}, ("1", "5")),
        ({"totalElements": 47, "totalPages": 5, "number": 4, "size": 10}, ("5", "5")),
        ({"totalElements": 47, "totalPages": None, "number": None, "size": None}, ("1", "47")),
        ({"totalElements": 47, "totalPages": None, "number": 2, "size": 20}, ("3", "3")),
    ],
)
def test_a_page_that_holds_less_than_the_whole_is_a_warning(values, told):
    whole = page(conversation(), **values)

    for ordered in (whole, dict(reversed(whole.items()))):
        outcome = read("eformidling", json.dumps(ordered))
        assert outcome.codes == ["sent"]
        assert [(notice.details["page"], notice.details["pages"]) for notice in outcome.reading.warnings] == ([told] if told else [])
    assert not told or f"page {told[0]} of {told[1]}" in outcome.sentences[0]


def test_another_system_s_reference_is_altinn_s_when_the_service_is():
    tied = read("eformidling", json.dumps(conversation(serviceIdentifier="DPV", externalSystemReference=OTHER_ID.upper()))).records[0]
    other = read("eformidling", json.dumps(conversation(externalSystemReference=OTHER_ID))).records[0]
    loose = read("eformidling", json.dumps(conversation(serviceIdentifier="DPV", externalSystemReference="Sak om Ola"))).records[0]

    assert tied.references == (Ref("eformidling", ID), Ref("altinn", OTHER_ID))
    assert other.references == loose.references == (Ref("eformidling", ID),)
    assert "Ola" not in loose.raw


def test_only_allowed_particulars_are_kept():
    record = read("eformidling", json.dumps(conversation(expiry="2024-02-02T10:00:00+01:00", senderIdentifier="0192:991825827"))).records[0]

    assert record.whose == Whose(orgnr=ORGANISATION)
    assert record.attributes == {
        "serviceIdentifier": "DPO",
        "direction": "OUTGOING",
        "conversationId": OTHER_ID,
        "senderOrgNumber": "991825827",
        "expiry": "2024-02-02T09:00:00+00:00",
        "recipientKind": "organisation",
    }
    assert record.category == "report"
    assert "Kari" not in repr(record)


def test_a_person_as_receiver_is_dropped():
    record = read("eformidling", json.dumps(conversation(receiverIdentifier=IDENTITY_NUMBER, senderIdentifier=IDENTITY_NUMBER))).records[0]

    assert record.whose == Whose()
    assert record.attributes["recipientKind"] == "person"
    assert IDENTITY_NUMBER not in record.raw + json.dumps(record.attributes) + repr(record)


def test_a_time_without_a_zone_is_oslo_s_and_a_written_offset_is_trusted():
    local = read("eformidling", json.dumps(conversation(told(updated="2024-02-01T10:00:00")))).records[0].occurrences[0]
    odd = read("eformidling", json.dumps(conversation(told(updated="2019-11-05T12:04:34+02:00")))).records[0].occurrences[0]

    assert (local.at, local.zone_assumed) == (AT, True)
    assert (odd.at, odd.zone_assumed) == ("2019-11-05T10:04:34+00:00", False)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"messageId": None}, "missing_value"),
        ({"messageId": "49"}, "not_uuid"),
        ({"messageId": ["a"]}, "wrong_type"),
        ({"expiry": "2024-02-31T00:00:00"}, "impossible_time"),
        ({"direction": {}}, "wrong_type"),
    ],
)
def test_what_is_wrong_with_the_whole_rejects_each_of_its_statuses(values, code):
    outcome = read("eformidling", json.dumps(page(conversation(told(), told("LEVERT"), **values), conversation())))

    assert outcome.rejected == [(1, code), (2, code)]
    assert outcome.records[0].line == 3


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"status": "SENDT"}, "missing_value"),
        ({"lastUpdate": UPDATED}, "missing_value"),
        (told(updated="i går"), "not_a_time"),
        (told(["SENDT"]), "wrong_type"),
        (7, "not_object"),
        (None, "not_object"),
    ],
)
def test_a_bad_status_is_rejected_alone(bad, code):
    assert read("eformidling", json.dumps(conversation(told(), bad, told()))).rejected == [(2, code)]


@pytest.mark.parametrize("whole", [{}, 7, "x", None, [], {"messageStatuses": []}, {"messageStatuses": 3}, conversation(messageStatuses=[])])
def test_whatever_stands_for_a_message_has_one_fate(whole):
    for content in (json.dumps([whole, conversation()]), json.dumps(page(whole, conversation()))):
        outcome = read("eformidling", content)
        assert (len(outcome.rejected), len(outcome.records)) == (1, 1)


def test_a_pushed_status_is_named_by_its_line():
    content = "\n".join(["", json.dumps(pushed()), "", json.dumps(pushed("x", createdTs="?")), json.dumps(pushed())])

    outcome = read("eformidling", content)

    assert [record.line for record in outcome.records] == [2, 5]
    assert outcome.rejected == [(4, "not_a_time")]


def test_a_cut_page_is_refused():
    whole = json.dumps(page(conversation(), conversation()))

    assert read("eformidling", whole[: len(whole) // 2]).refused == "cut_json"
