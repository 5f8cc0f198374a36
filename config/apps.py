from django.apps import AppConfig

from config.celery import app

__all__ = ["app"]  # loaded with Django, so that whatever rings a task rings this application's


class Framme(AppConfig):
    name = "config"

    def ready(self) -> None:
        from apps.walls import scope
        from config import wall  # models, which are there now

        scope.surround(model._meta.db_table for model in wall.surrounded())
