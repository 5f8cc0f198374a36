"""What the worker does for decisions; each task reads the clock and makes one call."""

from celery import shared_task
from django.utils import timezone

from apps.decisions import draws, taken_over
from apps.walls import scope


@shared_task(name="decisions.conclude_taken_over")
@scope.operator(by="decisions.conclude_taken_over")
def conclude_taken_over():
    taken_over.conclude(now=timezone.now())


@shared_task(name="decisions.draw")
@scope.operator(by="decisions.draw")
def draw():
    draws.draw_due(now=timezone.now())
