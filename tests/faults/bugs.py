"""Bugs that the harness must catch, each put in by hand: were one of them let through, a green run would mean nothing."""

import re

from django.db import transaction

from apps.deliveries import folding
from apps.feeds import actions as feeds
from apps.feeds.pipeline import Rows
from apps.ledger import actions as ledger
from apps.ledger.models import Owed

EARLIEST = re.compile(r"min\(h\.occurred_at\) (FILTER \(WHERE .*?\)) AS(?=.*,)")


def publish_without_commit() -> None:
    """A file is answered as received before what was stored of it is committed."""
    receive_file = feeds.receive_file

    def received(**asked):  # type: ignore[no-untyped-def]
        with transaction.atomic():
            answer = receive_file(**asked)
            print("received", answer.feed_import.pk, flush=True)
        return answer

    feeds.receive_file = received


def cursor_before_rows() -> None:
    """What is owed is ticked off when it is begun."""
    claim = ledger.claim

    def claimed(**asked):  # type: ignore[no-untyped-def]
        owed = claim(**asked)
        if owed:
            Owed.objects.filter(pk=owed.pk).delete()
        return owed

    ledger.claim = claimed


def swallowed_exception() -> None:
    """A line that cannot be written is passed over."""
    rejection = Rows.rejection

    def swallowed(self, one):  # type: ignore[no-untyped-def]
        try:
            raise ValueError(rejection(self, one))
        except ValueError:
            self.rejected -= 1
            self.read -= 1
            return ""

    Rows.rejection = swallowed  # type: ignore[method-assign]


def last_one_wins() -> None:
    """The fold takes the time that it met last in place of the earliest one."""
    whole = folding.REST
    folding.REST = EARLIEST.sub(r"(array_agg(h.occurred_at) \1)[count(h.occurred_at) \1] AS", whole)
    assert whole != folding.REST


BUGS = {bug.__name__: bug for bug in (publish_without_commit, cursor_before_rows, swallowed_exception, last_one_wins)}
