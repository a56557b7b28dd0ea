"""The systemd units are hardened, run the same commands as `slots up`, and pass secrets as credentials."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from cli.local.local_services import SERVICES, WEB_SERVER
from outbox.queues import LEASE
from settings.all_settings import READ_BY
from settings.environment import is_secret
from settings.loading import problems_of
from tests.deploy.files import ROOT
from tests.deploy.programs import installed

FOLDER = ROOT / "deploy" / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
LEAST_HARDENED = 3
SECRETS = {name.upper() for kind in READ_BY for name, field in kind.model_fields.items() if is_secret(field)}


def lines(unit: Path, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_is_hardened(unit: Path) -> None:
    analyze = installed("systemd-analyze")
    # The threshold is ten times the exposure level that systemd displays.
    rated = [analyze, "security", "--offline=true", f"--threshold={LEAST_HARDENED * 10}", "--no-pager", unit]
    done = subprocess.run(rated, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_secrets_are_credentials_that_there_are(unit: Path) -> None:
    credentials = [line.partition(":")[0] for line in lines(unit, "LoadCredential")]
    assert credentials
    assert set(credentials) <= SECRETS
    for name in credentials:
        assert f"{name}_FILE=%d/{name}" in lines(unit, "Environment")


@pytest.mark.parametrize(("unit", "reader"), [("slots-web@.service", "web"), ("slots-worker@.service", "worker")])
def test_a_process_is_given_the_secrets_that_it_needs_in_production(
    unit: str, reader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Covers every secret that the process requires to start."""
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENVIRONMENT", "production")
    needed = SECRETS & set(problems_of(*(kind for kind, readers in READ_BY.items() if reader in readers)))
    assert "CALENDAR_KEYS" in needed
    assert needed <= {line.partition(":")[0] for line in lines(FOLDER / unit, "LoadCredential")}


def test_the_workers_are_those_of_slots_up() -> None:
    (template,) = lines(FOLDER / "slots-worker@.service", "ExecStart")
    here = set()
    for file in (FOLDER / "workers").glob("*.env"):
        values = dict(line.split("=", 1) for line in file.read_text("utf-8").splitlines() if not line.startswith("#"))
        command = template.replace("%%h", "%h").replace("%i", file.stem)
        for name, value in values.items():
            command = command.replace(f"${{{name}}}", value)
        here.add(tuple(command[command.index("worker -n") :].split()))
    there = {
        tuple(service.command[service.command.index("worker") :]) for service in SERVICES if "-Q" in service.command
    }
    assert here == there


def test_the_command_tells_a_user_who_is_not_root_to_use_sudo() -> None:
    command = ["sh", "-c", (FOLDER / "slots.sh").read_text("utf-8"), "/usr/local/bin/slots", "shop", "list"]
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    done = subprocess.run([*nobody, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "sudo /usr/local/bin/slots shop list" in done.stderr


def test_the_command_finds_files_in_the_current_folder(tmp_path: Path) -> None:
    """Runs the command with other folders, and with a program that prints its current folder and a setting."""
    program = tmp_path / "opt" / "bin" / "slots"
    for folder in (program.parent, tmp_path / "etc" / "secrets", tmp_path / "here"):
        folder.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "$PWD $ENVIRONMENT $(cat "$SECRET_KEY_FILE") $*"\n')
    program.chmod(0o755)
    (tmp_path / "etc" / "slots.env").write_text("ENVIRONMENT=test\n")
    (tmp_path / "etc" / "secrets" / "SECRET_KEY").write_text("a-secret")
    script = (FOLDER / "slots.sh").read_text("utf-8")
    script = script.replace("/etc/slots", str(tmp_path / "etc")).replace("/opt/slots", str(tmp_path / "opt"))
    command = ["sh", "-c", script, "slots", "customers", "import", "list.csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path / "here")
    assert done.stdout.split() == [str(tmp_path / "here"), "test", "a-secret", "customers", "import", "list.csv"]


def test_the_web_is_served_as_slots_up_serves_it() -> None:
    unit = FOLDER / "slots-web@.service"
    (command,) = lines(unit, "ExecStart")
    (host,) = (line.partition("=")[2] for line in lines(unit, "Environment") if line.startswith("WEB_HOST="))
    command = command.replace("${WEB_HOST}", host)
    words = [word for word in command.split()[1:] if word not in {"--port", "%i", "web.app:create_app"}]
    assert words == list(WEB_SERVER[WEB_SERVER.index("granian") + 1 :])


def test_each_process_of_a_host_has_a_metrics_port_of_its_own() -> None:
    (of_the_web,) = (line for line in lines(FOLDER / "slots-web@.service", "Environment") if "METRICS_PORT" in line)
    ports = [of_the_web.partition("=")[2].replace("%i", port) for port in ("8000", "8001")]
    for file in (FOLDER / "workers").glob("*.env"):
        ports += re.findall(r"^METRICS_PORT=(\d+)$", file.read_text("utf-8"), re.MULTILINE)
    ports += re.findall(r"metrics .*--port (\d+)", (FOLDER / "slots-metrics.service").read_text("utf-8"))
    assert len(ports) == len(set(ports)) == 10
    page = (ROOT / "docs/how-to/systemd.md").read_text("utf-8")
    assert "18000" in ports
    assert all(port in page for port in ("9464", "18000", "18001", "9470", "9476"))


def test_a_worker_is_given_longer_than_a_lease_to_finish() -> None:
    (seconds,) = lines(FOLDER / "slots-worker@.service", "TimeoutStopSec")
    assert int(seconds) > LEASE.total_seconds()
