"""The whole system on one machine: servers, services and their settings."""

import os
import shutil
import socket
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import psutil

from cli.local.addresses import ENV_FILE_NAMES, PIDS, PLATFORM_NUMBER, SHARED_NUMBERS, USUAL_PORTS, addresses, places
from cli.local.dotenv import write_dotenv
from cli.local.kept_ports import keep_ports, kept_ports, port_change
from cli.local.local_secrets import credentials_of
from cli.local.local_services import SERVICES, LocalService
from cli.local.servers.embedded_postgres import Postgres
from cli.local.servers.embedded_server import EmbeddedServer
from cli.local.servers.embedded_valkey import Valkey
from cli.local.servers.free_ports import free_port, is_free, take_port
from cli.local.servers.leftover_processes import end_leftovers
from cli.local.supervised_process import Child, sessions_now

SERVER_SETTINGS = ("DATABASE_POOLER", "REDIS_CA_FILE", "REDIS_TIMEOUT_SECONDS")
"""Additional settings for the connections to the servers."""

WEB_SETTINGS = {"TRUSTED_PROXIES": "0", "API_REQUESTS_PER_MINUTE": "600"}
"""The settings of the web process that the environment can override, with their defaults."""

# The time, in seconds, that all services together have to finish their work before they are killed.
GRACE_SECONDS = 2.5


class System:
    """Keeps all files in `data`, an existing folder. Not thread-safe. Use this class only from the main thread.

    DATABASE_URL and REDIS_URL in `environment` select external servers. `keys` are credentials of real providers,
    which replace the sandbox.
    """

    def __init__(
        self,
        data: Path,
        *,
        environment: Mapping[str, str] = os.environ,
        web_port: int | None = None,
        services: tuple[LocalService, ...] = SERVICES,
        keys: Mapping[str, str] | None = None,
    ) -> None:
        self.data = data.resolve()
        self.env_file = self.data / "env"
        self.given = {name for name in ("DATABASE_URL", "REDIS_URL") if environment.get(name)}
        self.settings = {
            "ENVIRONMENT": "development",
            "TICK_SECONDS": environment.get("TICK_SECONDS", "1"),
            **credentials_of(self.data),
            **SHARED_NUMBERS,
            # A real Twilio account does not own this number.
            "TWILIO_PLATFORM_NUMBER": "" if "TWILIO_ACCOUNT_SID" in (keys or {}) else PLATFORM_NUMBER,
            # This allows receivers on this machine, such as the sandbox.
            "WEBHOOKS_ALLOW_LOOPBACK": "true",
            **{name: environment.get(name, usual) for name, usual in WEB_SETTINGS.items()},
            **places(self.data),
            **{name: environment[name] for name in self.given},
            **{name: environment.get(name, "") for name in SERVER_SETTINGS},
        }
        self.servers = self._servers_to_start()
        self.children = [self._child(service) for service in services]
        self._tokens: list[socket.socket] = []
        self._pids: dict[str, tuple[str, Sequence[int]]] = {}
        self._written: dict[str, str] = {}
        self._end_leftovers()
        # Messages about ports that were in use.
        self.port_changes: list[str] = []
        self.ports = self._take_ports({"WEB_PORT": web_port} if web_port else {})
        self.keys = dict(keys or {})
        self.settings |= addresses(self.ports) | self.keys

    def remove_leftovers(self) -> None:
        """Removes the env file and the metrics of an earlier run that was killed."""
        self.env_file.unlink(missing_ok=True)
        # Processes need this folder to start, and must not read old counters.
        figures = Path(self.settings["PROMETHEUS_MULTIPROC_DIR"])
        shutil.rmtree(figures, ignore_errors=True)
        figures.mkdir(parents=True, exist_ok=True)

    def start_server(self, pid_name: str) -> None:
        """Starts the server. Raises DidNotStartError."""
        server = self.servers[pid_name]
        server.start()
        self.settings["DATABASE_URL" if pid_name == "PID_POSTGRES" else "REDIS_URL"] = server.url

    def move_to_another_port(self, child: Child) -> bool:
        """Assigns a free port if another program now uses the service's port. Returns whether the port changed."""
        name = child.service.port_name
        if name is None or is_free(self.ports[name]):
            return False
        wanted, self.ports[name] = self.ports[name], free_port()
        self.port_changes.append(port_change(name, wanted, self.ports[name]))
        keep_ports(self.data, self.ports)
        self.settings |= addresses(self.ports) | self.keys
        return True

    def write_env_file(self, *, silent: Collection[Child] = ()) -> None:
        """Writes the env file if it has changed. The file keeps the last pids of processes that do not respond."""
        sessions = sessions_now()
        for name, server in self.servers.items():
            if server.running:
                self._pids[server.name] = (name, [server.pid])
        for child in self.children:
            if child.running and child not in silent:
                self._pids[child.name] = (child.service.pid_name, child.pids(sessions))
        text = {name: self.settings[name] for name in ENV_FILE_NAMES} | self.keys
        for name in PIDS:
            text[name] = ",".join(str(pid) for theirs, pids in self._pids.values() if theirs == name for pid in pids)
        if text != self._written:
            write_dotenv(self.env_file, text)
            self._written = text

    def stop(self) -> None:
        """Stops all services and then all servers, within five seconds."""
        self.env_file.unlink(missing_ok=True)
        deadline = time.monotonic() + GRACE_SECONDS
        # The workers may still need the sandbox.
        inside = [child for child in self.children if child.service.pid_name != "PID_SANDBOX"]
        for group in (inside, [child for child in self.children if child not in inside]):
            for child in group:
                child.ask_to_end()
            for child in group:
                child.end(deadline)
        for server in reversed(self.servers.values()):
            server.stop()
        for token in self._tokens:
            token.close()

    def _servers_to_start(self) -> dict[str, EmbeddedServer]:
        servers: dict[str, EmbeddedServer] = {}
        if "DATABASE_URL" not in self.given:
            servers["PID_POSTGRES"] = Postgres(self.data / "postgres", log=self.data / "logs" / "postgres.log")
        if "REDIS_URL" not in self.given:
            servers["PID_REDIS"] = Valkey(self.data / "valkey", log=self.data / "logs" / "valkey.log")
        return servers

    def _child(self, service: LocalService) -> Child:
        name = service.name.lower().replace(" ", "-")
        return Child(service, self.settings, folder=self.data / "run" / name, log=self.data / "logs" / f"{name}.log")

    def _end_leftovers(self) -> None:
        """Stops the services of an earlier run that was killed, because they may still use its ports."""
        end_leftovers(Path(psutil.Process().exe() or sys.executable), self.data / "run")

    def _take_ports(self, requested: Mapping[str, int]) -> dict[str, int]:
        """Chooses the requested ports, the ports of the last run in this folder, or the defaults. Replaces a port
        that is in use with a free port.

        Stores the ports for the next run, so that old addresses keep working.
        """
        ports = {}
        for name, wanted in {**USUAL_PORTS, **kept_ports(self.data), **requested}.items():
            ports[name], token = take_port(wanted)
            self._tokens.append(token)
            if ports[name] != wanted:
                self.port_changes.append(port_change(name, wanted, ports[name]))
        keep_ports(self.data, ports)
        return ports
