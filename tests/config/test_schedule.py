from config import celery
from config.schedule import SCHEDULE


def test_everything_on_the_schedule_is_a_task_that_the_worker_knows():
    celery.app.loader.import_default_modules()

    assert set(SCHEDULE.values()) <= set(celery.app.tasks)
