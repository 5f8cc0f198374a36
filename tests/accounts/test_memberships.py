from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from apps.accounts import actions, queries
from apps.accounts.models import Membership, User
from apps.accounts.roles import Permission, Role
from apps.registry import actions as registry
from tests.town import founded


@pytest.fixture
def town(db):
    return founded()


A_DAY = timedelta(days=1)


def test_a_person_may_what_the_role_gives_in_that_service(town):
    anne = town.person("anne@example.no", ("4601", Role.CASEWORKER))

    assert queries.may(user=anne, permission=Permission.DECIDE, service=town.service("4601"), now=town.now)
    assert queries.may(user=anne, permission=Permission.DECIDE, now=town.now)
    assert not queries.may(user=anne, permission=Permission.DECIDE, service=town.service("4626"), now=town.now)
    assert not queries.may(user=anne, permission=Permission.IMPORT_FILES, service=town.service("4601"), now=town.now)


def test_a_membership_holds_from_its_moment_until_before_its_end(town):
    anne = town.person("anne@example.no", ("4601", Role.CASEWORKER))
    end = town.now + A_DAY
    actions.end_membership(membership=anne.memberships.get(), by=None, now=end)

    held = [queries.scope_at(user=anne, now=now).belongs_somewhere for now in (town.now - A_DAY, town.now, end - timedelta(seconds=1), end)]

    assert held == [False, True, True, False]


def test_an_ended_membership_is_kept_and_cannot_end_again(town):
    anne = town.person("anne@example.no", ("4601", Role.CASEWORKER))
    manager = town.person("mads@example.no", ("4601", Role.MANAGER))
    actions.end_membership(membership=anne.memberships.get(), by=manager, now=town.now + A_DAY)

    with pytest.raises(actions.AlreadyEnded):
        actions.end_membership(membership=anne.memberships.get(), by=None, now=town.now + 2 * A_DAY)

    assert anne.memberships.values_list("valid_to", "ended_by").get() == (town.now + A_DAY, manager.pk)


def test_a_role_can_be_given_again_after_it_ended_but_not_while_it_holds(town):
    anne = town.person("anne@example.no", ("4601", Role.CASEWORKER))
    with pytest.raises(actions.AlreadyMember):
        actions.grant(user=anne, role=Role.CASEWORKER, service=town.service("4601"), by=None, now=town.now + A_DAY)

    actions.end_membership(membership=anne.memberships.get(), by=None, now=town.now + A_DAY)
    actions.grant(user=anne, role=Role.CASEWORKER, service=town.service("4601"), by=None, now=town.now + A_DAY)

    assert anne.memberships.count() == 2


def test_a_person_can_hold_several_roles_in_several_services(town):
    anne = town.person("anne@example.no", ("4601", Role.CASEWORKER), ("4601", Role.AUDITOR), ("0301-03", Role.REVIEWER))

    seen = queries.services(user=anne, permission=Permission.SEE_DELIVERIES, now=town.now)

    assert set(seen.values_list("code", flat=True)) == {"4601", "0301-03"}
    assert queries.scope(anne).roles == [Role.CASEWORKER, Role.REVIEWER, Role.AUDITOR]


@pytest.mark.parametrize(("role", "code"), [(Role.NATIONAL_COORDINATOR, "4601"), (Role.CASEWORKER, "")])
def test_national_roles_and_only_those_belong_to_no_service(town, role, code):
    anne = town.person("anne@example.no")

    with pytest.raises(actions.RoleOutOfPlace):
        actions.grant(user=anne, role=role, service=town.service(code) if code else None, by=None, now=town.now)
    with pytest.raises(IntegrityError, match="only_national_roles_without_service"), transaction.atomic():
        Membership.objects.create(user=anne, role=role, service=town.service(code) if code else None, valid_from=town.now)


def test_a_national_coordinator_has_the_figures_of_every_service_and_no_rows(town):
    nora = town.person("nora@example.no", ("", Role.NATIONAL_COORDINATOR))

    assert queries.services(user=nora, permission=Permission.SEE_FIGURES, now=town.now).count() == 372
    assert not queries.visible_services(nora)


def test_nobody_gives_a_role_to_themselves(town):
    manager = town.person("mads@example.no", ("4601", Role.MANAGER))

    with pytest.raises(actions.NotForOneself):
        actions.grant(user=manager, role=Role.IMPORT_ADMINISTRATOR, service=town.service("4601"), by=manager, now=town.now)


def test_someone_signed_out_or_shut_out_sees_nothing(town):
    anne = town.person("anne@example.no", ("4601", Role.CASEWORKER))
    anne.is_active = False

    assert not queries.scope(AnonymousUser()).belongs_somewhere
    assert not queries.visible_services(AnonymousUser())
    assert not queries.visible_services(anne)


def test_a_requests_scope_is_one_query_however_often_it_is_asked(town, django_assert_num_queries):
    anne = User.objects.get(pk=town.person("anne@example.no", ("4601", Role.CASEWORKER)).pk)

    with django_assert_num_queries(1):
        for permission in Permission:
            queries.scope(anne).may(permission)
            queries.visible_services(anne, permission)


def test_a_new_person_gets_a_first_password_and_a_known_one_only_the_role(town):
    manager = town.person("mads@example.no", ("4601", Role.MANAGER))
    details = {"email": " Anne@Example.no", "full_name": "Anne", "service": town.service("4601"), "by": manager, "now": town.now}

    first = actions.invite(**details, role=Role.CASEWORKER)
    second = actions.invite(**details, role=Role.REVIEWER)

    assert first.membership.user == second.membership.user
    assert first.membership.user.email == "anne@example.no"
    assert first.membership.user.check_password(first.password)
    assert second.password == ""
    assert first.membership.granted_by == manager


def test_an_address_belongs_to_one_person_however_it_is_written(town):
    town.person("anne@example.no")

    with pytest.raises(actions.EmailTaken):
        actions.create_person(email="ANNE@example.no", full_name="Anne", password=town.password, by=None, now=town.now)


def test_a_password_is_renewed_only_by_the_manager_of_every_service_the_person_belongs_to(town):
    bergen, both = town.person("bergen@example.no", ("4601", Role.MANAGER)), town.person("both@example.no", ("4601", Role.MANAGER), ("4626", Role.MANAGER))
    anne = town.person("anne@example.no", ("4601", Role.CASEWORKER), ("4626", Role.CASEWORKER))

    with pytest.raises(actions.NotTheirs):
        actions.renew_password(user=anne, by=bergen, now=town.now)
    assert anne.check_password(actions.renew_password(user=anne, by=both, now=town.now))


@pytest.mark.parametrize("whose", ["superuser", "self", "national"])
def test_some_passwords_no_manager_renews(town, whose):
    manager = town.person("mads@example.no", ("4601", Role.MANAGER))
    others = {
        "superuser": lambda: town.person("root@example.no", ("4601", Role.CASEWORKER), is_superuser=True),
        "self": lambda: manager,
        "national": lambda: town.person("nora@example.no", ("", Role.NATIONAL_COORDINATOR)),
    }

    with pytest.raises(actions.NotTheirs):
        actions.renew_password(user=others[whose](), by=manager, now=town.now)


def test_a_service_is_made_only_out_of_areas_that_one_administrates(town):
    administrator = town.person("ivar@example.no", ("3305", Role.IMPORT_ADMINISTRATOR))

    with pytest.raises(actions.NotTheirs) as refusal:
        actions.make_service(code="joint", name="Joint", areas=[("3305", ""), ("3310", "")], by=administrator, now=town.now)

    assert refusal.value.args == ([("3310", "")],)


def test_whoever_works_in_a_service_that_ends_goes_along_in_the_same_roles(town):
    administrator = town.person("ivar@example.no", ("3305", Role.IMPORT_ADMINISTRATOR), ("3310", Role.IMPORT_ADMINISTRATOR))
    anne = town.person("anne@example.no", ("3305", Role.CASEWORKER), ("3310", Role.REVIEWER))
    gone = town.person("gone@example.no", ("3305", Role.CASEWORKER))
    actions.end_membership(membership=gone.memberships.get(), by=None, now=town.now)

    joint = actions.make_service(code="joint", name="Joint", areas=[("3305", ""), ("3310", "")], by=administrator, now=town.now)

    assert set(joint.memberships.values_list("user__email", "role")) == {
        ("ivar@example.no", Role.IMPORT_ADMINISTRATOR),
        ("anne@example.no", Role.CASEWORKER),
        ("anne@example.no", Role.REVIEWER),
    }
    assert queries.may(user=anne, permission=Permission.SEE_DELIVERIES, service=town.service("3305"), now=town.now)


def test_a_superuser_makes_any_service_without_joining_it(town):
    root = town.person("root@example.no", is_superuser=True)

    joint = actions.make_service(code="joint", name="Joint", areas=[("3305", ""), ("3310", "")], by=root, now=town.now)

    assert not joint.memberships.exists()


def test_a_taken_code_changes_nothing(town):
    root = town.person("root@example.no", is_superuser=True)

    with pytest.raises(registry.CodeTaken):
        actions.make_service(code="4601", name="Joint", areas=[("3305", "")], by=root, now=town.now)

    assert town.service("3305").valid_to is None
