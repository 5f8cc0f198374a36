"""A manager's way in a browser: an outage is marked, a review opened and frozen, and answered; a number that cannot be comes back with what was typed."""

import pytest
from playwright.sync_api import expect

from tests.journeys.people import MANAGER

OUTAGE = {"system": "Familia", "first_day": "2024-01-31", "last_day": "2024-02-01", "what": "Portalen var nede.", "said_by": "KS", "source": "Driftsmelding 17"}
REVIEW = {"title": "Portalens tap", "system": "Familia", "begins": "2024-01-01", "ends": "2024-02-28"}
CLAIM = {"number": "63", "said_by": "Bufdir", "said_on": "2024-03-01", "source": "Kartlegging"}


@pytest.mark.long
def test_from_an_outage_to_the_answer(visitor):
    mads = visitor(MANAGER)
    page = mads.page
    page.click(".header__nav a[href='/incidents/']")
    mads.look("no-incidents")

    mads.go("/incidents/outages/").look("no-outages")
    fill(page, OUTAGE | {"said_on": "2024-02-02"})
    page.locator("section[aria-labelledby=mark] [type=submit]").click()
    expect(page.locator("table.list tbody tr")).to_have_count(1)
    mads.look("outages")
    mads.go("/incidents/outages/systems/")
    fill(page, {"system": "Familia", "adopted_on": "2023-01-01", "patched_on": "2022-12-31"})
    page.locator("main form [type=submit]").last.click()
    expect(page.locator("#id_patched_on_error")).to_be_visible()
    mads.errors.clear()  # the browser tells of every 422
    mads.look("patched-too-early")
    page.fill("input[name=patched_on]", "")
    page.locator("main form [type=submit]").last.click()
    expect(page.locator("table.list tbody tr")).to_have_count(1)

    mads.go("/incidents/open/").look("open-a-review")
    fill(page, REVIEW)
    page.select_option("select[name=channel]", "portal")
    page.locator("main form [type=submit]").click()
    expect(page.locator("#waiting")).to_be_visible()
    mads.look("before-freezing")
    page.locator("form[action$='/freeze/'] [type=submit]").click()
    expect(page.locator("#progress")).to_be_visible()
    page.locator("section[aria-labelledby=claims] summary").click()
    fill(page, CLAIM)
    page.locator("form[action$='/claim/'] [type=submit]").click()
    mads.look("frozen")

    page.locator("section[aria-labelledby=progress] tbody a").click()
    fill(page, {"count": "7", "text": "Søkt i fagsystemet."})
    page.locator("form[action$='/answer/'] [type=submit]").click()
    expect(page.locator("#id_count_error")).to_be_visible()
    expect(page.locator("form[action$='/answer/'] textarea")).to_have_value("Søkt i fagsystemet.")
    mads.errors.clear()
    mads.look("too-many")
    page.fill("input[name=count]", "0")
    page.select_option("select[name=method]", "each")
    page.locator("form[action$='/answer/'] [type=submit]").click()
    expect(page.locator("section[aria-labelledby=answer] .told__entry")).to_have_count(1)
    mads.look("answered")


def fill(page, typed):
    for name, text in typed.items():
        page.locator(f"main [name={name}]:visible").first.fill(text)
