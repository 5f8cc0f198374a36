"""What people do together: a message goes to another service and is taken over there, one drawn by chance is looked at again, and a history is taken out."""

import time
from datetime import timedelta
from random import Random

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from config.demo import messages
from tests import universe
from tests.journeys.people import CASEWORKER, MANAGER, REVIEWER

# The worker looks each minute for what is owed across the wall.
CARRIED_WITHIN = 150

pytestmark = pytest.mark.long


@pytest.fixture
def received(command, tmp_path):
    now = timezone.now().replace(microsecond=0)
    lost = [messages.report(Random(days), fate="lost", municipality="4601", at=now - timedelta(days=days, hours=1), children=1) for days in (8, 12)]
    file = universe.file("portal-list", list(universe.portal_list(lost)))
    (tmp_path / file.name).write_bytes(file.body)
    command("import_feed", "portal-list", str(tmp_path / file.name), "--service", "4601")
    command("shell", "-c", "from tests.journeys import chance; chance.draw()")


def until_shown(page, selector):
    """Look again until the worker has been there."""
    begun = time.monotonic()
    while page.locator(selector).count() == 0:
        assert time.monotonic() - begun < CARRIED_WITHIN
        page.wait_for_timeout(3_000)
        page.reload()
    return page.locator(selector).first


def test_a_message_goes_to_another_service_and_one_is_looked_at_again(visitor, received):
    kari, mads = visitor(CASEWORKER), visitor(MANAGER)
    page = kari.go("/worklists/inbound/open/").page
    page.locator("table.list tbody a.reference").first.click()
    page.locator('a[href*="/hand-over/"]').click()
    kari.look("hand-over")
    page.select_option("select[name=to]", index=1)
    page.fill("textarea[name=reason]", "Adressen ligger i den andre kommunen.")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("#handed")).to_be_visible()
    kari.look("handed-over")

    until_shown(mads.go("/deliveries/handovers/").page, "table.list tbody a.reference")
    mads.look("offered")
    mads.go("/").look("start-page")
    mads.go("/deliveries/handovers/").page.locator("table.list tbody a.reference").first.click()
    mads.look("offer")
    mads.page.locator('form[action$="/accept/"] button').click()
    expect(mads.page.locator("#handed")).to_be_visible()
    mads.look("taken-over")
    page.reload()
    until_shown(page, ".told__entry--waits")
    kari.look("proposed")

    siri = visitor(REVIEWER)
    siri.look("start-page-of-who-may-look")
    siri.go("/decisions/drawn/").look("drawn")
    siri.page.locator("table.list tbody a.reference").first.click()
    siri.look("look-again")
    siri.page.locator("#outcome-test_message").check()
    expect(siri.page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    siri.page.fill("textarea[name=reason]", "Det står TEST.")
    siri.page.locator("#verdict button[type=submit]").first.click()
    expect(siri.page.locator("#comparison")).to_be_visible()
    siri.look("differed")
    siri.go("/").look("come-back")

    page.locator('a[href$="/journal/"]').click()
    kari.look("journal")
    page.locator("#signs").check()
    with page.expect_download() as download:
        page.locator('form[action$="/journal/"] button[type=submit]').click()
    assert download.value.suggested_filename.endswith(".pdf")
    download.value.save_as(next(kari.pictures).with_suffix(".pdf"))
