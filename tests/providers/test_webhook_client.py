"""An event is signed and sent once, only to permitted addresses. Every response becomes a result."""

from __future__ import annotations

import datetime as dt
import json
import socket
import ssl
import threading
import time
from contextlib import contextmanager

import pytest
import trustme

from providers.allowed_addresses import AddressNotAllowedError, destination_of
from providers.outgoing_webhooks import pinned_connection
from providers.outgoing_webhooks.signatures import new_secret
from providers.outgoing_webhooks.webhook_client import SignedMessage, WebhookClient
from tests.waiting import PATIENCE_SECONDS
from tests.webhook_receiver import Answer, receiver

SECRET, OLDER = new_secret(), new_secret()
BODY = json.dumps({"id": "evt_1", "type": "slot.opened", "data": {"name": "Zoë"}})
MESSAGE = SignedMessage("evt_1", BODY, [SECRET])


def send(url, message=MESSAGE, **more):
    client = WebhookClient(url, **({"allow_loopback": True} | more))
    try:
        return client.send(message)
    finally:
        client.close()


def test_a_receiver_verifies_what_it_gets():
    with receiver() as shop:
        result = send(shop.url, SignedMessage("evt_1", BODY, [SECRET, OLDER]))
    (one,) = shop.received
    assert (result.status_code, result.answer, result.error) == (200, "ok", None)
    assert one.path == "/hooks?shop=lou"
    assert one.headers["content-type"] == "application/json"
    assert one.headers["host"] == shop.url.split("/")[2]
    assert one.verified(SECRET) == one.verified(OLDER) == json.loads(BODY)
    with pytest.raises(Exception, match="No matching signature"):
        one.verified(new_secret())


def test_messages_share_a_connection_and_survive_its_end():
    with receiver() as shop:
        client = WebhookClient(shop.url, allow_loopback=True)
        assert [client.send(MESSAGE).status_code for _ in range(3)] == [200, 200, 200]
        assert shop.connections == 1
        assert client._connection is not None
        client._connection.sock._opened.shutdown(socket.SHUT_RDWR)
        assert client.send(MESSAGE).status_code == 200
        assert (len(shop.received), shop.connections) == (4, 2)
        client.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status):
    with receiver() as elsewhere, receiver(lambda _: Answer(status, headers={"Location": elsewhere.url})) as shop:
        assert send(shop.url).status_code == status
        assert elsewhere.received == []


def test_the_wait_that_a_receiver_asks_for():
    with receiver(lambda _: Answer(503, headers={"Retry-After": "120"})) as shop:
        assert send(shop.url).retry_after == dt.timedelta(seconds=120)


def test_of_a_long_answer_the_beginning_is_kept():
    with receiver(lambda _: Answer(500, body=b"\0" + "é".encode() * 1_000_000)) as shop:
        result = send(shop.url)
    assert result.status_code == 500
    assert result.answer.startswith("\ufffdéé")
    assert 500 < len(result.answer) <= 1024


def test_a_receiver_that_hangs():
    with receiver(lambda _: Answer(wait=PATIENCE_SECONDS)) as shop:
        result = send(shop.url, seconds=0.3)
    assert (result.status_code, result.error) == (None, "No response within 0.3 seconds.")
    assert result.duration_ms >= 290


@contextmanager
def raw_server(talk):
    """Runs a server that calls `talk` for each connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    opened, _ = server.accept()
                except OSError:
                    return
                with opened:
                    try:
                        talk(opened)
                    except OSError:
                        continue

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        server.shutdown(socket.SHUT_RDWR)


def dripping(beginning, drop):
    """Sends drops for many minutes, or until the connection is closed."""

    def talk(opened):
        opened.recv(65536)
        opened.sendall(beginning)
        for _ in range(20_000):
            opened.sendall(drop)
            time.sleep(0.05)

    return talk


DRIPS = {
    "the status": (b"HTTP/1.1 2", b"0"),
    "headers": (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "the body": (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("what", DRIPS)
def test_a_receiver_that_answers_a_byte_at_a_time(what):
    with raw_server(dripping(*DRIPS[what])) as url:
        result = send(url, seconds=0.4)
    assert (result.status_code, result.error) == (None, "No response within 0.4 seconds.")


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0\r\n", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200, b"\xff" * 99999])
def test_responses_that_are_not_http(answer):
    def talk(opened):
        opened.recv(65536)
        opened.sendall(answer)

    with raw_server(talk) as url:
        assert send(url).status_code is None


def test_nobody_listens():
    with socket.socket() as bound:
        # No other program can use the port, and nothing listens on it.
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/"
        assert send(url).error == "The connection failed (ConnectionRefusedError)."


REFUSED = [
    "http://hooks.example/",
    "ftp://hooks.example/",
    "file:///etc/passwd",
    "hooks.example",
    "https://",
    "https:///path",
    "https://user@hooks.example/",
    "https://user:pass@hooks.example/",
    "https://hooks.example@169.254.169.254/",
    "https://169.254.169.254/latest/meta-data",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1:8443/",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://0/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://2852039166/",
    "https://0xA9FEA9FE/",
    "https://0xa9.0xfe.0xa9.0xfe/",
    "https://0251.0376.0251.0376/",
    "https://169.254.43518/",
    "https://①⑥⑨.②⑤④.①⑥⑨.②⑤④/",
    "https://10.0.0.1./",
    "https://[::]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fd00:ec2::254]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[::a9fe:a9fe]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[64:ff9b:1::10.0.0.1]/",
    # In a prefix of 48 bits, the IPv4 address precedes the last bits: 127.0.0.1, not 8.8.8.8.
    "https://[64:ff9b:1:7f00:0:100:808:808]/",
    "https://192.88.99.1/",
    "https://[3fff::1]/",
    "https://[2002:a9fe:a9fe::1]/",
    "https://[2001:0:a9fe:a9fe::1]/",
    "https://hooks.example:0/",
    "https://hooks.example:22/",
    "https://hooks.example:25/",
    "https://hooks.example:65536/",
    "https://hooks.example:x/",
    "https://hooks.example/a b",
    "https://hooks.example/\r\nX-Injected: 1",
    "https://hooks.example\\@10.0.0.1/",
    "https://hooks.example/\x00",
    "https://ex..ample/",
    "https://[::1/",
    "https://hooks.example/" + "x" * 2000,
]
LOOPBACK = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[2002:7f00:1::]/",
]


@pytest.mark.parametrize("url", REFUSED + LOOPBACK)
def test_where_nothing_may_be_sent(url):
    with pytest.raises(AddressNotAllowedError):
        destination_of(url, allow_loopback=False)


@pytest.mark.parametrize("url", [url for url in REFUSED if not url.startswith("http://")])
def test_a_development_system_allows_no_more_than_loopback(url):
    with pytest.raises(AddressNotAllowedError):
        destination_of(url, allow_loopback=True)


@pytest.mark.parametrize("url", [*LOOPBACK, "http://localhost:8000/x", "http://hooks.example/"])
def test_a_development_system_may_send_to_itself(url):
    assert destination_of(url, allow_loopback=True)


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "header"),
    [
        ("https://hooks.example", "hooks.example", 443, "/", "hooks.example"),
        ("https://Hooks.Example:8443/a?b=c#d", "hooks.example", 8443, "/a?b=c", "hooks.example:8443"),
        ("https://bücher.example/%20", "xn--bcher-kva.example", 443, "/%20", "xn--bcher-kva.example"),
        ("https://[2606:4700::1111]/", "2606:4700::1111", 443, "/", "[2606:4700::1111]"),
    ],
)
def test_where_events_may_be_sent(url, host, port, path, header):
    found = destination_of(url, allow_loopback=False)
    assert (found.host, found.port, found.path, found.host_header) == (host, port, path, header)


@pytest.fixture
def names(monkeypatch):
    """Replaces DNS lookups. Each name has a list of results, one for each lookup."""
    answers: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def getaddrinfo(host, port, *args, flags=0, **more):
        if flags & socket.AI_NUMERICHOST or host not in answers:
            return real(host, port, *args, flags=flags, **more)
        addresses = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        return [entry for address in addresses for entry in real(address, port, type=socket.SOCK_STREAM)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return answers


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fe80::1"])
def test_a_name_of_an_address_inside(names, inside):
    names["hooks.example"] = [[inside]]
    result = send("https://hooks.example/", allow_loopback=False)
    assert result.error is not None
    assert "private or reserved network" in result.error


def test_a_name_that_means_another_address_the_second_time(names):
    """The name is resolved only once. The connection uses the address that was checked."""
    with receiver() as inside:
        port = int(inside.url.split(":")[2].split("/")[0])
        names["hooks.example"] = [["192.0.2.1"], ["127.0.0.1"]]
        result = send(f"https://hooks.example:{port}/", allow_loopback=False, seconds=1)
        assert result.status_code is None
        assert inside.connections == 0
        assert len(names["hooks.example"]) == 1


def test_of_several_addresses_only_the_allowed_ones_are_tried(names):
    with receiver() as shop:
        port = int(shop.url.split(":")[2].split("/")[0])
        names["hooks.example"] = [["10.0.0.1", "::ffff:10.0.0.1", "127.0.0.1"]]
        assert send(f"http://hooks.example:{port}/").status_code == 200
        assert shop.received[0].headers["host"] == f"hooks.example:{port}"


def test_the_certificate_must_be_that_of_the_name(names, monkeypatch, tmp_path):
    """The connection uses the address, whereas TLS and the Host header use the name."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    pinned_connection._tls.cache_clear()
    names["hooks.example"] = names["other.example"] = [["127.0.0.1"]]
    asked = []

    def talk(opened):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("hooks.example").configure_cert(context)
        context.set_servername_callback(lambda _, name, __: asked.append(name))
        with context.wrap_socket(opened, server_side=True) as secure:
            request = b""
            while not request.endswith(BODY.encode()):
                request += secure.recv(65536)
            asked.extend(line for line in request.split(b"\r\n") if line.startswith(b"Host"))
            secure.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    try:
        with raw_server(talk) as url:
            port = url.split(":")[2].strip("/")
            assert send(f"https://hooks.example:{port}/").status_code == 204
            assert asked[:2] == ["hooks.example", f"Host: hooks.example:{port}".encode()]
            assert send(f"https://other.example:{port}/").error.startswith("The certificate is not valid: Hostname")
    finally:
        pinned_connection._tls.cache_clear()
