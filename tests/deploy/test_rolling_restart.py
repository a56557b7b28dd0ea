"""Two web processes behind nginx are restarted by the commands of docs/how-to/systemd.md, and no request fails."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import requests

from cli.local.servers.free_ports import LOOPBACK, free_port
from tests import credentials
from tests.deploy import proxies
from tests.deploy.files import ROOT
from tests.deploy.processes import Started
from tests.deploy.programs import installed
from tests.deploy.proxies import Proxy, nginx_command
from tests.deploy.test_starting import WEB
from tests.signatures import twilio_signature
from tests.waiting import PATIENCE_SECONDS, answers, wait_for

PAGE = (ROOT / "docs/how-to/systemd.md").read_text("utf-8")
APP_URL = "https://book.example.com"
CLIENTS, PAUSE_SECONDS = 4, 0.1
PROGRAMS = {
    # The test restarts the process whose unit this program names, and then answers.
    "systemctl": """
echo "$2" >{folder}/unit && mv {folder}/unit {folder}/asked
while [ -e {folder}/asked ]; do sleep 0.1; done
""",
    "reload": """
main=$(cat {folder}/nginx.pid)
cat /proc/$main/task/$main/children >{folder}/workers
exec {nginx} -s reload
""",
    # The former workers end when their requests are complete.
    "complete": """
for pid in $(cat {folder}/workers); do
  while kill -0 $pid 2>/dev/null; do sleep 0.1; done
done
""",
}
pytestmark = pytest.mark.long


def test_no_request_fails_while_the_web_processes_are_restarted(
    webs: dict[int, Started], start: Callable[[int], Started], nginx: Proxy, tmp_path: Path, database_url: str
) -> None:
    before = {port: web.process.pid for port, web in webs.items()}
    ended = threading.Event()
    with ThreadPoolExecutor(CLIENTS) as threads:
        clients = [threads.submit(sends, nginx, ended) for _ in range(CLIENTS)]
        try:
            restarted(webs, start, tmp_path)
        finally:
            ended.set()
        statuses = sum((client.result() for client in clients), Counter())
    assert all(webs[port].process.pid != pid for port, pid in before.items())
    assert set(statuses) == {200}, statuses
    with psycopg.connect(database_url) as connection:
        recorded = connection.execute("SELECT count(*) FROM webhook_events").fetchone()
    assert recorded == (statuses[200] // 2,)


def sends(proxy: Proxy, ended: threading.Event) -> Counter[object]:
    """Alternates between pages and texts until `ended`. Returns the number of responses with each status, or of each
    error.
    """
    statuses: Counter[object] = Counter()
    with requests.Session() as session:
        # Otherwise, REQUESTS_CA_BUNDLE would replace `verify`.
        session.verify, session.trust_env = str(proxy.ca), False
        while not ended.wait(PAUSE_SECONDS):
            for send in (page, text):
                try:
                    statuses[send(session, proxy.url)] += 1
                except requests.RequestException as error:
                    statuses[type(error).__name__] += 1
    return statuses


def page(session: requests.Session, url: str) -> int:
    return session.get(f"{url}/app/login", timeout=PATIENCE_SECONDS).status_code


def text(session: requests.Session, url: str) -> int:
    path = "/api/twilio/inbound"
    form = {"MessageSid": f"SM{uuid4().hex}", "AccountSid": credentials.ACCOUNT_SID, "Body": "hello"}
    form |= {"From": "+447700900123", "To": "+447700900100"}
    signature = twilio_signature(APP_URL + path, form, credentials.AUTH_TOKEN)
    headers = {"X-Twilio-Signature": signature}
    return session.post(url + path, data=form, headers=headers, timeout=PATIENCE_SECONDS).status_code


def restarted(webs: dict[int, Started], start: Callable[[int], Started], folder: Path) -> None:
    """Runs the commands of the page. Only the addresses are changed, and the pause is replaced by a wait for the
    requests in progress.
    """
    (commands,) = re.findall(r"```sh\n(for port in .*?)```", PAGE, re.DOTALL)
    commands = commands.replace("8000 8001", " ".join(map(str, webs))).replace("sleep 10 ", "complete ")
    commands = commands.replace("/etc/nginx/conf.d", str(folder)).replace("nginx -s reload", "reload")
    asked, programs = folder / "asked", folder / "bin"
    programs.mkdir()
    for name, script in PROGRAMS.items():
        content = "#!/bin/sh" + script.replace("{folder}", str(folder)).replace("{nginx}", nginx_command(folder))
        (programs / name).write_text(content)
        (programs / name).chmod(0o755)
    shell = subprocess.Popen(["sh", "-euc", commands], env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"})
    try:
        for _ in webs:
            wait_for(lambda: asked.exists() or shell.poll() is not None, "a restart")
            port = int(asked.read_text().rpartition("@")[2])
            webs[port].process.send_signal(signal.SIGTERM)
            webs[port].process.wait(PATIENCE_SECONDS)
            webs[port] = start(port)
            asked.unlink()
        assert shell.wait(PATIENCE_SECONDS) == 0
    finally:
        shell.kill()
        shell.wait()


@pytest.fixture
def start(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[Callable[[int], Started]]:
    environment = {
        "ENVIRONMENT": "test",
        "APP_URL": APP_URL,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "TRUSTED_PROXIES": "1",
        "TWILIO_ACCOUNT_SID": credentials.ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": credentials.AUTH_TOKEN,
    }
    started: list[Started] = []

    def begin(port: int) -> Started:
        started.append(Started([word.replace("{port}", str(port)) for word in WEB], environment, tmp_path))
        return started[-1]

    yield begin
    for web in started:
        web.end()


@pytest.fixture
def webs(start: Callable[[int], Started]) -> dict[int, Started]:
    """Two web processes, by port."""
    webs = {port: start(port) for port in (free_port(), free_port())}
    wait_for(lambda: all(answers(f"http://{LOOPBACK}:{port}/readyz") for port in webs), "the web processes")
    return webs


@pytest.fixture
def nginx(webs: dict[int, Started], tmp_path: Path) -> Iterator[Proxy]:
    """nginx in front of the web processes."""
    installed("curl")
    with proxies.nginx(tmp_path, webs) as proxy:
        yield proxy
