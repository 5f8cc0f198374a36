"""The police's letters of 2018-2023, from files and decisions to statements. The numbers are those that were published, with where and when they were said.

Each service stands for its police district. The titles say what each letter is; Altinn says that nobody opened it, or when somebody did, too late.
"""

import json
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import pytest

from apps.registry.models import Municipality
from apps.statements import queries
from apps.statements.figuring import total
from tests import scenes
from tests.pages import grant
from tests.statements.told import issue, settle

pytestmark = pytest.mark.django_db

UNOPENED, KNOWN, UNKNOWN, CHILDREN = 172, 168, 4, 8  # police_unopened_172 ... police_unknown_children_8, 26 July 2023
FOUND, DECIDED = datetime(2023, 7, 20, 8, tzinfo=UTC), datetime(2023, 7, 26, 8, tzinfo=UTC)
FIRST = datetime(2018, 2, 1, 9, tzinfo=UTC)
PERIOD = {"from_day": date(2018, 1, 1), "to_day": date(2023, 6, 30)}
TITLES = {"report": "Bekymringsmelding", "notice": "Underretning om etterforskning", "case_document": "Saksdokumenter, henleggelse"}


class District(NamedTuple):
    """How many letters of each kind nobody had opened in time, and of how many children each report was that the service had not heard of otherwise."""

    service: str
    report: int
    notice: int = 0
    case_document: int = 0
    unknown: tuple[int, ...] = ()


EAST = District("3205", report=6, notice=46)  # ost_unopened_52 = ost_underretning_46 + ost_reports_6
SOUTH_WEST = District("1103", report=14, case_document=64)  # sorvest_unread_78, of which sorvest_reports_14
TRONDELAG = District("5001", report=9, notice=5)  # trondelag_unread_9, trondelag_underretning_5
TROMS = District("5501", report=16, unknown=(2, 2, 3))  # pod_children_troms_7, in three cases
OSLO = District("0301", report=20, unknown=(1,))  # pod_children_oslo_1
OTHERS = District("4601", report=UNOPENED - 6 - 14 - 9 - 16 - 20)  # the other districts together
DISTRICTS = (EAST, SOUTH_WEST, TRONDELAG, TROMS, OSLO, OTHERS)


class Sent(NamedTuple):
    id: str
    category: str
    at: datetime
    was_opened_late: bool


@pytest.fixture
def country():
    return {district: scenes.service(district.service) for district in DISTRICTS}


@pytest.fixture
def people(country):
    one, *others = country.values()
    made = [scenes.person(name, role, of=one, now=FIRST) for name, role in (("Lena", "manager"), ("Anne", "caseworker"), ("Berit", "reviewer"))]
    for user, role in zip(made, ("manager", "caseworker", "reviewer"), strict=True):
        for service in others:
            grant(user, service, role)
        user.memberships.update(valid_from=FIRST)
    return made


def letters(district):
    kinds = [kind for kind in TITLES for _ in range(getattr(district, kind))]
    span = timedelta(days=1900) / len(kinds)
    return [Sent(scenes.uuid(), kind, FIRST + place * span, place % 5 == 4) for place, kind in enumerate(kinds)]


def bring_in(service, sent, *, now):
    """What the service's access point tells of the letters, with their titles, and what Altinn does: one message each."""
    orgnr = Municipality.objects.get(code=service.code).orgnr
    told = [
        {
            "messageId": one.id,
            "serviceIdentifier": "DPV",
            "direction": "INCOMING",
            "receiverIdentifier": f"0192:{orgnr}",
            "messageTitle": TITLES[one.category],
            "messageStatuses": [{"status": "LEVERT", "lastUpdate": one.at.isoformat()}],
        }
        for one in sent
    ]
    details = [
        {
            "correspondenceId": scenes.uuid(),
            "recipient": f"urn:altinn:organization:identifier-no:{orgnr}",
            "sendersReference": one.id,
            "statusHistory": [
                {"status": status, "statusChanged": at.isoformat()}
                for status, at in [("Published", one.at), *([("Read", one.at + timedelta(days=11))] if one.was_opened_late else [])]
            ],
        }
        for one in sent
    ]
    scenes.bring_in_file(service, "eformidling", "conversations.json", "\n".join(map(json.dumps, told)), now=now)
    scenes.bring_in_file(service, "altinn", "altinn.json", json.dumps(details), now=now, vantage="recipient")


def by_category(statement):
    return {category: count for category, count in statement.figures["inbound"]["open_categories"].items() if count}


def test_the_published_table_comes_out_of_files_and_decisions(country, people):
    manager, anne, berit = people
    sent = {district: letters(district) for district in DISTRICTS}
    for district, service in country.items():
        bring_in(service, sent[district], now=FOUND)
    services = list(country.values())
    found = {row.service.code: row for row in queries.rows(issue(*services, by=manager, now=FOUND, **PERIOD))}

    assert by_category(found[EAST.service]) == {"notice": 46, "report": 6}
    assert found[EAST.service].figures["inbound"]["needs_a_person"] == {"": 52}
    assert by_category(found[SOUTH_WEST.service]) == {"case_document": 64, "report": 14}
    assert found[SOUTH_WEST.service].figures["inbound"]["needs_a_person"] == {"": 78}
    assert by_category(found[TRONDELAG.service]) == {"report": 9, "notice": 5}
    country_wide = total(row.figures for row in found.values())["inbound"]
    assert country_wide["open_categories"]["report"] == UNOPENED
    states = country_wide["states"]
    assert states["unopened"] + states["opened_late"] == country_wide["needs_a_person"][""] == UNOPENED + 46 + 5 + 64
    assert states["opened_late"] > 0
    assert country_wide["late"][""] == states["opened_late"] and country_wide["never_seen"][""] == states["unopened"]

    for district in DISTRICTS:
        reports = [one for one in sent[district] if one.category == "report"]
        for one, children in zip(reports, district.unknown, strict=False):
            said = {"outcome": "lost", "children": children, "tried": "Altinn, postmottak", "sender_asked": True, "sender_answer": "Sendes på nytt."}
            settle(scenes.known_as(one.id), by=anne, look_by=berit, now=DECIDED, **said)
        for one in reports[len(district.unknown) :]:
            said = {"outcome": "arrived_otherwise", "channel": "letter", "day": one.at.date(), "case_reference": f"p{one.id}", "children": 1}
            settle(scenes.known_as(one.id), by=anne, look_by=berit, now=DECIDED, **said)
    decided = total(row.figures for row in queries.rows(issue(*services, by=manager, now=DECIDED, is_final=True, **PERIOD)))["inbound"]

    assert decided["settled"]["arrived_otherwise"] == KNOWN
    assert decided["settled"]["lost"] == UNKNOWN
    assert decided["settled"]["arrived_otherwise"] + decided["settled"]["lost"] == UNOPENED
    assert decided["children_settled"]["lost"] == CHILDREN
    assert decided["open_categories"] | {"unknown": 0} == {"report": 0, "notice": 51, "case_document": 64, "other": 0, "unknown": 0}
