"""A file of a case system that names its columns as it likes, in a browser: recognised, mapped, tried, looked at, and brought in; and a file that is not."""

import pytest
from playwright.sync_api import expect

from tests.journeys.people import ADMINISTRATOR
from tests.journeys.test_from_file_to_decision import accounts

HEADER = "Saksnr;Referanse;Mottatt dato;Registrert;Hva skjedde;Melders navn"
ROWS = [
    f"{number};{number:08}-aaaa-4aaa-8aaa-aaaaaaaaaaaa;{number % 28 + 1}/1/2024 14.05;{number % 28 + 1}/1/2024 14.06;{result};Ola Nordmann"
    for number, result in enumerate(["Lagret"] * 250 + ["Til vurdering"] * 3 + ["Avvist"], start=1)
]
NEVER = "255;00000255-aaaa-4aaa-8aaa-aaaaaaaaaaaa;31/2/2024 14.05;1/3/2024 14.06;Lagret;Ola Nordmann"


def choose(person, name, *lines):
    """Choose a file and say nothing of what it is."""
    page = person.go("/imports/new/").page
    page.set_input_files("input[name=files]", {"name": name, "mimeType": "text/csv", "buffer": "\r\n".join((*lines, "")).encode("cp1252")})
    expect(page.locator("[data-chosen] li")).to_contain_text(name)
    return page


def shown(person):
    """The numbers of the preview on the screen, once it is there by itself."""
    expect(person.page.locator("form[action$='/bring-in/']")).to_be_visible(timeout=60_000)
    return [int("".join(filter(str.isdigit, text))) for text in person.page.locator(".accounts dd").all_inner_texts()]


@pytest.mark.long
def test_from_the_file_to_the_mapping(visitor):
    anne = visitor(ADMINISTRATOR)

    page = choose(anne, "utskrift.csv", HEADER, *ROWS, NEVER)
    anne.look("upload")
    page.locator("form[data-upload] [type=submit]").focus()
    page.keyboard.press("Enter")
    mapping = page.locator("a[href$='/mapping/']")
    expect(mapping).to_be_visible(timeout=60_000)
    anne.look("columns-not-known")
    anne.go("/").look("today-waits")
    expect(page.locator('a.figure[href="/imports/waiting/"]')).to_be_visible()
    page.go_back()

    mapping.focus()
    page.keyboard.press("Enter")
    expect(page.locator("select[name=bekymringsmeldingId]")).to_have_value("Referanse")
    expect(page.locator("select[name=lagretTidspunkt]")).to_have_value("Registrert")
    expect(page.locator("select[name=dates]")).to_have_value("day_first")
    expect(page.locator("main")).not_to_contain_text("Nordmann")
    anne.look("mapping")
    page.select_option("select[name=resultat]", "")
    page.locator("form.mapping [type=submit]").click()
    expect(page.locator("#id_resultat_error")).to_be_visible()
    anne.errors.clear()  # the browser tells that the answer was no
    anne.look("mapping-wrong")
    page.select_option("select[name=resultat]", "Hva skjedde")
    page.locator("form.mapping [type=submit]").click()

    assert shown(anne) == [255, 250, 0, 5], "two words stand further down than the first rows"
    anne.look("preview-with-unknown-words")
    page.click("a[href$='/mapping/']")
    for word, means in {"lagret": "mottatt", "avvist": "feilet", "til vurdering": "mottatt"}.items():
        page.get_by_label(f"«{word}»").select_option(means)
    page.locator("form.mapping [type=submit]").click()
    assert shown(anne) == [255, 254, 0, 1]
    anne.look("preview")

    page.locator("form[action$='/bring-in/'] button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("form[action$='/bring-in/']")).to_have_count(0)
    assert accounts(anne) == [255, 254, 0, 1]
    anne.look("brought-in")

    page.locator("a[href$='/repair/']").first.focus()
    page.keyboard.press("Enter")
    day = page.locator("form[action$='/correct/'] input[name$='-mottattTidspunkt']")
    expect(day).to_have_value("2024-02-31T14:05")
    expect(page.locator("main")).not_to_contain_text("Nordmann")
    anne.look("mapped-repair")
    day.fill("2024-02-29T14:05")
    page.keyboard.press("Enter")
    expect(page.locator(".accounts")).to_be_visible(timeout=60_000)
    assert accounts(anne) == [1, 1, 0, 0]
    anne.look("mapped-repaired")

    page = choose(anne, "neste.csv", HEADER, ROWS[0], ROWS[0].replace("-aaaa-", "-bbbb-"))
    page.locator("form[data-upload] [type=submit]").click()
    assert shown(anne) == [2, 1, 1, 0], "the mapping is the feed's now"
    page.click("a[href$='/otherwise/']")
    anne.look("something-else")
    page.go_back()
    shown(anne)
    page.locator("form[action$='/cancel/'] button").click()
    expect(page.locator("form[action$='/cancel/']")).to_have_count(0)
    anne.look("cancelled")
    anne.go("/imports/cancelled/").look("history-cancelled")
    expect(page.locator("table.list tbody tr")).to_have_count(1)
