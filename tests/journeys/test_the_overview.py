"""The manager's way in a browser: from the start page to the overview, from a number to its rows and back, and to a signed control."""

import re
from datetime import timedelta
from random import Random

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from config.demo import messages
from tests import universe
from tests.journeys.people import MANAGER

STAVANGER = "1103"
FATES = ("arrived",) * 9 + ("lost",)
DAYS = 75


@pytest.fixture
def brought_in(command, tmp_path):
    """Ten weeks of reports to the manager's service, of which every tenth was lost; the case system's data reach to yesterday."""
    now, random = timezone.now().replace(microsecond=0), Random(7)
    told = [
        messages.report(
            Random(number), fate=FATES[number % 10], municipality=STAVANGER, at=now - timedelta(seconds=random.randrange(86_400, DAYS * 86_400)), children=1
        )
        for number in range(120)
    ]
    for format, lines in (("portal-list", universe.portal_list(told)), ("mottakslogg", universe.mottakslogg(told, STAVANGER))):
        (tmp_path / format).write_bytes(universe.file(format, list(lines)).body)
        command("import_feed", format, str(tmp_path / format), "--service", STAVANGER)
    command("reconcile")


def number(text):
    return int(re.sub(r"\D", "", text))


@pytest.mark.long
def test_from_a_number_to_its_rows_and_to_a_signed_control(visitor, brought_in):
    mads = visitor(MANAGER)
    page = mads.page

    page.click(".header__nav a[href='/overview/']")
    expect(page.locator("svg[role=img]")).to_have_count(2)
    mads.look("overview")
    page.emulate_media(media="print", color_scheme="light")
    page.screenshot(path=f"{next(mads.pictures)}-overview-on-paper.png", full_page=True)
    page.emulate_media(media="screen")

    older = page.locator("section[aria-labelledby=grid-by-age] tbody tr").first.locator("td a").last
    open_now = page.locator("a.figure").first
    for link in (open_now, older):
        shown = number(link.locator(".figure__number").inner_text() if link is open_now else link.inner_text())
        link.click()
        expect(page.locator(".shown__count")).to_be_visible()
        assert number(page.locator(".shown__count").inner_text().split(" ")[0]) == shown
        mads.look("rows")
        page.go_back()

    page.click("a[href='/overview/controls/']")
    page.click("a[href='/overview/controls/sign/']")
    mads.look("to-sign")
    page.fill("textarea[name=note]", "Gått gjennom på møtet.")
    page.locator("form[method=post] [type=submit]", has_text="Signer").click()
    expect(page.locator("h1")).to_contain_text("avstemt")
    mads.look("signed")
    page.click("a[href='/overview/controls/']")
    expect(page.locator("table.list tbody tr")).to_have_count(1)
    mads.look("controls")
    mads.go("/overview/controls/sign/")
    expect(page.locator(".ds-validation-message")).to_contain_text("signert")
