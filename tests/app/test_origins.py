"""Whose pages may open a socket: only this site's own."""

import pytest

from calls.origins import OwnOriginOnly, is_loopback, is_own_origin, own_origin
from tests.support.peers import AppPeer, Closed

HOST = "call.example.org"


@pytest.fixture
def production(settings):
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = [HOST, ".example.com", "127.0.0.1", "[::1]", "localhost"]
    settings.CSRF_TRUSTED_ORIGINS = []
    return settings


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://call.example.org", "call.example.org"),
        ("https://call.example.org:8443", "call.example.org:8443"),
        ("HTTPS://Call.Example.ORG", "call.example.org"),
        ("https://call.example.org", "Call.Example.ORG"),
        ("https://a.example.com", "a.example.com"),
        ("https://example.com", "example.com"),
        # Browsers count these as secure without TLS.
        ("http://localhost:8000", "localhost:8000"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
    ],
)
def test_own(origin: str, host: str):
    assert is_own_origin(origin, host)


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(
    ("origin", "host"),
    [
        # scheme
        ("http://call.example.org", "call.example.org"),
        ("wss://call.example.org", "call.example.org"),
        ("file://call.example.org", "call.example.org"),
        ("chrome-extension://call.example.org", "call.example.org"),
        ("//call.example.org", "call.example.org"),
        ("call.example.org", "call.example.org"),
        # port
        ("https://call.example.org:8443", "call.example.org"),
        ("https://call.example.org", "call.example.org:8443"),
        ("https://call.example.org:444", "call.example.org:8443"),
        ("http://localhost", "localhost:8000"),
        ("http://localhost:8001", "localhost:8000"),
        # host
        ("https://evil.example", "call.example.org"),
        ("https://call.example.org.evil.example", "call.example.org"),
        ("https://evilcall.example.org", "call.example.org"),
        ("https://example.org", "call.example.org"),
        ("https://sub.call.example.org", "call.example.org"),
        ("https://call.example.org@evil.example", "call.example.org"),
        ("https://evil.example/call.example.org", "call.example.org"),
        ("https://evil.example#call.example.org", "call.example.org"),
        ("https://call.example.org.", "call.example.org"),
        ("https://call.example.org ", "call.example.org"),
        ("https://call.example.org/", "call.example.org"),
        # Two hosts of the same site are two origins.
        ("https://a.example.com", "b.example.com"),
        ("http://127.0.0.1:8000", "localhost:8000"),
        # no origin
        ("", "call.example.org"),
        ("null", "call.example.org"),
        ("null", "null"),
        # a host that is not ours, however well the two agree
        ("https://evil.example", "evil.example"),
        ("https://badexample.com", "badexample.com"),
        ("https://", ""),
        ("", ""),
        ("https://[::1", "[::1"),
        ("https://call.example.org:x", "call.example.org:x"),
        ("https://call.example.org, https://evil.example", "call.example.org"),
    ],
)
def test_foreign(origin: str, host: str):
    assert not is_own_origin(origin, host)


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "a.localhost"])
def test_development_serves_this_machine(settings, host: str):
    settings.DEBUG, settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = True, [], []
    assert is_own_origin(f"http://{host}", host)
    assert not is_own_origin(f"https://{host}", host)
    assert not is_own_origin("http://evil.example", host)
    assert not is_own_origin("http://evil.example", "evil.example")


def test_development_on_a_local_network(settings):
    settings.DEBUG, settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = True, ["192.0.2.7"], []
    assert is_own_origin("http://192.0.2.7:8000", "192.0.2.7:8000")


def test_every_host_allowed_is_not_every_origin(settings):
    settings.DEBUG, settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = False, ["*"], []
    assert is_own_origin("https://any.example", "any.example")
    assert not is_own_origin("https://evil.example", "any.example")
    assert not is_own_origin("http://any.example", "any.example")


def test_render(production):
    """The host that Render gives is trusted, those of its other tenants are not."""
    host = "duet.onrender.com"
    production.ALLOWED_HOSTS = [host]
    production.CSRF_TRUSTED_ORIGINS = [f"https://{host}"]
    assert is_own_origin(f"https://{host}", host)
    assert not is_own_origin("https://other.onrender.com", host)
    assert not is_own_origin(f"http://{host}", host)


def test_a_trusted_origin_behind_a_proxy_that_changes_the_host(production):
    production.CSRF_TRUSTED_ORIGINS = ["https://call.example.org:8443"]
    assert is_own_origin("https://Call.example.org:8443", "internal:8000")
    assert not is_own_origin("https://call.example.org", "internal:8000")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST:8000", True),
        ("duet.localhost:8000", True),
        ("127.0.0.1", True),
        ("127.8.9.1:80", True),
        ("[::1]", True),
        ("[::1]:8000", True),
        ("[::ffff:8.8.8.8]", False),
        ("localhost.example.org", False),
        ("notlocalhost", False),
        ("127.0.0.1.example.org", False),
        ("192.168.0.1", False),
        ("10.0.0.1:8000", False),
        ("0.0.0.0", False),
        ("[fe80::1]", False),
        ("", False),
        ("[::1", False),
    ],
)
def test_loopback(host: str, expected: bool):
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("debug", "host", "expected"),
    [
        (False, "Call.Example.org", "https://call.example.org"),
        (False, "call.example.org:8443", "https://call.example.org:8443"),
        (False, "localhost:8000", "http://localhost:8000"),
        (True, "192.168.0.7:8000", "http://192.168.0.7:8000"),
    ],
)
def test_the_origin_of_a_page(settings, debug: bool, host: str, expected: str):
    settings.DEBUG = debug
    assert own_origin(host) == expected


# -- The middleware ---------------------------------------------------------------------------


async def echo(scope, receive, send) -> None:
    await receive()
    await send({"type": "websocket.accept"})


async def let_in(headers: list[tuple[bytes, bytes]]) -> bool:
    peer = AppPeer(OwnOriginOnly(echo), "room")
    peer.socket.scope["headers"] = headers
    try:
        await peer.connect()
    except Closed:
        return False
    await peer.socket.wait()
    return True


HOST_HEADER = (b"host", b"call.example.org")


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([HOST_HEADER, (b"origin", b"https://call.example.org")], True),
        ([HOST_HEADER, (b"origin", b"https://evil.example")], False),
        ([HOST_HEADER, (b"origin", b"")], False),
        ([HOST_HEADER, (b"origin", b"null")], False),
        ([HOST_HEADER, (b"origin", b"\xff\xfe")], False),
        ([HOST_HEADER], False),
        ([(b"origin", b"https://call.example.org")], False),
        ([], False),
        # Whatever a client adds cannot change what its host is.
        (
            [
                HOST_HEADER,
                (b"origin", b"https://evil.example"),
                (b"x-forwarded-host", b"evil.example"),
                (b"x-forwarded-proto", b"https"),
            ],
            False,
        ),
    ],
)
async def test_handshake(headers: list[tuple[bytes, bytes]], expected: bool):
    assert await let_in(headers) is expected
