"""Starts nginx and Caddy with the examples in deploy/proxies, in which only addresses and paths are changed."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from cli.local.servers.free_ports import LOOPBACK, free_port
from tests.deploy.files import ROOT
from tests.deploy.programs import installed
from tests.waiting import PATIENCE_SECONDS, wait_for

FOLDER = ROOT / "deploy/proxies"
MAIN = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    {temporary}
    include {folder}/slots.conf;
}}
"""
# HTTP/3 would need a free UDP port too.
CADDY_OPTIONS = """{
	admin off
	auto_https disable_redirects
	servers {
		protocols h1 h2"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True)
class Proxy:
    """A running proxy. `ca` is the certificate of the authority that issued its certificate."""

    url: str
    ca: Path


def nginx_command(folder: Path) -> str:
    return f"{installed('nginx')} -p {folder} -e {folder}/error.log -c {folder}/nginx.conf"


@contextmanager
def nginx(folder: Path, ports: Iterable[int]) -> Iterator[Proxy]:
    """Runs nginx in front of the web processes on two ports."""
    certificate, port = _certificate(folder), free_port()
    example = (FOLDER / "nginx.conf").read_text("utf-8")
    example = re.sub(r"/etc/letsencrypt\S*\.pem", str(certificate), example)
    example = re.sub(r"\n *listen (\[::\]:\d+( ssl)?|80);", "", example)
    example = example.replace("listen 443 ssl", f"listen {LOOPBACK}:{port} ssl")
    example = example.replace(
        "server {\n    server_name", f"server {{\n    listen {LOOPBACK}:{free_port()};\n    server_name", 1
    )
    (folder / "slots.conf").write_text(_with_ports(example, ports))
    temporary = "".join(f"{name}_temp_path {folder}/{name}; " for name in TEMPORARY)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(user=user, folder=folder, temporary=temporary))
    with _running(nginx_command(folder).split(), folder, port) as proxy:
        yield proxy


@contextmanager
def caddy(folder: Path, ports: Iterable[int]) -> Iterator[Proxy]:
    """Runs Caddy in front of the web processes on two ports."""
    certificate, port = _certificate(folder), free_port()
    example = (FOLDER / "Caddyfile").read_text("utf-8")
    example = example.replace("{\n\tservers {", CADDY_OPTIONS, 1)
    site = f"https://{LOOPBACK}:{port} {{\n\tbind {LOOPBACK}\n\ttls {certificate} {certificate}"
    example = example.replace("book.example.com {", site, 1)
    (folder / "Caddyfile").write_text(_with_ports(example, ports))
    command = [installed("caddy"), "run", "--adapter", "caddyfile", "--config", f"{folder}/Caddyfile"]
    with _running(command, folder, port) as proxy:
        yield proxy


PROXIES: tuple[Callable[[Path, Iterable[int]], AbstractContextManager[Proxy]], ...] = (nginx, caddy)


def _certificate(folder: Path) -> Path:
    """Writes the certificate of the authority, and a certificate with its key. Returns the path of the latter."""
    ca, path = trustme.CA(), folder / "certificate.pem"
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    ca.issue_cert(LOOPBACK).private_key_and_cert_chain_pem.write_to_path(str(path))
    return path


def _with_ports(example: str, ports: Iterable[int]) -> str:
    for usual, port in zip(("8000", "8001"), ports, strict=True):
        example = example.replace(f"{LOOPBACK}:{usual}", f"{LOOPBACK}:{port}")
    return example


@contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[Proxy]:
    # Caddy stores its state in these folders.
    environment = os.environ | {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "proxy.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        wait_for(lambda: _listens(port), "the proxy to listen")
        yield Proxy(f"https://{LOOPBACK}:{port}", folder / "ca.pem")
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((LOOPBACK, port)) == 0
