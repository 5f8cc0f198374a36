"""Statements are numbered, never changed, signed by the trail, and come out the same for ever."""

import io
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import translation

from apps.audit.models import Entry
from apps.deliveries import actions as deliveries
from apps.feeds import actions as feeds
from apps.feeds import undoing
from apps.ledger import actions as ledger
from apps.ledger import retention
from apps.ledger.models import Event, Reference
from apps.registry.models import Policy
from apps.statements import actions, invariants, queries
from apps.statements.models import Statement
from tests.pages import grant, reports
from tests.statements.told import DAY, issue, number, settle


def broken(now):
    return [named for invariant in invariants.INVARIANTS for named in invariant.offending(now)]


def portal_id(delivery):
    return Reference.objects.get(delivery=delivery.pk, namespace="portal").value


def test_a_statement_tells_the_figures_of_its_period_at_its_clock(scenes, bergen, manager):
    reports(bergen, 7, 8, 40)

    statement = issue(bergen, by=manager, from_day=date(2024, 1, 15), to_day=date(2024, 2, 29))

    assert (statement.number, number(statement, "deliveries"), number(statement, "states", "unconfirmed")) == (1, 2, 2)
    assert (number(statement, "children"), number(statement, "deliveries", direction="outbound")) == (2, 0)


def test_a_message_belongs_to_one_period_and_none_is_lost_between_two(scenes, bergen, manager):
    reports(bergen, *range(1, 50))

    parts = [issue(bergen, by=manager, from_day=date(2023, 12, 1), to_day=date(2024, 1, 20)), issue(bergen, by=manager, from_day=date(2024, 1, 21))]

    assert sum(number(part, "deliveries") for part in parts) == 49


def test_statements_of_a_scope_are_numbered_without_holes(scenes, bergen, sandefjord, manager):
    grant(manager, sandefjord, "manager")

    numbers = [issue(*services, by=manager).number for services in ([bergen], [bergen], [sandefjord, bergen], [sandefjord], [bergen])]

    assert numbers == [1, 2, 1, 1, 3]
    with pytest.raises(DatabaseError, match="without holes"), transaction.atomic():
        Statement.objects.create(**again(Statement.objects.last(), number=7))


def again(statement, **changed):
    """The columns of a statement, for another row."""
    columns = {field.attname: getattr(statement, field.attname) for field in Statement._meta.concrete_fields if field.attname != "id"}
    return columns | changed


def test_a_statement_over_several_services_is_a_row_of_each_with_its_own_figures(scenes, bergen, sandefjord, manager):
    grant(manager, sandefjord, "manager")
    reports(bergen, 7, 8)
    reports(sandefjord, 7)

    statement = issue(bergen, sandefjord, by=manager)

    assert [(row.service.code, number(row, "deliveries")) for row in queries.rows(statement)] == [("3907", 1), ("4601", 2)]
    assert {row.scope for row in queries.rows(statement)} == {"3907+4601"}


@pytest.mark.parametrize("role", ["caseworker", "reviewer", "auditor", "import_administrator"])
def test_only_a_manager_issues(scenes, bergen, role):
    with pytest.raises(actions.NotAllowed):
        issue(bergen, by=scenes.person("Rolf", role, of=bergen))


def test_a_manager_of_one_service_issues_for_no_other(scenes, bergen, sandefjord, manager):
    for services in ([sandefjord], [bergen, sandefjord], []):
        with pytest.raises(actions.NotAllowed):
            issue(*services, by=manager)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"from_day": date(2024, 3, 2), "to_day": date(2024, 3, 1)}, "to_day"),
        ({"as_of": timedelta(seconds=1)}, "as_of"),
        ({"known_at": timedelta(seconds=1)}, "known_at"),
        ({"from_day": date(2024, 3, 1)}, "from_day"),
        ({"method": "Gjelder 17888888888"}, "method"),
        ({"method": "x" * 4001}, "method"),
    ],
)
def test_what_cannot_be_told_is_refused_beside_its_field(scenes, bergen, manager, asked, field):
    asked = {name: scenes.NOW + value if isinstance(value, timedelta) else value for name, value in asked.items()}

    with pytest.raises(actions.Refused) as refused:
        issue(bergen, by=manager, **asked)

    assert refused.value.field == field
    assert not Statement.objects.exists()


def test_one_statement_is_replaced_once(scenes, bergen, manager):
    first = issue(bergen, by=manager)
    second = issue(bergen, by=manager, replaces=first)

    with translation.override("en"), pytest.raises(actions.ReplacedBefore, match="by statement 2"):
        issue(bergen, by=manager, replaces=first)

    assert first.replacement == second
    with pytest.raises(IntegrityError), transaction.atomic():
        Statement.objects.create(**again(second, number=3))


def test_a_statement_replaces_one_of_the_same_services_and_period(scenes, bergen, sandefjord, manager):
    grant(manager, sandefjord, "manager")
    first = issue(bergen, by=manager)

    for services, more in ([[bergen, sandefjord], {}], [[bergen], {"to_day": date(2024, 2, 29)}], [[bergen], {"basis": "sent"}]):
        with pytest.raises(actions.AnotherScope):
            issue(*services, by=manager, replaces=first, **more)
    with pytest.raises(DatabaseError, match="same scope and period"), transaction.atomic():
        Statement.objects.create(**again(first, number=2, to_day=date(2024, 2, 29), replaces_id=first.pk))


def test_the_trail_tells_of_a_statement_and_signs_what_it_says(scenes, bergen, manager):
    statement = issue(bergen, by=manager, is_final=True)

    entry = queries.signatures([statement])[statement.pk]

    assert (entry.service_id, entry.person_id, len(entry.hash)) == (bergen.pk, manager.pk, 32)
    assert queries.digest(statement).hex() in entry.text
    assert Entry.objects.filter(verb="issued").count() == 1


def test_nobody_changes_a_statement(scenes, bergen, manager):
    statement = issue(bergen, by=manager)

    for change in (lambda: Statement.objects.update(method="Nytt"), statement.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_figures_come_out_the_same_whatever_happens_later(scenes, bergen, manager, caseworker, reviewer):
    arrives, closed, tied, other, opened = reports(bergen, 20, 20, 20, 20, 30)
    first = issue(bergen, by=manager)
    second = issue(bergen, by=manager, as_of=scenes.NOW - 5 * DAY)
    later = scenes.NOW + DAY
    taken_back = scenes.registration(bergen, at=scenes.RECEIVED, portal=portal_id(arrives), case="17", now=scenes.NOW)
    settle(closed, by=caseworker, look_by=reviewer, now=later)
    ledger.tie(service=bergen, one=tied.pk, namespace="portal", value=portal_id(other), by="7", now=scenes.NOW)
    third = issue(bergen, by=manager, now=scenes.NOW + 2 * DAY)
    undoing.undo(feed_import=taken_back, reason="Feil fil.", by=manager, now=scenes.NOW + 3 * DAY)
    scenes.registration(bergen, at=scenes.RECEIVED, portal=portal_id(opened), case="18", now=scenes.NOW + 3 * DAY)
    deliveries.rebuild(now=scenes.NOW + 3 * DAY)
    Policy.objects.filter(name="register_grace").update(hours=24 * 365)
    feeds.remove_due(now=scenes.NOW + 300 * DAY)
    retention.remove_attributes(service_id=bergen.pk, now=scenes.NOW + 4000 * DAY)

    assert broken(scenes.NOW + 4000 * DAY) == []
    assert [number(one, "deliveries") for one in (first, second, third)] == [5, 5, 4]
    assert [number(one, "states", "unconfirmed") for one in (first, second, third)] == [5, 5, 2]


def test_what_is_appended_at_the_time_of_a_statement_is_learned_after_it(scenes, bergen, manager):
    statement = issue(bergen, by=manager)

    report = scenes.report(bergen, now=scenes.NOW)

    assert Event.objects.get(reference=report.pk).learned_at == statement.known_at + timedelta(microseconds=1)
    assert broken(scenes.NOW) == []
    assert number(issue(bergen, by=manager, now=scenes.NOW + DAY), "deliveries") == 1


def test_a_number_that_is_another_breaks_the_invariant(scenes, bergen, manager, monkeypatch):
    reports(bergen, 7)
    issue(bergen, by=manager)
    monkeypatch.setattr(invariants, "agrees", lambda told, again: False)

    assert broken(scenes.NOW) != []


def test_of_many_statements_each_has_its_turn_and_of_few_all_have(scenes, bergen, manager, monkeypatch):
    made = [issue(bergen, by=manager) for _ in range(9)]

    def turns(count):
        return [[one.number for one in invariants.in_turn(scenes.NOW + n * timedelta(minutes=5))] for n in range(count)]

    assert turns(1) == [[one.number for one in made]]
    monkeypatch.setattr(invariants, "AT_ONCE", 2 * invariants.EACH)
    assert sorted(turns(5)) == [[1, 2, 9], [3, 4, 9], [5, 6, 9], [7, 8, 9], [9]]


def test_coverage_says_which_days_no_feed_told_anything_of(scenes, bergen, manager):
    reports(bergen, 1, 2, 5)

    statement = issue(bergen, by=manager, from_day=date(2024, 2, 1), to_day=date(2024, 2, 29))

    [feed] = statement.coverage["feeds"]
    assert (feed["format"], feed["days"], statement.coverage["days"]) == ("portal-list", 3, 8)
    assert feed["silent"] == [["2024-02-01", "2024-02-02"], ["2024-02-04", "2024-02-05"], ["2024-02-08", "2024-02-08"]]
    assert statement.coverage["reaches_at"] is None


def test_verify_asks_of_statements(scenes, bergen, manager):
    issue(bergen, by=manager)
    told = io.StringIO()

    call_command("verify", stdout=told)

    assert "I15" in told.getvalue()
