"""The main job from end to end, in a browser: bring in files, work the list, decide, look a second time."""

from datetime import timedelta
from random import Random

from django.utils import timezone
from playwright.sync_api import expect

from config.demo import messages
from tests import universe
from tests.journeys.people import ADMINISTRATOR, CASEWORKER, REVIEWER

ARRIVED = 1500  # so many that the progress of reading can be seen
OPEN = "/worklists/inbound/open/"
UNCONFIRMED = "/worklists/inbound/unconfirmed/"


def files():
    """A portal's list and history and the case system's log of the same reports; the log lacks three of them, and two of its lines are bad."""
    now = timezone.now().replace(microsecond=0)
    lost = [messages.report(Random(days), fate="lost", municipality="4601", at=now - timedelta(days=days), children=1) for days in (6, 20, 27)]
    arrived = [universe.Universe(now=now).report(number, "arrived") for number in range(ARRIVED)]
    arrived += [messages.report(Random(1), fate="arrived", municipality="4601", at=now - timedelta(days=2), children=1)]  # so far the log reaches
    log = [*universe.mottakslogg(arrived), *universe.garbage("mottakslogg")]
    return {
        "portal-list": universe.file("portal-list", list(universe.portal_list(lost + arrived))),
        "portal-history": universe.file("portal-history", list(universe.portal_history(lost + arrived))),
        "mottakslogg": universe.file("mottakslogg", log),
    }


def bring_in(person, file):
    """Choose format and file, without a preview; the page that follows shows the progress until the accounts are there."""
    page = person.go("/imports/new/").page
    page.click("form[data-upload] summary")
    page.check(f"input[name=format][value={file.format}]")
    page.set_input_files("input[name=files]", {"name": file.name, "mimeType": "text/csv", "buffer": file.body})
    expect(page.locator("[data-chosen] li")).to_contain_text(file.name)
    page.check("input[name=at_once]")
    page.locator("form[data-upload] [type=submit]").click()
    expect(page.locator("progress")).to_be_visible()


def accounts(person):
    """The numbers of the import on the screen, once it has ended by itself."""
    expect(person.page.locator(".accounts")).to_be_visible(timeout=60_000)
    expect(person.page.locator("progress")).to_have_count(0)
    return [int("".join(filter(str.isdigit, text))) for text in person.page.locator(".accounts dd").all_inner_texts()]


def choose_lost(person):
    """The verdict; what it needs is asked when it has been chosen."""
    with person.page.expect_response(lambda answer: answer.request.method == "POST"):
        person.page.check("input[name=outcome][value=lost]")
    expect(person.page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


def test_from_the_file_to_the_decision(visitor):
    brought = files()

    anne = visitor(ADMINISTRATOR).look("anne-today")
    anne.go("/imports/new/").look("anne-upload")
    for format, file in brought.items():
        bring_in(anne, file)
        anne.look(f"anne-{format}-on-its-way")
        read, accepted, known, rejected = accounts(anne)
        anne.look(f"anne-{format}-accounts")
        assert (read, accepted, known, rejected) == (file.read, file.read - file.rejected, 0, file.rejected)
    expect(anne.page.locator("#the-rejected")).to_be_visible()
    anne.page.locator(".accounts__part--rejected a").click()
    expect(anne.page.locator(".lines tbody tr")).to_have_count(2)
    anne.look("anne-rejected-lines")
    anne.go("/imports/").look("anne-history")

    kari = visitor(CASEWORKER).look("kari-today")
    before = kari.number(OPEN)
    kari.page.click(f'a.figure[href="{OPEN}"]')
    kari.look("kari-open")
    kari.go(UNCONFIRMED).look("kari-unconfirmed")
    expect(kari.page.locator("table.list tbody tr")).to_have_count(3)
    kari.page.locator("table.list tbody tr").first.locator("a").first.click()
    kari.look("kari-delivery")
    decided = kari.page.url
    choose_lost(kari)
    kari.page.fill("[name=tried]", "Søkt i fagsystemet tre dager før og etter. Arkivet er spurt.")
    kari.page.select_option("[name=sender_asked]", "no")
    kari.page.fill("#decide [name=reason]", "Innholdet er slettet hos portalen.")
    kari.look("kari-decision")
    kari.page.locator("#decide .needs [type=submit]").click()
    expect(kari.page.locator(".messages")).to_be_visible()
    assert kari.page.url.split("?")[0] != decided.split("?")[0], "the next one of the same list opens"
    kari.look("kari-next")
    assert kari.go("/").number(OPEN) == before, "it counts until another person has looked"

    siri = visitor(REVIEWER).look("siri-today")
    siri.go("/worklists/inbound/second-look/").look("siri-second-look")
    siri.page.locator("table.list tbody tr").first.locator("a").first.click()
    siri.look("siri-delivery")
    siri.page.locator('a[href*="/look/"]').first.click()
    siri.look("siri-look")
    choose_lost(siri)
    siri.page.fill("#verdict [name=reason]", "Samme søk gir ingenting.")
    siri.page.locator("#verdict .needs [type=submit]").click()
    expect(siri.page.locator("#comparison")).to_be_visible()
    siri.look("siri-comparison")

    kari.go("/").look("kari-today-afterwards")
    assert kari.number(OPEN) == before - 1
