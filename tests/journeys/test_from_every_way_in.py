"""A feed that is added, arranged and given a key in a browser; then its files come from another system, and from a folder, and are read."""

import json
import urllib.request
import uuid
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.journeys.people import ADMINISTRATOR
from tests.serving import wait_for

HEADER = "bekymringsmeldingId;innsendt;kommunenummer"


def a_list(number):
    return f"{HEADER}\nbbbbbbbb-0000-4000-8000-{number:012};2024-02-01T10:00:00;4601\n".encode()


@pytest.mark.long
def test_from_every_way_in(visitor, running):
    anne = visitor(ADMINISTRATOR)
    page = anne.go("/imports/feeds/").page
    anne.look("feeds")
    anne.go("/imports/sources/").look("how-to-get-the-files")

    anne.go("/imports/feeds/new/").look("add-a-feed")
    page.select_option("select[name=format]", "portal-list")
    page.locator("main form [type=submit]").click()
    expect(page.locator("#ways")).to_be_visible()
    page.fill("input[name=expected_every]", "1")
    page.select_option("select[name=expected_in]", "working")
    page.select_option("select[name=responsible]", index=1)
    page.locator("section[aria-labelledby=arrange] [type=submit]").click()
    expect(page.get_by_text("Kilden er ordnet.")).to_be_visible()
    anne.look("arranged")
    feed = page.url

    page.fill("section[aria-labelledby=keys] input[name=name]", "Fagsystemet")
    page.locator("section[aria-labelledby=keys] form:has(input[name=name]) [type=submit]").click()
    expect(page.locator("#made")).to_be_visible()
    anne.look("a-key")
    key, address = page.locator("section[aria-labelledby=made] .reference").all_inner_texts()[:2]
    (told,) = handed_in(address, key)["imports"]
    assert handed_in(address, key)["imports"] == [told]

    anne.go(f"/imports/{told['id']}/")
    expect(page.locator(".accounts")).to_be_visible(timeout=60_000)
    anne.look("handed-in")

    folder = running.home / "inbox" / "4601.portal-list"
    assert wait_for(folder.is_dir)
    (folder / "list.csv.part").write_bytes(a_list(2))
    (folder / "list.csv.part").rename(folder / "list.csv")
    assert wait_for(lambda: list((folder / "done").glob("*-list.csv")))
    page.goto(feed)
    anne.look("feed-with-files")
    page.goto(urlsplit(feed)._replace(path="/imports/").geturl())
    expect(page.get_by_role("link", name="list.csv", exact=True)).to_be_visible()


def handed_in(address, key):
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": str(uuid.UUID(int=1)), "Content-Type": "text/csv"}
    with urllib.request.urlopen(urllib.request.Request(f"{address}?file_name=handed.csv", a_list(1), headers)) as answer:
        assert answer.status == 202
        return json.loads(answer.read())
