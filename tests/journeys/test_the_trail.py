"""The auditor's way in a browser: from a message that somebody opened to who it was, and what else they did."""

import pytest
from playwright.sync_api import expect

from tests.journeys.people import AUDITOR, CASEWORKER


@pytest.mark.long
def test_who_saw_and_did_what(visitor):
    kari = visitor(CASEWORKER)
    kari.go("/deliveries/?reference=018180+12345")
    kari.go("/worklists/inbound/unconfirmed/")
    kari.go("/people/")

    petra = visitor(AUDITOR)
    petra.page.click(".header__nav a[href='/trail/']")
    expect(petra.page.locator("table.list tbody tr").first).to_be_visible()
    expect(petra.page.locator("table.list")).to_contain_text("[fnr]")
    expect(petra.page.locator("table.list")).not_to_contain_text("018180")
    petra.look("trail")
    petra.page.locator("table.list a", has_text="Kari Kvam").first.click()
    expect(petra.page.locator("h1")).to_have_text("Kari Kvam")
    petra.look("person")
    petra.page.locator("a.figure").first.click()
    number = petra.page.locator(".shown__count").inner_text()
    expect(petra.page.locator("table.list tbody tr")).to_have_count(int(number.split()[0]))
    petra.go("/trail/denied/")
    expect(petra.page.locator("table.list tbody tr")).to_have_count(1)
    expect(petra.page.locator("table.list")).to_contain_text("/people/")
    petra.look("denied")
    petra.go("/trail/unusual/").look("unusual")
