"""What the worker does for the watch; each task reads the clock and makes one call."""

from celery import shared_task
from django.utils import timezone

from apps.walls import scope
from apps.watch import actions, sending, telling


@shared_task(name="watch.beat")
@scope.operator(by="watch.beat")
def beat():
    actions.beat(now=timezone.now())


@shared_task(name="watch.send")
@scope.operator(by="watch.send")
def send():
    telling.send_due(clock=timezone.now, ways=sending.WAYS)
