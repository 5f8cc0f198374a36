"""What the worker does for people; each task reads the clock and makes one call."""

from celery import shared_task
from django.utils import timezone

from apps.accounts import actions


@shared_task(name="accounts.forget_ended")
def forget_ended():
    actions.forget_ended(now=timezone.now())
