"""Run inside the program of the journey: something that two others closed last week, drawn for another look."""

from datetime import timedelta

from django.utils import timezone

from apps.decisions import actions as decisions
from apps.decisions import draws, queries
from apps.deliveries.models import Delivery
from apps.walls import scope
from tests import scenes


def draw(code="4601"):
    now = timezone.now()
    with scope.operator(by="journey"):
        delivery = Delivery.objects.select_related("service").open().filter(service__code=code).latest("pk")
        service = delivery.service
        one, other = (scenes.person(name, "caseworker", of=service, now=now - timedelta(days=30)) for name in ("Ola", "Pia"))
        then = now - timedelta(days=7)
        said = {"category": "notice", "read_by": "mottaksleder", "reason": "Lest i postsystemet."}
        seen = queries.version(delivery)
        decision = decisions.decide(delivery=delivery, outcome="other_document", fields=said, by=one, now=then, expected_version=seen)
        decisions.give_second_look(decision=decision, agrees=True, reason="Sett.", by=other, now=then + timedelta(minutes=5))
        draws.draw_due(now=now)
