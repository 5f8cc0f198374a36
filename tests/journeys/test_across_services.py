"""Figures across services for a coordinator, and for a manager two moments, who can open what, and a breach: in a browser, on a phone and on paper."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.journeys.people import COORDINATOR, MANAGER

STAVANGER, BERGEN = "1103", "4601"
BREACH = {"noticed_by": "Mottaksleder", "nature": "Meldinger ble ikke lagret.", "consequences": "Hjelp kom for sent.", "measures": "Hentet på nytt."}


@pytest.fixture
def brought_in(command, tmp_path):
    """Twelve reports to one service and three to another, none of them registered."""
    at = timezone.localtime() - timedelta(days=20)
    for code, count in ((STAVANGER, 12), (BERGEN, 3)):
        rows = [f"0c7c0000-0000-4000-8000-{code}000000{number:02},{at:%Y-%m-%dT%H:%M:%S},{code},PRIVAT" for number in range(count)]
        (tmp_path / code).write_text("\n".join(["bekymringsmeldingId,innsendt,kommunenummer,skjemaType", *rows]))
        command("import_feed", "portal-list", str(tmp_path / code), "--service", code)


@pytest.mark.long
def test_from_figures_across_services_to_a_breach(visitor, brought_in):
    nina = visitor(COORDINATOR)
    nina.go("/figures/").look("figures-of-all").look_small("figures-of-all")
    nina.page.locator("main a[href='/figures/across/']").press("Enter")
    expect(nina.page.locator("table.list tbody tr").first).to_be_visible()
    nina.look("across").look_small("across")
    with nina.page.expect_download() as csv:
        nina.page.locator("main a[href*='format=csv']").press("Enter")
    assert "12" in csv.value.path().read_text(encoding="utf-8-sig")

    mads = visitor(MANAGER)
    page = mads.page
    mads.go("/figures/").look("figures").look_small("figures")
    mads.go("/figures/statements/between/").look("which-moments")
    page.fill("#id_to_day", "2023-01-01")
    page.locator("main form [type=submit]").press("Enter")
    expect(page.locator("#id_to_day_error")).to_be_visible()
    mads.errors.clear()  # the browser tells of every 400
    page.fill("#id_to_day", f"{timezone.localdate():%Y-%m-%d}")
    page.fill("#id_from_day", f"{timezone.localdate() - timedelta(days=300):%Y-%m-%d}")
    page.locator("main form [type=submit]").press("Enter")
    expect(page.locator("section[aria-labelledby=causes] a")).to_have_text("12")
    mads.look("two-moments").look_small("two-moments")

    mads.go("/readiness/").look("nobody-can-open").look_small("nobody-can-open")
    page.fill("input[name=proven_on]", f"{timezone.localdate():%Y-%m-%d}")
    page.locator("form[action$='/prove/'] [type=submit]").press("Enter")
    expect(page.locator("form[action*='/end/']")).to_have_count(1)
    mads.look("one-can-open").look_small("one-can-open")

    mads.go("/incidents/breaches/").look("no-breach")
    page.locator("main a[href$='/new/']").press("Enter")
    page.locator("main form [type=submit]").press("Enter")
    expect(page.locator("#id_nature_error")).to_be_visible()
    mads.errors.clear()
    mads.look("breach-refused").look_small("breach-refused")
    for name, text in BREACH.items():
        page.fill(f"[name={name}]", text)
    page.fill("[name=aware_at]", f"{timezone.localtime() - timedelta(hours=2):%Y-%m-%dT%H:%M}")
    for name in ("from_day", "to_day"):
        page.fill(f"[name={name}]", f"{timezone.localdate():%Y-%m-%d}")
    page.fill("[name=contact]", "Personvernombudet")
    page.locator("main form [type=submit]").press("Enter")
    expect(page.locator("#notice")).to_be_visible()
    mads.look("breach").look_small("breach")
    with page.expect_download() as draft:
        page.locator("form[action$='/draft/'] [type=submit]").press("Enter")
    assert draft.value.path().read_bytes().startswith(b"%PDF")
    mads.go("/incidents/breaches/").look("breaches").look_small("breaches")
