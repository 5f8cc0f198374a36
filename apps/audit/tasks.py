"""What the worker does for the trail; each task reads the clock and makes one call."""

from celery import shared_task
from django.utils import timezone

from apps.audit import actions, anchors
from apps.walls import scope


@shared_task(name="audit.seal")
@scope.operator(by="audit.seal")
def seal():
    actions.seal(now=timezone.now())


@shared_task(name="audit.anchor")
@scope.operator(by="audit.anchor")
def anchor():
    anchors.keep(now=timezone.now())
