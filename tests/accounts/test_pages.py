import time
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts import actions
from apps.accounts.models import Membership, User
from apps.accounts.roles import ROLE_PERMISSIONS, Role, roles_with
from apps.audit.models import Entry
from apps.audit.verbs import Verb
from apps.registry.models import Service
from tests.accounts import signing
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


def test_another_services_membership_and_none_at_all_look_the_same(client, town, manager):
    foreign = town.person("outsider@example.no", ("4626", Role.CASEWORKER)).memberships.get()

    answers = [client.post(reverse("accounts:membership-end", args=[pk])) for pk in (foreign.pk, 10**9)]

    assert [answer.status_code for answer in answers] == [404, 404]
    foreign.refresh_from_db()
    assert foreign.valid_to is None


ABOUT_A_PERSON = ["password-renew", "second-factor-take", "unlock", "shut-out", "let-in"]


@pytest.mark.parametrize("action", ABOUT_A_PERSON)
def test_another_services_person_and_none_at_all_look_the_same(client, town, manager, action):
    foreign = town.person("outsider@example.no", ("4626", Role.CASEWORKER))

    answers = [client.post(reverse(f"accounts:{action}", args=[pk])) for pk in (foreign.pk, 10**9)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert [client.get(reverse("accounts:person", args=[pk])).status_code for pk in (foreign.pk, 10**9)] == [404, 404]


@pytest.mark.parametrize("action", ABOUT_A_PERSON)
def test_whose_other_services_one_does_not_manage_is_shown_with_the_reason_and_left_alone(client, town, manager, action):
    anne = town.person("anne@example.no", ("4601", Role.CASEWORKER), ("4626", Role.CASEWORKER))

    page = client.get(reverse("accounts:person", args=[anne.pk]))
    response = client.post(reverse(f"accounts:{action}", args=[anne.pk]), follow=True)

    assert 'id="why-not"' in page.text
    assert page.text.count('disabled aria-describedby="why-not"') == 2
    assert 'data-color="danger"' in response.text
    assert User.objects.get(pk=anne.pk).is_active


def test_a_manager_renews_a_password(client, town, manager):
    anne = town.person("anne@example.no", ("4601", Role.CASEWORKER))

    response = client.post(reverse("accounts:password-renew", args=[anne.pk]))

    anne.refresh_from_db()
    assert anne.check_password(response.context["password"])


def test_the_password_of_someone_of_another_service_too_is_not_renewed(client, town, manager):
    anne = town.person("anne@example.no", ("4601", Role.CASEWORKER), ("4626", Role.CASEWORKER))

    response = client.post(reverse("accounts:password-renew", args=[anne.pk]))

    anne.refresh_from_db()
    assert response.url == reverse("accounts:person", args=[anne.pk])
    assert anne.check_password(town.password)


def test_a_person_is_shut_out_and_let_in_again(client, town, manager):
    anne, hers = town.person("anne@example.no", ("4601", Role.CASEWORKER)), Client()
    hers.force_login(anne)

    client.post(reverse("accounts:shut-out", args=[anne.pk]))
    assert hers.get(reverse("today")).status_code == 302
    assert signing.give_password(hers, anne.email, town.password).url == reverse("account_inactive")

    client.post(reverse("accounts:let-in", args=[anne.pk]))
    signing.give_password(hers, anne.email, town.password)
    assert hers.get(reverse("today")).status_code == 200


def test_who_lost_their_second_factor_sets_up_another(client, town, manager):
    anne, hers = town.person("anne@example.no", ("4601", Role.CASEWORKER), is_demo=False), Client()
    signing.give_password(hers, anne.email, town.password)
    signing.set_up_app(hers)

    client.post(reverse("accounts:second-factor-take", args=[anne.pk]))

    assert hers.get(reverse("today")).url.startswith(reverse("account_login"))
    signing.give_password(hers, anne.email, town.password)
    assert hers.get(reverse("today")).url == reverse("mfa_index")


def test_a_manager_unlocks_an_account(client, town, manager):
    anne, hers = town.person("anne@example.no", ("4601", Role.CASEWORKER)), Client()
    for number in range(5):
        signing.give_password(hers, anne.email, f"guess {number}")
    client.cookies["django_language"] = "en"
    assert "Locked out" in client.get(reverse(PEOPLE)).text

    client.post(reverse("accounts:unlock", args=[anne.pk]))

    assert "Locked out" not in client.get(reverse(PEOPLE)).text
    signing.give_password(hers, anne.email, town.password)
    assert "_auth_user_id" in hers.session


def test_only_who_sets_the_system_up_opens_a_network(client, town, manager):
    for number in range(30):
        AccessAttempt.objects.create(username=f"{number}@example.no", ip_address="192.0.2.1", failures_since_start=1, attempt_time=timezone.now())
    assert "192.0.2.1" not in client.get(reverse(PEOPLE)).text
    assert client.post(reverse("accounts:source-unlock"), {"source": "192.0.2.1"}).status_code == 403

    client.force_login(town.person("root@example.no", is_superuser=True))
    assert "192.0.2.1" in client.get(reverse(PEOPLE)).text
    client.post(reverse("accounts:source-unlock"), {"source": "192.0.2.1"})

    assert "192.0.2.1" not in client.get(reverse(PEOPLE)).text


def test_a_role_is_given_from_one_day_to_another(client, town, manager):
    first, last = timezone.localdate() + timedelta(days=3), timezone.localdate() + timedelta(days=4)

    invite(client, town, first_date=first.isoformat(), last_date=last.isoformat())

    given = Membership.objects.get(user__email="anne@example.no")
    assert [timezone.localtime(moment).isoformat()[:19] for moment in (given.valid_from, given.valid_to)] == [
        f"{first}T00:00:00",
        f"{last + timedelta(days=1)}T00:00:00",
    ]
    assert "anne@example.no" in client.get(reverse(PEOPLE)).text, "who will belong to the service is shown before they do"


@pytest.mark.parametrize(("first", "last"), [(-1, None), (5, 3), (None, -1)])
def test_a_role_begins_no_earlier_than_today_and_ends_after_it_begins(client, town, manager, first, last):
    today = timezone.localdate()
    dates = {name: "" if days is None else str(today + timedelta(days=days)) for name, days in (("first_date", first), ("last_date", last))}

    response = invite(client, town, **dates)

    assert response.status_code == 400
    assert "id_last_date_error" in response.text
    assert not User.objects.filter(email="anne@example.no").exists()


def test_a_role_that_has_not_begun_can_be_ended_and_never_does(client, town, manager):
    tomorrow = timezone.localdate() + timedelta(days=1)
    invite(client, town, first_date=str(tomorrow))
    membership = Membership.objects.get(user__email="anne@example.no")

    client.post(reverse("accounts:membership-end", args=[membership.pk]))

    assert not Membership.objects.at(timezone.now() + timedelta(days=2)).filter(pk=membership.pk).exists()
    assert "anne@example.no" not in client.get(reverse(PEOPLE)).text


def old(client):
    """The session of somebody who signed in a while ago."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 301}]
    session.save()


def test_giving_a_role_asks_who_one_is_and_then_goes_on_with_what_was_typed(client, town, manager):
    old(client)

    asked = invite(client, town)
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert not User.objects.filter(email="anne@example.no").exists()
    assert client.post(asked.url, {"password": "feil"}).status_code == 200
    done = client.post(asked.url, {"password": town.password, "next": reverse(PEOPLE)})

    assert User.objects.get(email="anne@example.no").check_password(done.context["password"])


def test_making_a_service_asks_who_one_is_because_it_gives_roles(client, town, administrator):
    old(client)

    asked = client.post(reverse(SERVICES), {"code": "ringerike-hole", "name": "Ringerike og Hole", "areas": ["3305/", "3310/"]})

    assert asked.url.startswith(reverse("account_reauthenticate"))
    client.post(asked.url, {"password": town.password, "next": reverse(SERVICES)})
    assert Service.objects.filter(code="ringerike-hole").exists()


def test_taking_a_list_out_asks_who_one_is(client, town, manager):
    url = reverse("deliveries:list") + "?format=csv"
    assert client.get(url).status_code == 200
    old(client)

    asked = client.get(url)

    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert client.post(asked.url, {"password": town.password, "next": url}).url == url


@pytest.mark.parametrize("action", ["password-renew", "second-factor-take", "unlock", "let-in"])
def test_what_opens_an_account_asks_who_one_is(client, town, manager, action):
    anne = town.person("anne@example.no", ("4601", Role.CASEWORKER))
    old(client)

    assert client.post(reverse(f"accounts:{action}", args=[anne.pk])).url.startswith(reverse("account_reauthenticate"))


def test_everybody_sees_what_they_may_do_and_who_may_do_the_rest(client, town):
    client.force_login(town.person("anne@example.no", ("4601", Role.CASEWORKER), ("4626", Role.AUDITOR)))

    places = client.get(reverse("accounts:permissions")).context["places"]

    may = {place.service.code: {answer.permission for answer in place.answers if answer.may} for place in places}
    assert may == {"4601": ROLE_PERMISSIONS[Role.CASEWORKER], "4626": ROLE_PERMISSIONS[Role.AUDITOR]}
    assert all(answer.roles == roles_with(answer.permission) for place in places for answer in place.answers)


def test_who_belongs_nowhere_is_told_whom_to_ask_there_too(client, town):
    client.force_login(town.person("ny@example.no"))

    assert client.get(reverse("accounts:permissions")).status_code == 200


def told(verb):
    return list(Entry.objects.filter(verb=verb).values_list("person_id", "object_id"))


def test_every_grant_and_all_that_is_done_to_an_account_is_in_the_trail(client, town, manager):
    anne = town.person("anne@example.no", ("4601", Role.CASEWORKER))
    invite(client, town, role="reviewer")
    for action in ABOUT_A_PERSON:
        client.post(reverse(f"accounts:{action}", args=[anne.pk]))

    done = (manager.pk, anne.pk)
    assert done in told(Verb.GRANTED)
    assert [told(verb) for verb in (Verb.PASSWORD_RENEWED, Verb.FACTOR_REMOVED, Verb.UNLOCKED, Verb.DISABLED, Verb.ENABLED)] == [[done]] * 5


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
