"""`slots doctor` trusts a private CA that the user specifies, for systems that no provider calls."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme
from werkzeug.serving import make_server

from cli.doctor.endpoint_checks import reach
from cli.doctor.findings import State
from cli.doctor.target import CheckTarget
from tests.cli.examined_system import HEALTHY
from tests.serving import on_a_thread

OTHER_LOOPBACK = "127.0.0.2"
"""For 127.0.0.1, variables such as REQUESTS_CA_BUNDLE and HTTPS_PROXY are ignored."""


def healthy(_, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b'{"alive": true}']


def test_a_private_ca_is_trusted_if_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ca, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(OTHER_LOOPBACK).configure_cert(context)
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    server = make_server(OTHER_LOOPBACK, 0, healthy, threaded=True, ssl_context=context)
    for name, value in (HEALTHY | {"APP_URL": f"https://{OTHER_LOOPBACK}:{server.server_port}"}).items():
        monkeypatch.setenv(name, value)
    with on_a_thread(server):
        (refused,) = reach(CheckTarget({}, least_free_bytes=0))
        assert (refused.name, refused.state) == ("web.certificate", State.FAILURE)
        assert "REQUESTS_CA_BUNDLE" in refused.fix
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
        (trusted,) = reach(CheckTarget({}, least_free_bytes=0))
        assert (trusted.name, trusted.state) == ("web.reach", State.OK)
