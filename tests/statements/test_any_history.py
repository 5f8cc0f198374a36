"""Random histories of files, decisions, ties and what was taken back: whatever two moments are asked for, the causes add up to the difference of every figure."""

import os
from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.decisions import actions as decisions
from apps.deliveries import actions as deliveries
from apps.deliveries import hindsight, tallying
from apps.deliveries.models import Delivery
from apps.feeds import undoing
from apps.ledger import actions as ledger
from apps.ledger import halves, words
from apps.ledger import hindsight as known
from apps.ledger.invariants import found
from apps.ledger.models import Import, Reference
from apps.reports import queries as reported
from apps.reports.figures import FIGURES
from apps.statements import explaining, figuring, past
from apps.statements.figuring import total
from tests import scenes
from tests.statements.told import DAY, explained, issue, settle

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("EXAMPLES", "0"))
few = settings(
    max_examples=EXAMPLES or 6,
    derandomize=not EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


class History:
    """A service to which things happen, an hour apart; what happens is the seed's."""

    def __init__(self, seed):
        self.random, self.now = Random(seed), scenes.NOW
        self.service = scenes.service("4601")
        self.manager, self.anne, self.berit = (
            scenes.person(name, role, of=self.service) for name, role in (("Lena", "manager"), ("Anne", "caseworker"), ("Berit", "reviewer"))
        )
        self.portals, self.decided, self.tied, self.statements = [], [], [], []
        self.arrive()

    def go_on(self, steps):
        happenings = (self.arrive, self.arrive, self.register, self.register, self.decide, self.withdraw, self.tie, self.untie, self.take_back, self.wait)
        happenings += (self.pass_on, self.say)
        for _ in range(steps):
            self.now += timedelta(hours=1)
            self.random.choice(happenings)()
            if self.random.random() < 0.4:
                self.statements.append(issue(self.service, by=self.manager, now=self.now, as_of=self.now - self.random.choice((0, 0, 3)) * DAY))
        self.now += timedelta(hours=1)
        self.statements += [issue(self.service, by=self.manager, now=self.now) for _ in range(2)]

    def arrive(self):
        made = [(scenes.uuid(), scenes.NOW - self.random.randrange(1, 300) * timedelta(hours=1)) for _ in range(self.random.randint(1, 4))]
        rows = [
            {"bekymringsmeldingId": portal, "innsendt": scenes.wall(at), "skjemaType": "PRIVAT", "antallBarn": self.random.choice(("", 1, 2))}
            for portal, at in made
        ]
        scenes.bring_in(self.service, "portal-list", *rows, now=self.now)
        self.portals += [portal for portal, _at in made]

    def register(self):
        at = scenes.NOW - self.random.randrange(200) * timedelta(hours=1)
        portals = self.random.sample(self.portals, min(2, len(self.portals)))
        for portal in portals:
            scenes.registration(self.service, at=at, portal=portal, case=self.random.choice(("", f"c{self.random.randrange(4)}")), now=self.now)

    def wait(self):
        self.now += self.random.choice((1, 2, 4)) * DAY

    def some(self):
        return scenes.known_as(self.random.choice(self.portals))

    def decide(self):
        try:
            with transaction.atomic():
                self.decided.append(settle(self.some(), by=self.anne, look_by=self.berit, now=self.now))
        except (
            decisions.AlreadyArrived,
            decisions.AlreadyDecided,
            decisions.Gone,
            Delivery.DoesNotExist,
        ):  # the only file that told of it may have been taken back
            return

    def withdraw(self):
        if self.decided:
            try:
                with transaction.atomic():
                    decisions.withdraw(decision=self.decided.pop(), reason="Feil melding.", by=self.anne, now=self.now)
            except (decisions.NothingToWithdraw, decisions.Gone):
                return

    def tie(self):
        one, other = self.random.choice(self.portals), self.random.choice(self.portals)
        if one != other:
            home = Reference.objects.get(value=one).pk
            ledger.tie(service=self.service, one=home, namespace="portal", value=other, by="7", now=self.now)
            deliveries.reconcile(service=self.service, deliveries=[home], now=self.now)
            self.tied.append((home, other))

    def untie(self):
        if self.tied:
            home, other = self.tied.pop()
            parted = ledger.untie(service=self.service, one=home, namespace="portal", value=other, by="7", now=self.now)
            deliveries.reconcile(service=self.service, deliveries=parted, now=self.now)

    def pass_on(self):
        """The portal says of some what nobody knows."""
        told = {"tidspunkt": scenes.wall(scenes.NOW - self.random.randrange(100) * timedelta(hours=1)), "tilstand": self.random.choice(("NY_EN", "NY_TO"))}
        portals = self.random.sample(self.portals, min(2, len(self.portals)))
        scenes.bring_in(self.service, "portal-history", *({"bekymringsmeldingId": portal, **told} for portal in portals), now=self.now)

    def say(self):
        native, code = self.random.choice(("NY_EN", "NY_TO")), self.random.choice(("unknown", "failed", "opened", "print_sent", "purged_by_platform"))
        words.say(service=self.service, source="portal-history", native=native, code=code, reason="Prøvd.", by=self.anne, now=self.now)
        deliveries.reconcile_owed(now=self.now)

    def take_back(self):
        complete = list(Import.objects.filter(state="complete").order_by("pk"))
        if len(complete) > 1:
            undoing.undo(feed_import=self.random.choice(complete[1:]), reason="Feil fil.", by=self.manager, now=self.now)
            deliveries.reconcile_owed(now=self.now)


def told_anew(statement, monkeypatch, *, fewer):
    """The figures and the count of all services, with everything folded in one go, half by half; where `fewer` is none the sets are always read as they are now."""
    asked = {"services": [statement.service_id], "at": past.moment_of(statement), "period": past.period_of(statement)}
    with monkeypatch.context() as patched:
        patched.setattr(hindsight, "is_mostly_other", lambda **asked: True)
        patched.setattr(known, "FEWER", fewer)
        patched.setattr(halves, "HOMES_TOGETHER", 1)
        patched.setattr(halves, "each", lambda work: [work(0), work(1)])
        return figuring.figures(past.count(**asked)), reported.looked_back(as_of=statement.as_of, known_at=statement.known_at)


def told_again(statement):
    at, period = past.moment_of(statement), past.period_of(statement)
    past.look(name="counted_again", services=[statement.service_id], at=at, period=period)
    assert past.tally(name="counted_again") == past.count(services=[statement.service_id], at=at, period=period)
    return figuring.figures(past.tally(name="counted_again"))


@few
@given(seed=st.integers(0, 2**32), steps=st.integers(3, 14))
def test_the_causes_add_up_and_every_statement_comes_out_the_same(monkeypatch, seed, steps):
    with transaction.atomic():
        history = History(seed)
        history.go_on(steps)

        for statement in history.statements:
            assert told_again(statement) == statement.figures
            whole = reported.recomputed(as_of=statement.as_of, known_at=statement.known_at)
            assert whole == reported.looked_back(as_of=statement.as_of, known_at=statement.known_at)
            assert told_anew(statement, monkeypatch, fewer=history.random.choice((0, 1000))) == (statement.figures, whole)
            assert {figure.name: figure.of(whole) for figure in FIGURES} == {figure.name: statement.figures["inbound"][figure.name] for figure in FIGURES}
        assert not list(found(tallying.WRONG))
        first, *others = history.statements
        for later in others:
            why = explained(first, later)
            assert (why.earlier, why.later) == (first.figures, later.figures)
            assert total(why.figures.values()) == why.whole == figuring.difference(later.figures, first.figures)
            assert Counter(turn for _message, turn in explaining.rows(turns=why.turns, first=0, count=1000)) == why.turns
        transaction.set_rollback(True)
