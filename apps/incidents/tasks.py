"""What the worker does for reviews of incidents; each task reads the clock and makes one call."""

from celery import shared_task
from django.utils import timezone

from apps.incidents import reminding
from apps.walls import scope


@shared_task(name="incidents.remind")
@scope.operator(by="incidents.remind")
def remind():
    reminding.remind(now=timezone.now())
