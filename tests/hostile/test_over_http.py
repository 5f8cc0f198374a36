"""What may come instead of an upload: bodies that were cut, names that lie, thousands of parts. Given as a server gives them."""

import io
import socket
import threading
import time
from contextlib import suppress

import pytest
from django.test import RequestFactory
from django.test.client import ClientHandler
from django.urls import reverse

from apps.feeds import actions as feeds
from apps.ledger.models import Import, ImportState
from config import whole
from config.whole import CutOff, Whole, whole_bodies
from tests import scenes

pytestmark = pytest.mark.django_db

BOUNDARY = "----framme"
LINES = b"bekymringsmeldingId;innsendt\n11111111-1111-4111-8111-111111111111;2024-02-01T10:12:00\n22222222-2222-4222-8222-222222222222;2024-02-02T10:12:00\n"


@pytest.fixture
def bergen():
    return scenes.service("4601")


@pytest.fixture
def upload(client, bergen):
    """Sends a body as the upload's form would, by whoever brings in files; the status, and what was then received."""
    client.force_login(scenes.person("Anne", "import_administrator", of=bergen))
    client.get(reverse("imports:upload"))
    cookies = "; ".join(f"{name}={cookie.value}" for name, cookie in client.cookies.items())
    handler = ClientHandler(enforce_csrf_checks=True)
    application = whole_bodies(lambda environ, _start: handler(environ))

    def send(body, *, announced=None):
        content_type = f"multipart/form-data; boundary={BOUNDARY}"
        environ = RequestFactory().generic("POST", reverse("imports:upload"), body, content_type=content_type, headers={"cookie": cookies}).environ
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body) if announced is None else announced)}
        return application(environ, None).status_code, list(Import.objects.values_list("file_name", "stored__size"))

    send.token = client.cookies["csrftoken"].value
    return send


def field(name, value):
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def file(content, *, name="list.csv", content_type="text/csv"):
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: {content_type}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def form(upload, service, *parts):
    return b"".join([field("csrfmiddlewaretoken", upload.token), field("format", "portal-list"), field("service", service.pk), *parts])


END = f"--{BOUNDARY}--\r\n".encode()


def test_a_whole_upload_is_received(upload, bergen):
    assert upload(form(upload, bergen, file(LINES)) + END) == (302, [("list.csv", len(LINES))])


@pytest.mark.parametrize("lost", [1, 30, 100, len(LINES)])
def test_of_an_upload_that_was_cut_off_nothing_is_received(upload, bergen, lost):
    body = form(upload, bergen, file(LINES)) + END

    assert upload(body[: -len(END) - lost], announced=len(body)) == (403, [])


def test_an_upload_whose_last_part_never_ends_is_not_received(upload, bergen):
    assert upload(form(upload, bergen, file(LINES))) == (403, [])


def test_ten_thousand_parts_are_too_many(upload, bergen):
    status, received = upload(form(upload, bergen, *(field(f"x{number}", "1") for number in range(10_000)), file(LINES)) + END)

    assert (status, received) == (400, [])


def test_two_files_under_one_name_are_two(upload, bergen):
    other = LINES.replace(b"1111", b"3333") + b"44444444-4444-4444-8444-444444444444;2024-02-03T10:12:00\n"

    status, received = upload(form(upload, bergen, file(LINES), file(other), file(LINES)) + END)

    assert (status, sorted(received)) == (302, [("list.csv", len(LINES)), ("list.csv", len(other))])


def test_a_body_in_chunks_is_no_upload(upload, bergen):
    assert upload(form(upload, bergen, file(LINES)) + END, announced="") == (403, [])


@pytest.mark.parametrize(("name", "answered"), [("../" * 200 + "passwd", 302), ("æ" * 300, 302), ("\u202e" * 300, 422), ("x" * 5000, 400)])
def test_a_name_that_is_too_long_is_kept_short_or_refused(upload, bergen, name, answered):
    status, received = upload(form(upload, bergen, file(LINES, name=name)) + END)

    assert status == answered
    assert [len(name) <= 200 for name, _size in received] == [True] * (answered == 302)


@pytest.mark.parametrize("content_type", ["application/x-msdownload", "text/html", "image/png; charset=utf-16", "x" * 300])
def test_what_a_file_is_said_to_be_decides_nothing(upload, bergen, content_type):
    assert upload(form(upload, bergen, file(LINES, content_type=content_type)) + END) == (302, [("list.csv", len(LINES))])


def test_a_page_that_calls_itself_a_list_is_kept_and_refused_by_its_contents(upload, bergen):
    page = b"<!DOCTYPE html><script>alert(1)</script>"
    upload(form(upload, bergen, file(page)) + END)

    refused = feeds.run(feed_import_id=Import.objects.get().pk, clock=lambda: scenes.NOW)

    assert refused.state == ImportState.REFUSED


@pytest.mark.parametrize(("read", "announced"), [(10, 30), (30, 30), (-1, 21)])
def test_a_body_is_read_whole_or_not_at_all(read, announced):
    body = Whole(io.BytesIO(b"x" * 20), announced, b"")

    with pytest.raises(CutOff):
        while body.read(read):
            pass


def test_no_more_is_read_than_was_announced():
    assert Whole(io.BytesIO(b"first\nsecond\n"), 10, b"").read() == b"first\nseco"


def slowly(connection, *, pause, count):
    with suppress(OSError):
        for _ in range(count):
            time.sleep(pause)
            connection.sendall(b"x")


@pytest.fixture
def answered(monkeypatch):
    """What a request with 20 bytes is answered that come one by one with a pause after each; there is as much patience as is given."""

    def answer(*, pause, sent=20, silence=10.0, grace=10.0):
        monkeypatch.setattr(whole, "LONGEST_SILENCE", silence)
        monkeypatch.setattr(whole, "GRACE", grace)
        ours, theirs = socket.socketpair()
        with ours, theirs, ours.makefile("rb") as stream:
            sending = threading.Thread(target=slowly, args=[theirs], kwargs={"pause": pause, "count": sent})
            sending.start()
            environ = {"wsgi.input": stream, "CONTENT_LENGTH": "20", "gunicorn.socket": ours}
            try:
                return whole_bodies(lambda environ, _start: environ["wsgi.input"].read())(environ, None)
            finally:
                sending.join()

    return answer


def test_a_body_that_comes_slowly_is_waited_for(answered):
    assert answered(pause=0.01) == b"x" * 20


def test_a_body_of_which_no_more_comes_is_not_waited_for(answered):
    with pytest.raises(TimeoutError):
        answered(pause=0, sent=5, silence=0.1)


def test_a_body_that_drips_is_not_waited_for(answered):
    with pytest.raises(CutOff):
        answered(pause=0.05, grace=0.3)
