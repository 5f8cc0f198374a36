"""What the worker does for deliveries; each task reads the clock and makes one call."""

from celery import shared_task
from django.utils import timezone

from apps.deliveries import actions
from apps.walls import scope


@shared_task(name="deliveries.reconcile_owed")
@scope.operator(by="deliveries.reconcile_owed")
def reconcile_owed():
    actions.reconcile_owed(now=timezone.now(), waits_for_files=True)


@shared_task(name="deliveries.reconcile_due")
@scope.operator(by="deliveries.reconcile_due")
def reconcile_due():
    actions.reconcile_due(now=timezone.now())
