"""How Framme itself is, for people."""

import pytest
from django.urls import reverse

from apps.feeds.models import Feed
from apps.watch import actions
from tests import scenes
from tests.pages import reports, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture(autouse=True)
def clock(time_machine, settings):
    settings.LANGUAGE_CODE = "en"
    time_machine.move_to(scenes.NOW, tick=False)


def status(person):
    return signed_in(person).get(reverse("watch:status"), headers={"accept-language": "en"})


def test_it_says_when_a_file_was_last_complete_and_which_feeds_are_behind(bergen):
    reports(bergen, 8)
    Feed.objects.update(expected_every=1, created_at=scenes.NOW)
    actions.beat(now=scenes.NOW)

    [proof] = status(scenes.person("Anne", "caseworker", of=bergen)).context["proofs"]

    assert proof.service == bergen
    assert proof.complete_at == scenes.NOW
    assert (proof.late, proof.silent) == (0, 0)


def test_it_shows_the_services_that_one_belongs_to_and_no_other(bergen):
    reports(scenes.service("5001"), 8)

    proofs = status(scenes.person("Anne", "caseworker", of=bergen)).context["proofs"]

    assert [(proof.service, proof.complete_at) for proof in proofs] == [(bergen, None)]


def test_before_the_worker_has_looked_it_says_so(bergen):
    page = status(scenes.person("Anne", "caseworker", of=bergen))

    assert page.context["pulse"] is None
    assert ("The worker looks at everything each minute", False) in [(str(words), holds) for words, holds in page.context["checks"]]
