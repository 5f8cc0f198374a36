"""What the worker does for breaches; each task reads the clock and makes one call."""

from celery import shared_task
from django.utils import timezone

from apps.breaches import reminding
from apps.walls import scope


@shared_task(name="breaches.remind")
@scope.operator(by="breaches.remind")
def remind():
    reminding.remind(now=timezone.now())
