"""What the worker does for the watch; the task reads the clock and makes one call."""

from celery import shared_task
from django.utils import timezone

from apps.walls import scope
from apps.watch import actions


@shared_task(name="watch.beat")
@scope.operator(by="watch.beat")
def beat():
    actions.beat(now=timezone.now())
