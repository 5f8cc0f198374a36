from django.apps import AppConfig

from config.celery import app

__all__ = ["app"]  # loaded with Django, so that whatever rings a task rings this application's


class Framme(AppConfig):
    name = "config"
