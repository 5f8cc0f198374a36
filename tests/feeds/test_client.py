"""The one way out: whole answers or none, nobody but the hosts of the settings, patience with an end."""

import json
import time
from email.utils import formatdate

import pytest

from apps.feeds.connectors import client, connection
from apps.feeds.connectors.client import Session
from apps.feeds.connectors.connection import Connection, Maskinporten
from apps.feeds.connectors.failures import Failed, NotThere
from config import connectors
from tests import carriers
from tests.carriers import Carrier, Reply

METADATA, USER = "169.254.169.254", "user"


class Echo(Carrier):
    routes = (("POST /token", Carrier.token), ("GET /open", lambda self, asked: Reply({"said": "hei"})))

    def guarded(self, asked):
        return Reply({"said": "hei"}) if self.is_known(asked) else Reply(status=401)

    routes = (*routes, ("GET /guarded", guarded))


@pytest.fixture
def carrier():
    with carriers.serving(Echo()) as served:
        yield served


@pytest.fixture
def slept():
    return []


@pytest.fixture
def session(carrier, slept):
    return Session(Connection(feed="4601.altinn", connector="altinn", address=carrier.address, headers={"X-Key": "secret"}), sleep=slept.append)


@pytest.fixture
def with_key(carrier, slept, tmp_path):
    (tmp_path / "key.pem").write_text(carriers.PEM)
    as_whom = Maskinporten(address=carrier.address, client_id="client", scope="some:scope", key_file=str(tmp_path / "key.pem"), kid="1")
    return Session(Connection(feed="4601.altinn", connector="altinn", address=carrier.address, maskinporten=as_whom), sleep=slept.append)


def failed(session, path="/open"):
    with pytest.raises(Failed) as failure:
        session.get(path)
    return failure.value.code


def test_a_whole_answer_is_given_as_it_came(session, carrier):
    answer = session.get("/open", name="å", nothing=None)

    assert answer.said == {"said": "hei"}
    assert json.loads(answer.body) == answer.said
    assert carrier.asked[0].query == {"name": "å"}
    assert carrier.asked[0].headers["X-Key"] == "secret"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_who_is_busy_is_asked_again_after_longer_and_longer_waits(session, carrier, slept, status):
    carrier.instead = [Reply(status=status)] * 3

    assert session.get("/open").said == {"said": "hei"}
    assert [0.5 * 2**number <= seconds <= 1.5 * 2**number for number, seconds in enumerate(slept)] == [True] * 3


def test_who_says_when_to_come_again_is_believed(session, carrier, slept):
    carrier.instead = [Reply(status=429, headers={"Retry-After": "7"})]

    session.get("/open")

    assert slept == [7.0]


def test_who_says_by_a_date_when_to_come_again_is_believed_and_nonsense_is_not(session, carrier, slept):
    carrier.instead = [Reply(status=429, headers={"Retry-After": said}) for said in (formatdate(time.time() + 20, usegmt=True), formatdate(0), "soon", "")]

    session.get("/open")

    assert 10 < slept[0] <= 20
    assert slept[1] == 0
    assert 2 <= slept[2] <= 6


def test_who_wants_to_be_left_alone_for_hours_is_left_until_the_next_run(session, carrier, slept):
    carrier.instead = [Reply(status=429, headers={"Retry-After": "36000"})]

    assert failed(session) == "carrier_silent"
    assert slept == []


def test_two_waits_are_never_the_same():
    assert len({client.waiting(1) for _ in range(20)}) > 15
    assert max(client.waiting(30) for _ in range(20)) <= client.LONGEST_WAIT * 1.5


@pytest.mark.parametrize(
    "broken",
    [Reply({"said": "hei"}, cut=5), Reply(raw=b'{"said": "h'), Reply(raw=b"<html>"), Reply({"said": "hei"}, cut=0), Reply(raw=b"[" * 200_000)],
    ids=["cut", "cut and not noticed", "no JSON", "nothing", "nested"],
)
def test_an_answer_that_is_not_whole_is_asked_for_again(session, carrier, broken):
    carrier.instead = [broken]

    assert session.get("/open").said == {"said": "hei"}


def test_who_never_gives_a_whole_answer_is_given_up_for_now(session, carrier, slept):
    carrier.instead = [Reply(status=500)] * 10

    assert failed(session) == "carrier_silent"
    assert len(carrier.asked) == client.TRIES


def test_an_answer_that_drips_is_not_waited_for(session, carrier, monkeypatch):
    monkeypatch.setattr(client, "LONGEST_ANSWER", 0.2)
    monkeypatch.setattr(client, "PIECE", 16)
    monkeypatch.setattr(client, "TRIES", 2)
    carrier.instead = [Reply({"said": "x" * 1000}, drip=0.05)] * 2

    assert failed(session) == "carrier_silent"


def test_an_answer_without_end_is_not_read(session, carrier, monkeypatch):
    monkeypatch.setattr(client, "LARGEST_ANSWER", 1000)
    carrier.instead = [Reply({"said": "x" * 5000})]

    assert failed(session) == "carrier_too_large"


def test_nobody_is_followed_elsewhere(session, carrier):
    carrier.instead = [Reply(status=302, headers={"Location": f"{carrier.address}/guarded"})]

    assert failed(session) == "carrier_elsewhere"
    assert len(carrier.asked) == 1


@pytest.mark.parametrize(
    "url", ["https://other.example.no/", f"http://{METADATA}/", "ftp://127.0.0.1/", f"http://{USER}@127.0.0.1/", "//127.0.0.1/", "file:///etc/hosts"]
)
def test_nobody_but_the_hosts_of_the_settings_is_asked(session, url):
    with pytest.raises(Failed) as failure:
        session.once("GET", url, None, {})

    assert failure.value.code == "carrier_elsewhere"


def test_what_is_not_there_and_what_is_refused_are_not_asked_for_again(session, carrier):
    carrier.instead = [Reply(status=404), Reply(status=403), Reply(status=418)]

    with pytest.raises(NotThere):
        session.get("/open")
    assert [failed(session), failed(session)] == ["carrier_refused", "carrier_odd"]
    assert len(carrier.asked) == 3


# -- tokens


def test_a_token_is_asked_for_once_and_used_until_it_ends(with_key, carrier):
    with_key.get("/guarded")
    with_key.get("/guarded")

    assert len(carrier.told("/token")) == 1


def test_a_token_that_is_no_longer_taken_is_renewed_once(with_key, carrier):
    with_key.get("/guarded")
    carrier.tokens = set()

    assert with_key.get("/guarded").said == {"said": "hei"}
    assert len(carrier.told("/token")) == 2


def test_who_refuses_a_fresh_token_too_is_not_asked_for_ever(with_key, carrier):
    carrier.is_known = lambda asked: False

    assert failed(with_key, "/guarded") == "carrier_refused"
    assert len(carrier.told("/token")) == 2


def test_a_token_is_renewed_before_it_ends(with_key, carrier):
    now = [0.0]
    with_key.clock = lambda: now[0]
    with_key.get("/guarded")
    now[0] = 91.0

    with_key.get("/guarded")

    assert len(carrier.told("/token")) == 2


@pytest.mark.parametrize(("key", "code"), [("", "carrier_no_key"), ("-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----", "carrier_no_key")])
def test_a_key_that_is_none_is_told(with_key, tmp_path, key, code):
    (tmp_path / "key.pem").write_text(key)

    assert failed(with_key, "/guarded") == code


def test_who_gets_no_token_is_told(with_key, carrier):
    carrier.instead = [Reply({"error": "invalid_client"}, status=400)]

    assert failed(with_key, "/guarded") == "carrier_no_token"


# -- the settings


ROW = {"feed": "4601.altinn", "connector": "altinn", "address": "https://altinn.example.no/", "options": {"resourceId": "r"}}


def settings_of(monkeypatch, *rows):
    monkeypatch.setenv("CONNECTORS", json.dumps(rows))
    return connectors.connections(connectors.environ.Env())


def test_the_settings_are_read_from_the_environment_or_a_file(monkeypatch, tmp_path):
    (tmp_path / "connectors.json").write_text(json.dumps([ROW]))
    monkeypatch.setenv("CONNECTORS", str(tmp_path / "connectors.json"))

    (from_file,) = connectors.connections(connectors.environ.Env())
    (given,) = settings_of(monkeypatch, ROW)

    assert from_file == given
    assert (given.address, given.every, given.hosts) == ("https://altinn.example.no", connection.USUAL_PACE, {"altinn.example.no"})
    assert settings_of(monkeypatch) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "http://altinn.example.no"},
        {"address": f"https://{USER}:secret@altinn.example.no"},
        {"connector": "nothing"},
        {"feed": "4601.svarinn"},
        {"options": {}},
        {"every": 0},
        {"password": "x"},
        {"maskinporten": {"address": "https://m.example.no"}},
        {"maskinporten": {"address": "http://m.example.no", "client_id": "c", "scope": "s", "key_file": "k"}},
    ],
)
def test_settings_that_cannot_be_meant_stop_the_start(monkeypatch, wrong):
    with pytest.raises(connectors.ImproperlyConfigured, match="CONNECTORS cannot be used"):
        settings_of(monkeypatch, ROW | wrong)


def test_a_feed_is_fetched_by_one_row(monkeypatch):
    with pytest.raises(connectors.ImproperlyConfigured):
        settings_of(monkeypatch, ROW, ROW)


def test_secrets_are_not_shown_with_a_connection():
    assert "secret" not in repr(Connection(feed="f", connector="c", address="a", headers={"X-Key": "secret"}))
