"""A proxy on the way out: everything goes through it but what is on this machine or named beside it, and it opens no host that the settings do not."""

import pytest

from apps.feeds.connectors import proxy
from apps.feeds.connectors.client import Session
from apps.feeds.connectors.connection import Connection
from apps.feeds.connectors.failures import Failed
from config import connectors
from tests import carriers, proxies
from tests.carriers import Carrier, Reply

WHO, SECRET = "framme", "a b:c"


class Echo(Carrier):
    routes = (("GET /open", lambda self, asked: Reply({"said": "hei"})),)


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """The certificate's file and the server's context."""
    return proxies.certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def carrier(shown, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(shown[0]))
    with carriers.serving(Echo(), tls=shown[1]) as served:
        yield served


@pytest.fixture
def between(carrier):
    with proxies.proxying(carrier.port) as served:
        yield served


def session(between, *, address=f"https://{proxies.HOST}", beside="", who=""):
    by = proxy.named(between.address.replace("://", f"://{who}"), beside=beside)
    return Session(Connection(feed="4601.altinn", connector="altinn", address=address, proxy=by), sleep=lambda seconds: None)


def failed(session):
    with pytest.raises(Failed) as failure:
        session.get("/open")
    return failure.value.code, failure.value.details["found"]


def test_a_carrier_is_asked_through_the_proxy_by_a_tunnel(between, carrier):
    assert session(between).get("/open").said == {"said": "hei"}
    assert between.asked == [f"{proxies.HOST}:443"]
    assert carrier.asked[0].headers["Host"] == proxies.HOST


def test_who_the_proxy_asks_for_is_told_to_it_and_to_nobody_else(carrier):
    with proxies.proxying(carrier.port, password=f"{WHO}:{SECRET}") as guarded:
        by_name = session(guarded, who=f"{WHO}:a%20b%3Ac@")

        assert by_name.get("/open").said == {"said": "hei"}
        assert failed(session(guarded)) == ("proxy_closed", "407")
    assert "Proxy-Authorization" not in carrier.asked[0].headers
    assert SECRET not in repr(by_name.connection)


def test_a_proxy_that_opens_nothing_is_told_and_a_busy_one_is_asked_again(between):
    between.status = 403
    assert failed(session(between)) == ("proxy_closed", "403")
    assert len(between.asked) == 1

    between.status = 503
    assert failed(session(between)) == ("proxy_closed", "503")
    assert len(between.asked) == 6


def test_a_proxy_that_is_not_there_is_told():
    nowhere = proxy.named("http://127.0.0.1:9")
    there = Session(Connection(feed="4601.altinn", connector="altinn", address=f"https://{proxies.HOST}", proxy=nowhere), sleep=lambda seconds: None)

    assert failed(there) == ("proxy_closed", "ProxyError")


def test_no_other_host_is_asked_because_there_is_a_proxy(between):
    there = session(between)

    for url in ("https://other.example.no/open", f"http://{proxies.HOST}/open"):
        with pytest.raises(Failed) as failure:
            there.once("GET", url, None, {})
        assert failure.value.code == "carrier_elsewhere"
    assert between.asked == []


def test_nobody_is_followed_elsewhere_through_a_proxy_either(between, carrier):
    carrier.instead = [Reply(status=302, headers={"Location": f"https://{proxies.HOST}/open"})]

    with pytest.raises(Failed) as failure:
        session(between).get("/open")

    assert failure.value.code == "carrier_elsewhere"
    assert len(carrier.asked) == 1


def test_a_carrier_that_cannot_prove_its_name_is_not_believed_behind_a_proxy(between, carrier, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")

    assert failed(session(between))[0] == "carrier_silent"
    assert carrier.asked == []


def test_this_machine_is_asked_without_the_proxy(between):
    with carriers.serving(Echo()) as here:
        assert session(between, address=here.address).get("/open").said == {"said": "hei"}
    assert between.asked == []


@pytest.mark.parametrize(
    ("host", "is_through"),
    [
        ("platform.altinn.no", True),
        ("platform.altinn.no:8443", True),
        ("point.inside.example.no:9093", False),
        ("inside.example.no", False),
        ("outside-inside.example.no", True),
        ("localhost:9093", False),
        ("[::1]:9093", False),
    ],
)
def test_what_is_beside_the_proxy_is_asked_without_it(host, is_through):
    assert proxy.named("http://proxy.example.no:3128", beside="10.0.0.1, .inside.example.no").is_for(host) is is_through


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_the_proxy_is_that_of_the_environment(monkeypatch, name):
    monkeypatch.setenv(name, "proxy.example.no:3128")
    monkeypatch.setenv("CONNECTORS", '[{"feed": "4601.eformidling", "connector": "eformidling", "address": "https://point.example.no"}]')
    env = connectors.environ.Env()

    (made,) = connectors.connections(env, proxy=connectors.outbound_proxy(env))

    assert made.proxy == proxy.Proxy("http://proxy.example.no:3128")


def test_there_is_none_unless_somebody_says_so(monkeypatch):
    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    monkeypatch.delenv("https_proxy", raising=False)

    assert connectors.outbound_proxy(connectors.environ.Env()) is None


@pytest.mark.parametrize("wrong", ["socks5://proxy.example.no", "http://", "http://proxy.example.no:port", "file:///etc"])
def test_a_proxy_that_cannot_be_meant_stops_the_start(monkeypatch, wrong):
    monkeypatch.setenv("HTTPS_PROXY", wrong)

    with pytest.raises(connectors.ImproperlyConfigured, match="HTTPS_PROXY cannot be used"):
        connectors.outbound_proxy(connectors.environ.Env())
