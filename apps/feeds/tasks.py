"""What the worker does for feeds; each task reads the clock and makes one call."""

from celery import shared_task
from django.utils import timezone

from apps.feeds import actions, fetching, inbox, turns
from apps.walls import scope


@shared_task(name="feeds.run_import")
@scope.operator(by="feeds.run_import")
def run_import(feed_import_id):
    turns.take(feed_import_id=feed_import_id, clock=timezone.now)


@shared_task(name="feeds.sweep")
@scope.operator(by="feeds.sweep")
def sweep():
    actions.sweep(now=timezone.now())


@shared_task(name="feeds.sweep_inbox")
@scope.operator(by="feeds.sweep_inbox")
def sweep_inbox():
    inbox.sweep(now=timezone.now())


@shared_task(name="feeds.fetch_due")
@scope.operator(by="feeds.fetch_due")
def fetch_due():
    fetching.fetch_due(clock=timezone.now)


@shared_task(name="feeds.remove_due")
@scope.operator(by="feeds.remove_due")
def remove_due():
    actions.remove_due(now=timezone.now())
