"""The worker's application. PostgreSQL alone records what is owed; a Celery message only rings, and may be lost or come twice."""

import os

import structlog
from celery import Celery, Task

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class Told(Task):
    """Every line that is logged while a task runs names the task and its id."""

    abstract = True

    def __call__(self, *args, **kwargs):
        with structlog.contextvars.bound_contextvars(task=self.name, task_id=self.request.id):
            return super().__call__(*args, **kwargs)


app = Celery("framme", task_cls=Told)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()  # the threads of the web process would otherwise ring with an application that knows no broker
app.autodiscover_tasks()
