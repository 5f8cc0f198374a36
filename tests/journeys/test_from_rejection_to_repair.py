"""A file with lines that cannot be read, in a browser and by keyboard: corrected in place, brought in, and the wrong file taken back."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.journeys.people import ADMINISTRATOR
from tests.journeys.test_from_file_to_decision import accounts

HEADER = "bekymringsmeldingId;innsendt;kommunenummer;skjemaType;kanal"
LINES = [
    "aaaaaaaa-0000-4000-8000-000000000001;2024-02-01T10:00:00;4601;OFFENTLIG;PORTAL",
    "aaaaaaaa-0000-4000-8000-000000000002;2024-02-01T11:00:00;9999;OFFENTLIG;PORTAL",
    "aaaaaaaa-0000-4000-8000-000000000003;2024-02-01T12:00:00;9999;OFFENTLIG;PORTAL",
    "aaaaaaaa-0000-4000-8000-000000000005;2024-02-01T13:00:00;9998;OFFENTLIG;PORTAL",
    "aaaaaaaa-0000-4000-8000-000000000004;31.02.2024;4601;OFFENTLIG;ringte om 018175 12345",
]


def until_there_are(count, page):
    """Lines that wait; those that were released are read by the worker meanwhile."""
    for _ in range(120):
        if page.reload() and page.locator("fieldset.torn").count() == count:
            return
        page.wait_for_timeout(500)
    expect(page.locator("fieldset.torn")).to_have_count(count)


@pytest.mark.long
def test_from_the_rejection_to_the_repair(visitor):
    anne = visitor(ADMINISTRATOR)
    page = anne.go("/imports/new/").page
    page.click("form[data-upload] summary")
    page.check("input[name=format][value=portal-list]")
    page.check("input[name=at_once]")
    page.set_input_files("input[name=files]", {"name": "liste.csv", "mimeType": "text/csv", "buffer": "\r\n".join((HEADER, *LINES)).encode()})
    page.locator("form[data-upload] [type=submit]").click()
    expect(page.locator(".accounts")).to_be_visible(timeout=60_000)
    assert accounts(anne) == [5, 1, 0, 4]
    anne.look("with-rejected-lines")
    rejecting = page.url

    page.locator("a[href$='/repair/']").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("fieldset.torn")).to_have_count(4)
    anne.look("repair")

    page.locator("form[action$='/correct/'] input[name$='-innsendt']").last.fill("30.02.2024")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    anne.errors.clear()  # the browser tells that the answer was no
    anne.look("still-wrong")
    page.locator("form[action$='/correct/'] input[name$='-innsendt']").last.fill("2024-02-03")
    page.locator("form[action$='/correct/'] input[name$='-kanal']").last.fill("TELEFON")
    page.keyboard.press("Enter")
    expect(page.locator(".accounts")).to_be_visible(timeout=60_000)
    assert accounts(anne) == [1, 1, 0, 0]
    anne.look("corrected")

    page.goto(rejecting + "repair/")
    expect(page.locator("fieldset.torn")).to_have_count(3)
    page.locator("form[action$='/place/'] button").last.focus()
    page.keyboard.press("Enter")
    expect(page.locator("form[action$='/displace/']")).to_contain_text("9998")
    anne.look("our-own-number")
    until_there_are(2, page)
    page.locator("form[action$='/replace/'] input[name=value]").first.fill("4601")
    page.keyboard.press("Enter")
    expect(page.locator(".accounts")).to_be_visible(timeout=60_000)
    assert accounts(anne) == [2, 2, 0, 0]
    page.goto(rejecting)
    expect(page.locator("a[href$='/repair/']")).to_have_count(0)
    anne.look("corrected-all")
    page.goto(rejecting + "lines/rejected/")
    anne.look("rejected-and-corrected")

    page.goto(rejecting + "undo/")
    anne.look("take-back")
    page.fill("#undo-reason", "Feil måned.")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/imports/\d+/$"))
    expect(page.locator("main")).to_contain_text("Feil måned.")
    anne.look("taken-back")
    anne.go("/imports/undone/").look("history-taken-back")
    expect(page.locator("table.list tbody tr")).to_have_count(1)

    the_status_is_explained(anne, page)


def the_status_is_explained(anne, page):
    """A status that nobody knows, by keyboard: from the file that names it, to the file that has no warning any more."""
    told = [{"id": "aaaaaaaa-0000-4000-8000-000000000009", "status": "RETUR", "sisteStatusEndring": "2024-02-01T10:12:00+01:00"}]
    anne.go("/imports/new/")
    page.set_input_files("input[name=files]", {"name": "status.json", "mimeType": "application/json", "buffer": json.dumps(told).encode()})
    page.locator("form[data-upload] [type=submit]").click()
    expect(page.locator("form[action$='/bring-in/']")).to_be_visible(timeout=60_000)
    anne.look("preview-with-unknown-status")
    page.locator("a[href*='/statuses/']").first.focus()
    page.keyboard.press("Enter")
    page.locator("select[name=code]").select_option("failed")
    page.locator("input[name=reason]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-field=validation]")).to_be_visible()
    anne.errors.clear()  # the browser tells that the answer was no
    anne.look("status-without-reason")
    page.locator("input[name=reason]").fill("Leverandøren sier det.")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Leverandøren sier det.")
    expect(page.locator("a[href*='/statuses/']")).to_have_count(1)
    anne.look("preview-with-explained-status")
