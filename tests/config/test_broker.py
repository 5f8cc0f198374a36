import threading
from queue import Empty

import pytest
from celery import current_app
from kombu import Connection, Queue

from config import broker, celery


def connected(folder):
    return Connection("filesystem://", transport="config.broker:Transport", transport_options=broker.options(folder))


@pytest.fixture
def channel(tmp_path):
    with connected(tmp_path) as connection:
        yield connection.default_channel


def test_a_message_is_taken_once_and_in_order(channel):
    for number in range(3):
        channel._put("work", {"number": number})

    assert [channel._get("work")["number"] for _ in range(3)] == [0, 1, 2]
    with pytest.raises(Empty):
        channel._get("work")


def test_a_reader_never_takes_half_a_message(channel):
    messages, size = 200, 200_000
    writing = threading.Thread(target=lambda: [channel._put("work", {"body": "x" * size}) for _ in range(messages)])
    taken = []

    writing.start()
    while writing.is_alive() or channel._size("work"):
        try:
            taken.append(len(channel._get("work")["body"]))
        except Empty:
            continue

    assert taken == [size] * messages


def test_a_message_goes_from_one_connection_to_another(tmp_path):
    queue = Queue("work", routing_key="work")
    heard = []

    for _ in range(2):
        with connected(tmp_path) as sender:
            sender.Producer().publish([[7], {}, {}], routing_key="work", declare=[queue], serializer="json")
    with (
        connected(tmp_path) as receiver,
        receiver.Consumer([queue], accept=["json"], callbacks=[lambda body, message: heard.append(body)]),
    ):
        receiver.drain_events(timeout=5)

    assert heard[0] == [[7], {}, {}]


def test_every_thread_rings_our_own_application():
    seen = []

    thread = threading.Thread(target=lambda: seen.append(current_app._get_current_object()))
    thread.start()
    thread.join()

    assert seen == [celery.app]
