"""Where no id is shared, in a browser: a reporter asks, the day is laid out on a sheet, a registration is tied and untied, and what is certainly missing is read."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests import universe, worlds
from tests.journeys.people import CASEWORKER
from tests.worlds import World

DAYS = 20


def bring_in(command, folder, world):
    listed, extract = folder / "list.csv", folder / "extract.xml"
    listed.write_bytes(universe.file("portal-list", list(worlds.portal_list(world))).body)
    extract.write_bytes(worlds.extract(world, timezone.now() - timedelta(minutes=5)))
    for format, file in (("portal-list", listed), ("register-xml", extract)):
        command("import_feed", format, str(file), "--service", "4601")


@pytest.mark.long
def test_a_reporter_asks_and_a_day_is_gone_through(visitor, command, tmp_path):
    first = (timezone.now() - timedelta(days=DAYS + 40)).replace(hour=0, minute=0, second=0, microsecond=0)
    world = World(seed=11, days=DAYS, a_day=1, letters=0.2, first=first)
    bring_in(command, tmp_path, world)
    report = next(one for one in world.reports if one.fate == "prompt" and one.registrations[0].day == one.day)
    kari = visitor(CASEWORKER)

    kari.go("/deliveries/").page.click(".tabs a[href='/deliveries/calls/']")
    kari.look("calls")
    kari.page.click("a[href='/deliveries/calls/search/']")
    kari.page.fill("input[name=first_day]", report.day.isoformat())
    kari.page.press("input[name=first_day]", "Enter")
    expect(kari.page.locator("table.list tbody tr").first).to_be_visible()
    kari.look("asked")
    kari.page.fill("textarea[name=text]", "Ringte fra skolen, barnet 01818012345")
    kari.page.click("#note button[value='']")
    expect(kari.page.locator("#note .ds-validation-message")).to_be_visible()
    kari.errors.clear()  # browsers log every answer that refuses
    kari.look("refused")
    kari.page.fill("textarea[name=text]", "Ringte fra skolen.")
    kari.page.click("#note button[value='']")
    expect(kari.page.locator("h1")).to_contain_text(f"{report.day:%Y%m%d}")
    kari.look("opened")
    kari.page.select_option("select[name=how]", "phone")
    kari.page.click("form[action$='/answer/'] button")
    kari.look("answered")
    kari.page.click(".pairs a[href^='/deliveries/']")
    expect(kari.page.locator("#calls")).to_be_visible()
    kari.look("gap")

    kari.go("/deliveries/suggestions/").look("suggestions")
    kari.go(f"/deliveries/day-sheet/?day={report.day.isoformat()}").look("sheet")
    kari.page.click(f".day-sheet__rows a[href^='/deliveries/']:has-text('{report.id[:8]}')")
    expect(kari.page.locator("#candidates")).to_be_visible()
    kari.look("candidates")
    kari.page.locator("#candidates form[action$='/tie/'] button").first.focus()
    kari.page.keyboard.press("Enter")
    expect(kari.page.locator("form[action$='/untie/'] button")).to_be_visible()
    kari.look("tied")
    kari.page.click("form[action$='/untie/'] button")
    expect(kari.page.locator("form[action$='/untie/'] button")).to_have_count(0)
    kari.go(f"/deliveries/shortfall/?first={first.date().isoformat()}&within=10").look("shortfall")
