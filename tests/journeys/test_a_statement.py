"""The manager's way in a browser: figures told twice, and why they differ."""

import pytest
from playwright.sync_api import expect

from tests.journeys.people import MANAGER

LIST = "bekymringsmeldingId,innsendt,kommunenummer,skjemaType\n{}"
ROWS = "\n".join(f"0c7c0000-0000-4000-8000-00000000000{n},2024-02-0{n}T10:00:00,1103,PRIVAT" for n in range(1, 6))


@pytest.mark.long
def test_from_figures_to_why_two_statements_differ(visitor, command, tmp_path):
    def brought_in(format, name, text):
        path = tmp_path / name
        path.write_text(text)
        command("import_feed", format, str(path), "--service", "1103")

    brought_in("portal-list", "list.csv", LIST.format(ROWS))
    mads = visitor(MANAGER)
    mads.go("/figures/")
    mads.page.click("main a[href='/figures/statements/']")
    mads.look("none-yet")
    mads.page.click("main a[href='/figures/statements/new/']")
    mads.page.fill("#id_from_day", "2024-02-01")
    mads.page.fill("#id_to_day", "2024-01-01")
    mads.page.fill("#id_method", "Talt av mottaket.")
    mads.page.click("main button[type=submit]")
    expect(mads.page.locator("#id_to_day_error")).to_be_visible()
    expect(mads.page.locator("#id_method")).to_have_value("Talt av mottaket.")
    mads.errors.clear()  # the browser tells of every 422
    mads.look("refused")
    mads.page.fill("#id_to_day", "2024-02-29")
    mads.page.click("main button[type=submit]")
    expect(mads.page.locator("h1")).to_contain_text("1")
    mads.look("statement")
    mads.page.locator("table.counts a", has_text="5").first.click()
    expect(mads.page.locator("table.list tbody tr")).to_have_count(5)
    mads.look("messages")

    stored = "bekymringsmeldingId;mottattTidspunkt;lagretTidspunkt;resultat;kommunenummer\n0c7c0000-0000-4000-8000-000000000001;2024-02-01T11:00:00;2024-02-01T11:00:00;mottatt;1103"
    brought_in("mottakslogg", "log.csv", stored)
    mads.go("/figures/statements/")
    mads.page.locator("table.list tbody a").first.click()
    mads.page.click("main a[href*='replaces=']")
    mads.page.click("main button[type=submit]")
    expect(mads.page.locator("h1")).to_contain_text("2")
    mads.page.click("main a[href$='/difference/']")
    expect(mads.page.locator("section[aria-labelledby=causes] tbody tr")).to_have_count(1)
    mads.look("difference")
    mads.page.locator("section[aria-labelledby=causes] a").click()
    expect(mads.page.locator("table.list tbody tr")).to_have_count(1)
    mads.look("moved")
