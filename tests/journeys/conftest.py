import os
import re
import shutil
import subprocess
import sys
from functools import partial
from itertools import count

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from tests.journeys.people import PASSWORD
from tests.serving import ROOT, serving_from

RESULTS = ROOT / "test-results"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SECONDS = 40
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def chromium():
    """Where the browser is. Without one there is no journey, and in CI that is a failure."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None and os.environ.get("CI"):
        pytest.fail(f"The journey needs a browser, and none of {BROWSERS} is installed.")
    if found is None:
        pytest.skip(f"THE JOURNEY WAS NOT MADE: no browser ({', '.join(BROWSERS)}) is installed on this machine.")
    return found


@pytest.fixture(scope="module")
def running(chromium, tmp_path_factory):
    """The whole program, with the people of the journey and no message yet; of each journey its own, for what one does the next would find."""
    with serving_from(tmp_path_factory.mktemp("journey").resolve() / "home") as running:
        manage(running, "shell", "-c", "from tests.journeys import invitation; invitation.invite()")
        yield running


@pytest.fixture(scope="module")
def command(running):
    """Runs a command of the program that is running, beside it."""
    return partial(manage, running)


def manage(running, *words):
    subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=running.environment, check=True, capture_output=True)


@pytest.fixture
def window(chromium, running, request):
    """Opens a window of its own, where nobody is signed in."""
    folder = RESULTS / request.node.name
    shutil.rmtree(folder, ignore_errors=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        expect.set_options(timeout=SECONDS * 1000)
        pictures = (folder / f"{number:02}" for number in count(1))
        # By a name and not by a number: what browsers know passkeys by.
        address = running.address().rstrip("/").replace("127.0.0.1", "localhost")
        yield lambda scripts=True: Visitor(browser.new_context(locale="nb-NO", java_script_enabled=scripts).new_page(), address, pictures)
        browser.close()


@pytest.fixture
def visitor(window):
    """Opens a window of one's own for each person who signs in."""
    return lambda email: window().sign_in(email)


class Visitor:
    """One person at one browser window. Every page they look at is kept as a picture and must be accessible, by day and by night."""

    def __init__(self, page, address, pictures):
        self.page, self.address, self.pictures = page, address, pictures
        self.errors = []
        page.set_default_timeout(SECONDS * 1000)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)

    def sign_in(self, email):
        self.go("/")
        self.page.fill("input[name=login]", email)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.press("input[name=password]", "Enter")
        expect(self.page.locator(".header__nav")).to_be_visible()
        return self

    def go(self, path):
        self.page.goto(self.address + path)
        return self

    def look(self, name):
        """Keep a picture of the page, and let axe go over it in both colour schemes."""
        # Hiding the caret would leave style attributes behind, which the page's own policy refuses when htmx copies them.
        self.page.screenshot(path=f"{next(self.pictures)}-{name}.png", full_page=True, caret="initial")
        for scheme in ("dark", "light"):
            self.page.emulate_media(color_scheme=scheme)
            found = Axe().run(self.page, options={"runOnly": {"type": "tag", "values": STANDARD}})
            assert found.violations_count == 0, f"{name}, {scheme}: {found.generate_report()}"
        assert self.errors == [], f"{name}: {self.errors}"
        return self

    def look_small(self, name):
        """Keep a picture as a phone shows it, where nothing may stand beside the screen, and one as paper does."""
        whole = self.page.viewport_size
        self.page.set_viewport_size(PHONE)
        self.page.screenshot(path=f"{next(self.pictures)}-{name}-on-a-phone.png", full_page=True, caret="initial")
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        self.page.set_viewport_size(whole)
        self.page.emulate_media(media="print")
        self.page.screenshot(path=f"{next(self.pictures)}-{name}-on-paper.png", full_page=True, caret="initial")
        self.page.emulate_media(media="screen")
        assert wide <= PHONE["width"], f"{name} is {wide} wide on a phone"
        return self

    def number(self, path):
        """The number on the start page that leads to this list."""
        text = self.page.locator(f'a.figure[href="{path}"] .figure__number').inner_text()
        return int(re.sub(r"\D", "", text))
