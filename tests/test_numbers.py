"""The number is the filter: on every page that a role can open, every number that is a link leads to a list that says the same number of itself.

A number is what a link's text consists of, what stands in its badge or its figure, or what it says that it counts (`data-counts`) where that is in words.
"""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
import time_machine
from django.urls import Resolver404, resolve, reverse

from apps.accounts import actions as accounts
from apps.accounts.roles import NATIONAL, Role
from apps.breaches.models import Breach
from apps.calls.models import Call
from apps.decisions.models import Drawn
from apps.deliveries.models import Delivery
from apps.feeds.models import Feed
from apps.handovers.models import Offer
from apps.incidents.models import Task
from apps.ledger.models import Import
from apps.letters.models import Printing
from apps.reports.models import Control
from apps.statements.models import Statement
from apps.watch.models import Alarm
from apps.worklists.models import Batch
from tests import eventful, scenes
from tests.pages import signed_in
from tests.statements.told import DAY, issue
from tests.test_matrix import PAGES

pytestmark = pytest.mark.django_db

NUMBER = re.compile(r"\d{1,3}(?:\s?\d{3})*")
# Links to one thing by its number, which counts nothing; and how many rows a page shall have.
NAMES_ONE = {"imports:detail", "deliveries:detail", "imports:feed", "calls:detail", "breaches:detail"}
CHOICES = ("paging__sizes", "filters")
# Of the many zeros on a page a few are followed, and lists that are the same for every role of a service once for all of them.
ZEROS_A_PAGE = 2
SAME_FOR_ALL = ("/deliveries/?", "/worklists/inbound/", "/worklists/outbound/", "/figures/statements/")
# Each is worked out anew from the ledger; all those of a statement are followed in tests/statements.
WORKED_OUT, WORKED_OUT_A_PAGE = "/figures/statements/", 8
DIFFERS = ("look=", "queue=")
# What has a page of its own, where one is as good as another; and what two moments are asked about.
THINGS = {
    "alarm": Alarm,
    "batch": Batch,
    "breach": Breach,
    "drawn": Drawn,
    "feed": Feed,
    "offer": Offer,
    "printing": Printing,
    "statement": Statement,
    "task": Task,
}
PERIOD = {"from_day": "2024-01-01", "to_day": "2024-03-31", "basis": "received"}
VOID = ("input", "meta", "link", "br", "hr", "img", "col", "wbr")


class Links(HTMLParser):
    """The links of a page that show a number, with that number; and how many rows the page says that it has."""

    def __init__(self, html):
        super().__init__()
        self.found, self.total, self.link, self.counting, self.inside = [], None, None, "", []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        classes = (given.get("class") or "").split()
        if tag not in VOID:
            self.inside.append((tag, classes))
        if tag == "a":
            self.link = {"href": given.get("href") or "", "text": "", "number": given.get("data-counts"), "classes": classes}

    def handle_startendtag(self, tag, attributes):
        """Parts of drawings hold nothing."""

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop()[0] != tag:
            pass
        if tag == "a" and self.link:
            text = " ".join(self.link["text"].split())
            number = self.link["number"] if self.link["number"] is not None else text if NUMBER.fullmatch(text) else None
            if number is not None and "reference" not in self.link["classes"] and not self.is_choice():
                self.found.append((self.link["href"], int(re.sub(r"\D", "", number))))
            self.link = None

    def handle_data(self, data):
        if self.link:
            self.link["text"] += data
            if self.stands_in("badge", "figure__number") and data.strip():
                self.link["number"] = data
        if self.stands_in("shown__count") and self.total is None and (first := NUMBER.search(data)):
            self.total = int(re.sub(r"\D", "", first[0]))

    def stands_in(self, *wanted):
        return any(name in classes for _tag, classes in self.inside for name in wanted)

    def is_choice(self):
        return self.stands_in(*CHOICES)


@pytest.fixture(scope="module")
def bergen(database_of_its_own, django_db_blocker):
    """Made once, for all roles."""
    with django_db_blocker.unblock(), time_machine.travel(scenes.NOW, tick=False):
        service = eventful.of_everything()
        issue(service, by=scenes.person("Lise", Role.MANAGER, of=service), now=scenes.NOW + 5 * DAY)
        yield service


def pages(service):
    """The address of every page that is looked at and not sent, and of one of everything that has a page of its own."""
    about = {
        "delivery": Delivery.objects.filter(service=service).earliest("pk").pk,
        "call": Call.objects.filter(service=service).latest("pk").pk,
        "control": Control.objects.get(service=service).pk,
        "import": Import.objects.filter(service=service, rejected__gt=0).earliest("pk").pk,
        "person": Control.objects.get(service=service).by_id,
        **{name: model.objects.filter(service=service).latest("pk").pk for name, model in THINGS.items()},
        "review": Task.objects.get(service=service).review_id,
    }
    for name, page in PAGES.items():
        if page.method == "get" and ":" in name and not name.startswith("api:") and (not page.about or page.about in about):
            yield reverse(name, args=[about[page.about], *page.args] if page.about else page.args)
    yield reverse("statements:between", query={"services": service.code, **PERIOD, "first_as_of": "2024-02-05T10:00"})
    yield reverse("today")
    yield reverse("overview:page", query={"direction": "outbound"})


def person(role, service):
    if role not in NATIONAL:
        return scenes.person("Rolf", role, of=service)
    user = scenes.person("Nina", of=service)
    accounts.grant(user=user, role=role, service=None, by=None, now=scenes.RECEIVED)
    return user


def names_one(url):
    try:
        return resolve(url.split("?")[0].split("#")[0]).view_name in NAMES_ONE
    except Resolver404:
        return False


def total(response):
    """How many rows a list has: as it says itself, or, of the lines of a file, which say nothing, how many it shows."""
    said = Links(response.content.decode()).total
    return len(response.context["page"].lines) if said is None and "fate" in response.context else said


@pytest.fixture(scope="module")
def totals():
    """How many rows the lists have that are the same for all."""
    return {}


def is_same_for_all(url):
    return url.startswith(SAME_FOR_ALL) and not any(word in url for word in DIFFERS)


@pytest.mark.parametrize("role", Role.values)
def test_every_number_that_is_a_link_is_the_number_of_its_rows(bergen, role, totals):
    client, known, wrong = signed_in(person(role, bergen)), {}, []

    for address in pages(bergen):
        response = client.get(address)
        if response.status_code != 200 or response.streaming or "html" not in response["Content-Type"]:
            continue
        zeros = worked_out = 0
        for href, number in Links(response.content.decode()).found:
            url = urljoin(address, href).split("#")[0]
            zeros += number == 0
            worked_out += url.startswith(WORKED_OUT) and number > 0
            if names_one(url) or (url not in known and ((number == 0 and zeros > ZEROS_A_PAGE) or worked_out > WORKED_OUT_A_PAGE)):
                continue
            if url not in known:
                known[url] = totals[url] if url in totals else total(client.get(url))
            if is_same_for_all(url):
                totals[url] = known[url]
            if known[url] != number:
                wrong.append(f"{address}: {number} leads to {known[url]} at {url}")

    assert wrong == []
    assert len(known) >= {Role.NATIONAL_COORDINATOR: 0}.get(role, 20)


def test_a_number_is_found_however_it_is_written():
    found = Links(
        '<p class="shown"><span class="shown__count">1 204 av 2 000</span></p><a href="/a"> 12 </a><a href="/b">Open <span class="badge">3</span></a>'
        '<a href="/c" data-counts="4">four of them</a><a href="/d">line 5</a><a class="reference" href="/e">17</a>'
        '<nav class="paging__sizes"><a href="/f">25</a></nav>'
    )

    assert (found.found, found.total) == ([("/a", 12), ("/b", 3), ("/c", 4)], 1204)
