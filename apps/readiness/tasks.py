"""What the worker does for readiness; each task reads the clock and makes one call."""

from celery import shared_task
from django.utils import timezone

from apps.readiness import reminding
from apps.walls import scope


@shared_task(name="readiness.remind")
@scope.operator(by="readiness.remind")
def remind():
    reminding.remind(now=timezone.now())
