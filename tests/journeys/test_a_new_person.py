"""A new person from the invitation to the first day: second factors, their own service and no other, and a session that ends while they write."""

from datetime import timedelta
from random import Random

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from config.demo import messages
from tests import universe
from tests.accounts.signing import code
from tests.journeys.people import MANAGER

STAVANGER, TRONDHEIM = "1103", "5001"
NEW = "nora@example.no"
OWN = "fire helt andre ord"
REASON = "Ringt avsenderen, som ser i arkivet sitt og ringer tilbake i morgen."
END_SESSIONS = "from django.contrib.sessions.models import Session; from django.utils import timezone; Session.objects.update(expire_date=timezone.now())"
EVERYWHERE = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}


def lost_report(municipality):
    """A report that the portal gave a receipt for six days ago, and that nothing shows to have arrived."""
    return messages.report(Random(municipality), fate="lost", municipality=municipality, at=timezone.now() - timedelta(days=6), children=1)


def bring_in(command, municipality, folder):
    report = lost_report(municipality)
    file = universe.file("portal-list", list(universe.portal_list([report])))
    path = folder / f"{municipality}-{file.name}"
    path.write_bytes(file.body)
    command("import_feed", "portal-list", str(path), "--service", municipality)
    command("reconcile")
    return report


def with_passkeys(person):
    """The window of a machine that has a passkey's lock, and somebody who always lays the finger on it."""
    devtools = person.page.context.new_cdp_session(person.page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": EVERYWHERE | {"automaticPresenceSimulation": True}})


def invited(visitor):
    """The first password, as the manager sees it once."""
    mads = visitor(MANAGER).go("/people/").look("mads-people")
    mads.page.fill("[name=email]", NEW)
    mads.page.fill("[name=full_name]", "Nora Ny")
    mads.page.select_option("[name=role]", "caseworker")
    mads.page.select_option("[name=service]", label="Stavanger (1103)")
    mads.page.locator("form:has([name=email]) [type=submit]").click()
    mads.look("mads-first-password")
    password = mads.page.locator("dd code").inner_text()
    mads.go("/people/").page.get_by_role("link", name="Nora Ny").click()
    mads.look("mads-nora")
    mads.go("/people/").page.get_by_role("link", name="Mads Moe").click()
    mads.look("mads-what-others-may")
    mads.go("/accounts/again/?next=/people/").look("mads-again")
    return password


def sign_in(person, password):
    person.go("/").look("nora-sign-in")
    person.page.fill("input[name=login]", NEW)
    person.page.fill("input[name=password]", password)
    person.page.press("input[name=password]", "Enter")
    expect(person.page.locator("[name=oldpassword]")).to_be_visible()
    person.look("nora-first-password")
    for name, value in (("oldpassword", password), ("password1", OWN), ("password2", OWN)):
        person.page.fill(f"[name={name}]", value)
    person.page.press("[name=password2]", "Enter")
    expect(person.page.locator("a[href$='/second-factor/app/']")).to_be_visible()


def set_up_app(person):
    person.look("nora-no-second-factor")
    assert person.go("/deliveries/").page.url.endswith("/second-factor/"), "no other page before it is set up"
    person.page.click("a[href$='/second-factor/app/']")
    person.look("nora-app")
    person.page.fill("[name=code]", code(person.page.locator("#secret").inner_text()))
    person.page.locator("form:has([name=code]) [type=submit]").click()
    expect(person.page.locator(".codes li")).to_have_count(10)
    person.look("nora-recovery-codes")


def set_up_passkey(person):
    person.go("/accounts/second-factor/").page.click("a[href$='/passkeys/add/']")
    person.page.fill("[name=name]", "Maskinen på kontoret")
    person.look("nora-passkey")
    person.page.click("#add-passkey")
    expect(person.page.get_by_text("Maskinen på kontoret").first).to_be_visible()
    person.look("nora-second-factors")


def sign_out(person):
    person.page.locator("header .menu--end summary").click()
    person.page.locator("form[action$='/sign-out/'] button").click()
    expect(person.page.locator("#use-passkey")).to_be_visible()


def begin_to_note(person):
    """A note that is written and not sent."""
    with person.page.expect_response(lambda answer: answer.request.method == "POST"):
        person.page.check("input[name=outcome][value=note]")
    expect(person.page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    person.page.fill("#decide [name=reason]", REASON)


@pytest.mark.long
def test_a_new_person(window, visitor, command, tmp_path):
    hers, others = bring_in(command, STAVANGER, tmp_path), bring_in(command, TRONDHEIM, tmp_path)
    password = invited(visitor)

    nora = window()
    with_passkeys(nora)
    nora.page.clock.install()
    sign_in(nora, password)
    set_up_app(nora)
    set_up_passkey(nora)
    nora.go("/").look("nora-today")
    nora.go("/me/permissions/").look("nora-permissions")
    nora.go("/me/sign-ins/").look("nora-sign-ins")

    nora.go("/deliveries/").look("nora-deliveries")
    expect(nora.page.locator("table.list tbody tr")).to_have_count(1)
    nora.go(f"/deliveries/search/?reference={others.id}").look("nora-not-hers")
    expect(nora.page.locator("main")).not_to_contain_text("Trondheim")
    nora.go(f"/deliveries/search/?reference={hers.id}").look("nora-hers")

    nora.page.clock.fast_forward(timedelta(minutes=13, seconds=30).total_seconds() * 1000)
    expect(nora.page.locator("[data-idle=soon]")).to_be_visible()
    nora.look("nora-idle")
    nora.page.click("[data-idle-stay]")
    expect(nora.page.locator("#idle")).not_to_be_visible()

    begin_to_note(nora)
    command("shell", "-c", END_SESSIONS)
    nora.page.clock.fast_forward(16 * 60 * 1000)
    expect(nora.page.locator("[data-idle=ended]")).to_be_visible()
    nora.look("nora-ended")
    nora.page.locator("[data-idle=ended] [type=submit]").click()
    expect(nora.page.locator("#use-passkey")).to_be_visible()
    nora.look("nora-signed-out")
    nora.page.click("#use-passkey")
    expect(nora.page.get_by_text(REASON)).to_be_visible()
    nora.look("nora-not-sent-yet")
    nora.page.locator("form:not([action$='/forget/']) > [type=submit].ds-button").click()
    expect(nora.page.locator("#history, main")).to_contain_text([REASON])
    nora.look("nora-sent")
    sign_out(nora)
    nora.page.fill("input[name=login]", NEW)
    nora.page.fill("input[name=password]", OWN)
    nora.page.press("input[name=password]", "Enter")
    expect(nora.page.locator("[name=code]")).to_be_visible()
    nora.look("nora-second-step")
    nora.page.click("#use-passkey")
    expect(nora.page.locator(".header__nav")).to_be_visible()
