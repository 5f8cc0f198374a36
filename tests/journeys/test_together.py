"""Going through a list together, in a browser: a second look that is given blind, and one thing done to many and taken back as one."""

from datetime import timedelta
from random import Random

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from config.demo import messages
from tests import universe
from tests.journeys.people import CASEWORKER, REVIEWER

pytestmark = pytest.mark.long

UNCONFIRMED = "/worklists/inbound/unconfirmed/"
LOOKS = "/worklists/inbound/second-look/?look=mine"


@pytest.fixture(autouse=True)
def received(command, tmp_path, request):
    """Reports that nothing shows to have arrived; of each journey others."""
    now, seed = timezone.now().replace(microsecond=0), len(request.node.name)
    lost = [messages.report(Random(seed * 100 + days), fate="lost", municipality="4601", at=now - timedelta(days=days), children=1) for days in range(6, 12)]
    file = universe.file("portal-list", list(universe.portal_list(lost)))
    (tmp_path / file.name).write_bytes(file.body)
    command("import_feed", "portal-list", str(tmp_path / file.name), "--service", "4601")


def choose(page, verdict):
    """What the chosen verdict needs is asked when it has been chosen."""
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.check(f"input[name=outcome][value={verdict}]")
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


def decide(person, why):
    """The first of the list is decided by whoever sits there; its address."""
    page = person.go(UNCONFIRMED).page
    page.locator("table.list tbody a.reference").first.click()
    decided = page.url.partition("?")[0]
    choose(page, "test_message")
    page.fill("textarea[name=reason]", why)
    page.click("#decide .needs button[type=submit]")
    page.wait_for_url(lambda url: url.partition("?")[0] != decided)
    return decided


def open_look(person, delivery):
    page = person.page
    page.goto(f"{delivery}?list={LOOKS}")
    page.click("a[href*='/look/']")
    expect(page.locator("#verdict")).to_be_visible()
    return page


def test_a_second_look_is_given_blind_and_then_both_are_shown(visitor):
    kari, siri = visitor(CASEWORKER), visitor(REVIEWER)
    one, other = (decide(kari, why) for why in ("Leverandøren prøvde 4711", "Leverandøren prøvde 4712"))

    siri.go("/").look("siri-today")
    siri.go(LOOKS).look("siri-list")
    page = open_look(siri, one)
    assert "4711" not in page.content()
    assert page.locator("#verdict input:checked").count() == 0
    siri.look("blind")
    choose(page, "other_document")
    assert "4711" not in page.content()
    page.fill("#verdict textarea[name=reason]", "Lest på papir: det er et vedlegg")
    page.click("#verdict .needs button[type=submit]")
    expect(page.locator("#comparison")).to_be_visible()
    for said in ("4711", "Lest på papir"):
        expect(page.locator("main")).to_contain_text(said)
    siri.look("they-differ")

    page = open_look(siri, other)
    choose(page, "test_message")
    page.fill("#verdict textarea[name=reason]", "Avsenderen skrev TEST")
    page.click("#verdict .needs button[type=submit]")
    expect(page.locator("#comparison")).to_be_visible()
    siri.look("they-agree")

    kari.page.goto(one)
    expect(kari.page.locator("main")).to_contain_text("Lest på papir")
    kari.look("back-in-the-queue")


def test_one_thing_is_done_to_all_that_match_and_taken_back_as_one(visitor):
    kari = visitor(CASEWORKER)
    page = kari.go(f"{UNCONFIRMED}?queue=free").page
    before = page.locator("table.list tbody tr").count()

    for row in (0, 2):
        page.locator("input[name=chosen]").nth(row).check()
    kari.look("chosen")
    page.locator(".many button[type=submit]").first.click()
    expect(page.locator("h1")).to_contain_text("2")
    kari.look("two-of-many")
    page.click("button[name=whole]")
    expect(page.locator("h1")).to_contain_text(str(before))
    page.check("#what-claimed")
    page.click("button[name=choose]")
    kari.look("all-that-match")
    page.click("button[name=do]")
    expect(page.locator("#what-was-done")).to_be_visible()
    assert page.locator("table.list tbody tr").count() == before
    kari.look("done-by-one-number")
    done = page.url

    assert kari.go(f"{UNCONFIRMED}?queue=mine").page.locator("table.list tbody tr").count() == before
    kari.look("mine")
    page.goto(done)
    page.click("details summary:has-text('Trekk alt tilbake')")
    page.fill("[name=reason]", "Det var feil liste")
    page.locator("form[action$='/take-back/'] button[type=submit]").click()
    expect(page.locator("dl.pairs")).to_contain_text("Det var feil liste")
    expect(page.locator("dl.pairs")).to_contain_text("Ubekreftet, Til tjenesten, filtrert")
    kari.look("taken-back")
    assert kari.go(f"{UNCONFIRMED}?queue=free").page.locator("table.list tbody tr").count() == before
