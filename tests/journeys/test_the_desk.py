"""A hundred open messages, item by item, with the keyboard alone: take, put aside, decide, and the next one of the same list comes by itself."""

import time
from datetime import timedelta
from random import Random

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from config.demo import messages
from tests import universe
from tests.journeys.people import CASEWORKER

ITEMS, MINUTES = 20, 5


@pytest.fixture
def received(command, tmp_path):
    """Reports that nothing shows to have arrived, some of which run out."""
    now = timezone.now().replace(microsecond=0)
    lost = [messages.report(Random(1000 + days), fate="lost", municipality="4601", at=now - timedelta(days=days, hours=1), children=1) for days in range(5, 30)]
    file = universe.file("portal-list", list(universe.portal_list(lost)))
    (tmp_path / file.name).write_bytes(file.body)
    command("import_feed", "portal-list", str(tmp_path / file.name), "--service", "4601")


def place(page):
    return page.locator(".column__place").inner_text()


def settled(page):
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


def press(page, key):
    """A key that leads to another page, or to this one anew."""
    with page.expect_navigation():
        page.keyboard.press(key)


def choose(page, outcome):
    """From the form's first verdict down to the one that is meant."""
    page.keyboard.press("d")
    radio = page.locator(f"#outcome-{outcome}")
    page.keyboard.press("Space")
    for _step in range(12):
        settled(page)
        if radio.is_checked():
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{outcome} was not reached")


def test_twenty_items_in_five_minutes_with_the_keyboard_alone(visitor, received):
    kari = visitor(CASEWORKER)
    page = kari.go("/worklists/inbound/unconfirmed/").page
    page.locator("table.list tbody a.reference").first.focus()
    press(page, "Enter")
    kari.look("desk")
    before = int(place(page).split()[-1])

    page.keyboard.press("?")
    expect(page.locator("#keys-help")).to_be_visible()
    assert set(page.locator("#keys-help dt kbd").all_inner_texts()) >= {"?", "j", "c", "d", "l"}
    assert "k" not in page.locator("#keys-help dt kbd").all_inner_texts(), "there is nothing before the first"
    kari.look("keys")
    page.keyboard.press("Escape")

    begun = time.monotonic()
    for number in range(ITEMS):
        press(page, "c")
        expect(page.locator(".turn__says strong")).to_be_visible()
        if number % 5 == 1:
            page.keyboard.press("l")
            page.keyboard.type("Avsender svarer i morgen")
            press(page, "Enter")
            expect(page.locator(".turn .symbol--pause")).to_be_visible()
            press(page, "j")
            continue
        choose(page, "test_message")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.type(f"Avsenderen kalte den TEST {number}")
        if number == 0:
            kari.look("decision")
        here = page.url
        press(page, "Control+Enter")
        assert page.url != here
    spent = time.monotonic() - begun

    kari.look("desk-afterwards")
    assert int(place(page).split()[-1]) == before - ITEMS + ITEMS // 5
    assert spent < MINUTES * 60, f"{ITEMS} items took {spent:.0f} s"


@pytest.mark.long
def test_keys_can_be_turned_off_and_the_mouse_does_the_same(visitor, received):
    kari = visitor(CASEWORKER)
    page = kari.go("/worklists/inbound/unconfirmed/?queue=free").page
    page.locator("table.list tbody a.reference").first.click()
    page.click("[data-shows-keys]")
    with page.expect_navigation():
        page.locator("#keys-help [name=uses]").click()

    here = page.url
    page.keyboard.press("j")
    assert page.url == here
    page.click(".column a[rel=next]")
    assert place(page).startswith("2 ")
    page.click(".column a[rel=prev]")
    page.click(".turn__acts button[type=submit]")
    expect(page.locator(".turn__says strong")).to_be_visible()
    kari.look("without-keys")
    with page.expect_navigation():
        page.locator(".column__keys [name=uses]").click()


@pytest.mark.long
def test_without_scripts_items_are_taken_and_decided_and_the_next_one_comes(window, received):
    page = window(scripts=False).sign_in(CASEWORKER).go("/worklists/inbound/unconfirmed/?queue=free").page
    page.locator("table.list tbody a.reference").first.click()
    before = int(place(page).split()[-1])
    page.click(".turn__acts button[type=submit]")
    expect(page.locator(".turn__says strong")).to_be_visible()

    first = page.locator("h1").inner_text()
    page.locator("#outcome-test_message").check()
    page.locator("form:has(#outcome-test_message) button[name=choose]").click()
    expect(page.locator("#outcome-test_message")).to_be_checked()
    page.fill("form:has(#outcome-test_message) textarea[name=reason]", "Avsenderen kalte den TEST")
    page.locator("form:has(#outcome-test_message) button[type=submit]:not([name])").click()

    expect(page.locator("h1")).not_to_have_text(first)
    assert int(place(page).split()[-1]) == before - 1
