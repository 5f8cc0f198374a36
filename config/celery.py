"""The worker's application. PostgreSQL alone records what is owed; a Celery message only rings, and may be lost or come twice."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("framme")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()  # the threads of the web process would otherwise ring with an application that knows no broker
app.autodiscover_tasks()
