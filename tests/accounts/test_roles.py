import pytest

from apps.accounts.roles import ROLE_PERMISSIONS, SUPERUSER_PERMISSIONS, Permission, Role
from apps.accounts.scope import Scope

P = Permission
CHANGES = {P.DECIDE, P.SECOND_LOOK, P.IMPORT_FILES, P.MANAGE_MEMBERS, P.MANAGE_SERVICES}
ROWS = {P.SEE_DELIVERIES, P.SEE_DECISION_TEXTS, P.SEE_IMPORTS, P.SEE_REJECTIONS, P.SEE_TRAIL, P.EXPORT}


def test_every_role_is_in_the_table():
    assert set(ROLE_PERMISSIONS) == set(Role)


def test_every_permission_is_given_by_some_role():
    assert set(Permission) == set().union(*ROLE_PERMISSIONS.values())


@pytest.mark.parametrize(
    ("role", "never"),
    [
        (Role.IMPORT_ADMINISTRATOR, {P.SEE_DECISION_TEXTS, P.DECIDE, P.SECOND_LOOK}),
        (Role.AUDITOR, CHANGES),
        (Role.NATIONAL_COORDINATOR, ROWS | CHANGES),
        (Role.REVIEWER, {P.DECIDE}),
        (Role.CASEWORKER, {P.IMPORT_FILES, P.MANAGE_MEMBERS, P.MANAGE_SERVICES, P.SEE_TRAIL}),
    ],
)
def test_what_a_role_must_never_give(role, never):
    assert not ROLE_PERMISSIONS[role] & never


@pytest.mark.parametrize(
    ("role", "always"),
    [
        (Role.CASEWORKER, {P.SEE_DELIVERIES, P.DECIDE}),
        (Role.REVIEWER, {P.SEE_DELIVERIES, P.SECOND_LOOK}),
        (Role.MANAGER, {P.DECIDE, P.SECOND_LOOK, P.SEE_REJECTIONS, P.MANAGE_MEMBERS}),
        (Role.IMPORT_ADMINISTRATOR, {P.IMPORT_FILES, P.SEE_REJECTIONS}),
        (Role.AUDITOR, {P.SEE_TRAIL, P.SEE_FIGURES}),
        (Role.NATIONAL_COORDINATOR, {P.SEE_FIGURES}),
    ],
)
def test_what_a_role_is_for(role, always):
    assert always <= ROLE_PERMISSIONS[role]


def test_whoever_sets_the_system_up_sees_no_message():
    assert not SUPERUSER_PERMISSIONS & (ROWS | {P.DECIDE, P.SECOND_LOOK})


def test_a_permission_holds_in_the_service_of_the_role_only():
    scope = Scope(frozenset({(1, Role.CASEWORKER), (2, Role.AUDITOR)}))

    assert scope.may(P.DECIDE, 1)
    assert not scope.may(P.DECIDE, 2)
    assert scope.may(P.DECIDE)
    assert scope.services(P.SEE_DELIVERIES) == [1, 2]
    assert scope.services(P.SEE_TRAIL) == [2]


def test_a_national_role_holds_everywhere_for_figures_and_nowhere_for_rows():
    scope = Scope(frozenset({(None, Role.NATIONAL_COORDINATOR)}))

    assert scope.may(P.SEE_FIGURES, 1)
    assert scope.everywhere(P.SEE_FIGURES)
    assert not scope.may(P.SEE_DELIVERIES)
    assert scope.services(P.SEE_DELIVERIES) == []


def test_a_superuser_manages_and_does_nothing_else():
    scope = Scope(is_superuser=True)

    assert scope.belongs_somewhere
    assert scope.may(P.MANAGE_SERVICES, 1)
    assert not scope.may(P.SEE_DELIVERIES)


def test_nobody_may_anything_without_a_role():
    assert not any(Scope().may(permission) for permission in Permission)
