"""The worker's application. PostgreSQL alone records what is owed; a Celery message only rings, and may be lost or come twice."""

import os
import sys
from contextlib import suppress

import structlog
from celery import Celery, Task
from celery.signals import worker_init, worker_ready
from django.db import OperationalError, connections

from config import hearing, login

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class Told(Task):
    """Every line that is logged while a task runs names the task and its id."""

    abstract = True

    def __call__(self, *args, **kwargs):
        login.prove()
        with structlog.contextvars.bound_contextvars(task=self.name, task_id=self.request.id):
            return super().__call__(*args, **kwargs)


app = Celery("framme", task_cls=Told)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()  # the threads of the web process would otherwise ring with an application that knows no broker
app.autodiscover_tasks()
worker_ready.connect(hearing.listen)


@worker_init.connect
def check_login(**_: object) -> None:
    """Celery goes on after any error here but the end of the process."""
    try:
        with suppress(OperationalError):
            login.prove()
    except login.TooPowerful as refused:
        sys.exit(str(refused))
    connections.close_all()  # the processes that do the work must not share this one
