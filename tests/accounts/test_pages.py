import pytest
from django.urls import reverse

from apps.accounts import actions
from apps.accounts.models import Membership, User
from apps.accounts.roles import Role
from apps.registry.models import Service
from tests.town import founded


@pytest.fixture
def town(db):
    return founded()


PEOPLE, SERVICES = "accounts:people", "accounts:services"


@pytest.fixture
def manager(town, client):
    user = town.person("mads@example.no", ("4601", Role.MANAGER))
    client.force_login(user)
    return user


@pytest.fixture
def administrator(town, client):
    user = town.person("ivar@example.no", ("3305", Role.IMPORT_ADMINISTRATOR), ("3310", Role.IMPORT_ADMINISTRATOR))
    client.force_login(user)
    return user


def invite(client, town, **changes):
    details = {"email": "anne@example.no", "full_name": "Anne Ås", "role": "caseworker", "service": town.service("4601").pk}
    return client.post(reverse(PEOPLE), details | changes)


@pytest.mark.parametrize("page", [PEOPLE, SERVICES])
def test_someone_signed_out_is_sent_to_sign_in(client, db, page):
    assert client.get(reverse(page)).url.startswith(reverse("account_login"))


@pytest.mark.parametrize("page", [PEOPLE, SERVICES])
def test_someone_who_belongs_nowhere_is_told_whom_to_ask(client, town, page):
    client.force_login(town.person("ny@example.no"))

    response = client.get(reverse(page))

    assert response.status_code == 403
    assert "ny@example.no" in response.text


@pytest.mark.parametrize("page", [PEOPLE, SERVICES])
def test_someone_without_the_role_is_told_which_roles_may(client, town, page):
    client.force_login(town.person("anne@example.no", ("4601", Role.CASEWORKER)))
    client.cookies["django_language"] = "en"

    response = client.get(reverse(page))

    assert response.status_code == 403
    assert "These roles may: " in response.text


def test_a_manager_sees_the_people_of_their_own_services_only(client, town, manager):
    town.person("anne@example.no", ("4601", Role.CASEWORKER))
    town.person("outsider@example.no", ("4626", Role.CASEWORKER))

    page = client.get(reverse(PEOPLE)).text

    assert "anne@example.no" in page
    assert "outsider@example.no" not in page


def test_an_invited_persons_first_password_is_shown_once_and_works(client, town, manager):
    response = invite(client, town)

    anne = User.objects.get(email="anne@example.no")
    assert response.status_code == 200
    assert anne.check_password(response.context["password"])
    assert response.context["password"] in response.text
    assert "no-store" in response.headers["Cache-Control"]


def test_what_was_typed_stays_when_an_invitation_is_refused(client, town, manager):
    response = invite(client, town, email="mads@example.no", role="import_administrator")

    assert response.status_code == 400
    assert "id_email_error" in response.text
    assert 'value="Anne Ås"' in response.text


@pytest.mark.parametrize(
    "changes", [{"service": ""}, {"role": "national_coordinator"}, {"role": "king"}, {"email": "anne"}, {"full_name": ""}, {"service": "x"}]
)
def test_an_invitation_that_makes_no_sense_is_refused_beside_the_field(client, town, manager, changes):
    response = invite(client, town, **changes)

    assert response.status_code == 400
    assert f"id_{next(iter(changes))}_error" in response.text
    assert not Membership.objects.filter(user__email="anne@example.no").exists()


def test_nobody_is_invited_into_another_managers_service(client, town, manager):
    response = invite(client, town, service=town.service("4626").pk)

    assert response.status_code == 400
    assert not User.objects.filter(email="anne@example.no").exists()


def test_a_superuser_appoints_the_first_manager_and_the_national_coordinator(client, town):
    client.force_login(town.person("root@example.no", is_superuser=True))

    invite(client, town, role="manager")
    invite(client, town, role="national_coordinator", service="")
    mixed = invite(client, town, role="national_coordinator")

    assert set(Membership.objects.values_list("role", "service__code")) == {("manager", "4601"), ("national_coordinator", None)}
    assert "id_service_error" in mixed.text


def test_a_manager_ends_a_membership(client, town, manager):
    membership = town.person("anne@example.no", ("4601", Role.CASEWORKER)).memberships.get()

    client.post(reverse("accounts:membership-end", args=[membership.pk]))

    membership.refresh_from_db()
    assert membership.valid_to is not None
    assert membership.ended_by == manager


@pytest.mark.parametrize("action", ["accounts:membership-end", "accounts:password-renew"])
def test_another_services_membership_and_none_at_all_look_the_same(client, town, manager, action):
    foreign = town.person("outsider@example.no", ("4626", Role.CASEWORKER)).memberships.get()

    answers = [client.post(reverse(action, args=[pk])) for pk in (foreign.pk, 10**9)]

    assert [answer.status_code for answer in answers] == [404, 404]
    foreign.refresh_from_db()
    assert foreign.valid_to is None


def test_a_manager_renews_a_password(client, town, manager):
    anne = town.person("anne@example.no", ("4601", Role.CASEWORKER))

    response = client.post(reverse("accounts:password-renew", args=[anne.memberships.get().pk]))

    anne.refresh_from_db()
    assert anne.check_password(response.context["password"])


def test_the_password_of_someone_of_another_service_too_is_not_renewed(client, town, manager):
    anne = town.person("anne@example.no", ("4601", Role.CASEWORKER), ("4626", Role.CASEWORKER))

    response = client.post(reverse("accounts:password-renew", args=[anne.memberships.get(service__code="4601").pk]))

    anne.refresh_from_db()
    assert response.url == reverse(PEOPLE)
    assert anne.check_password(town.password)


def test_an_administrator_makes_a_service_out_of_their_own(client, town, administrator):
    response = client.post(reverse(SERVICES), {"code": "ringerike-hole", "name": "Ringerike og Hole", "areas": ["3305/", "3310/"]}, follow=True)

    assert response.redirect_chain == [(reverse(SERVICES), 302)]
    assert "Ringerike og Hole" in response.text
    assert Service.objects.get(code="3310").valid_to is not None


def test_only_areas_that_one_administrates_are_offered(client, town, administrator):
    page = client.get(reverse(SERVICES)).text

    assert 'value="3305/"' in page
    assert 'value="4601/"' not in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"code": "4601"}, "id_code_error", id="taken"),
        pytest.param({"code": "å b"}, "id_code_error", id="not a code"),
        pytest.param({"code": "x" * 21}, "id_code_error", id="too long"),
        pytest.param({"name": ""}, "id_name_error", id="no name"),
        pytest.param({"areas": []}, "areas-error", id="covers nothing"),
        pytest.param({"areas": ["4601/"]}, "areas-error", id="somebody else's"),
        pytest.param({"areas": ["x"]}, "areas-error", id="no area at all"),
    ],
)
def test_what_was_typed_stays_and_the_error_stands_beside_its_field(client, town, administrator, changes, field):
    response = client.post(reverse(SERVICES), {"code": "joint", "name": "Ringerike og Hole", "areas": ["3305/"]} | changes)

    assert response.status_code == 400
    assert field in response.text
    assert ("name" in changes) or 'value="Ringerike og Hole"' in response.text
    assert ("areas" in changes) or 'value="3305/" class="ds-input" id="id_areas_0_0" checked' in response.text
    assert Service.objects.count() == 372


def test_an_area_that_was_moved_meanwhile_is_an_error_of_the_form(client, town, administrator):
    root = town.person("root@example.no", is_superuser=True)
    form = {"code": "joint", "name": "Joint", "areas": ["3305/"]}
    actions.make_service(code="sooner", name="Sooner", areas=[("3305", "")], by=root, now=town.now)
    Membership.objects.filter(service__code="sooner").delete()

    response = client.post(reverse(SERVICES), form)

    assert response.status_code == 400
    assert "areas-error" in response.text


def test_a_superuser_is_offered_everything_by_county(client, town, django_assert_max_num_queries):
    client.force_login(town.person("root@example.no", is_superuser=True))

    with django_assert_max_num_queries(12):
        page = client.get(reverse(SERVICES)).text

    assert page.count('type="checkbox"') == 372
    assert page.count("<summary>Vestland</summary>") == 1
