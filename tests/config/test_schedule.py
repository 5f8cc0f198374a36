from config import celery
from config.schedule import DAILY, HOURLY, SCHEDULE, beats


def test_everything_on_the_schedule_is_a_task_that_the_worker_knows():
    celery.app.loader.import_default_modules()

    assert {*SCHEDULE.values(), *HOURLY.values(), *DAILY.values()} <= set(celery.app.tasks)


def test_a_ring_expires_when_the_next_one_comes():
    assert {beat["task"]: (beat["schedule"], beat["options"]["expires"]) for beat in beats().values()} == {
        **dict.fromkeys(SCHEDULE.values(), (60, 60)),
        **dict.fromkeys(HOURLY.values(), (3600, 3600)),
        **dict.fromkeys(DAILY.values(), (86400, 86400)),
    }
