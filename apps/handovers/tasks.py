"""What the worker does for handovers; the task reads the clock and makes one call."""

from celery import shared_task
from django.utils import timezone

from apps.handovers import actions
from apps.walls import scope


@shared_task(name="handovers.carry")
@scope.operator(by="handovers.carry")
def carry():
    actions.carry(now=timezone.now())
