"""Starts a system step by step, with progress messages, and waits until all services respond."""

import socket
import time
from collections.abc import Callable, Iterator, Mapping

from cli.local.apart import apart
from cli.local.forked_process import import_everything
from cli.local.local_services import CLOCK
from cli.local.servers.embedded_postgres import program as postgres_program
from cli.local.servers.embedded_valkey import program as valkey_program
from cli.local.servers.server_process import tail
from cli.local.servers.start_errors import DidNotStartError
from cli.local.supervised_process import Child
from cli.local.system import System
from cli.progress import quietly, say, step, version_of
from settings.loading import SettingsError
from settings.redis_address import parse
from settings.servers import Server

PROGRAMS = {
    "PID_POSTGRES": lambda: postgres_program("postgres"),
    "PID_REDIS": valkey_program,
}
PATIENCE_SECONDS = 300
"""A service that does not respond after this time has failed. A busy machine takes many times the usual seconds."""
POLL_SECONDS = 0.05


class Stopped(Exception):
    """The user interrupted the start. This is not an error."""


def boot(system: System, *, fill: Callable[[Mapping[str, str]], None], stopping: Callable[[], bool]) -> None:
    """Starts all servers and services. Calls `fill` with the settings after the migration. Raises DidNotStartError or
    Stopped.
    """
    steps = _steps(system, fill)
    for _ in steps:
        if stopping():
            raise Stopped


def _steps(system: System, fill: Callable[[Mapping[str, str]], None]) -> Iterator[None]:
    system.remove_leftovers()
    _say_port_changes(system)
    for name in sorted(system.given):
        _check_server(name, system.settings[name])
    for pid_name, server in system.servers.items():
        with step(f"starting {server.name} {version_of(PROGRAMS[pid_name]())}"):
            system.start_server(pid_name)
        yield
    began = time.monotonic()
    if any(child.service.forked for child in system.children):
        with step("importing the code"):
            _import_everything(system.settings)
        yield
    # Services that do not use the database start during the migration.
    for child in system.children:
        if not child.service.needs_the_schema:
            child.start()
    with step("migrating the database"):
        apart(lambda: _migrate(system.settings["DATABASE_URL"]))
    yield
    fill(system.settings)
    yield
    for child in system.children:
        if child.service.needs_the_schema:
            child.start()
    yield from _await_children(system, began)
    system.write_env_file()


def _say_port_changes(system: System) -> None:
    while system.port_changes:
        say(system.port_changes.pop(0))


def _check_server(name: str, url: str) -> None:
    """Raises DidNotStartError if the server is unreachable. Otherwise, every process would print a traceback."""
    reason = ""
    for host, port in _servers(name, url):
        try:
            socket.create_connection((host, port), timeout=3).close()
        except OSError as error:
            reason = f"{host}:{port}: {error}"
        else:
            return
    if reason:
        raise DidNotStartError(
            f"{name} is set, but the server does not respond ({reason}). "
            f"Start it, or unset {name} to use the embedded server."
        )


def _servers(name: str, url: str) -> tuple[Server, ...]:
    """Returns the servers in an address, or an empty tuple for a Unix socket. Raises DidNotStartError."""
    from settings.database import postgres_servers

    try:
        return postgres_servers(url) if name == "DATABASE_URL" else parse(url).servers
    except ValueError as problem:
        raise DidNotStartError(f"{name} {problem}") from None


def _import_everything(settings: Mapping[str, str]) -> None:
    """Imports the code with the settings of beat, which are all that the modules read when they are imported."""
    try:
        import_everything({name: settings[name] for name in CLOCK if settings.get(name)})
    except SettingsError as refused:
        raise DidNotStartError(str(refused)) from None


def _migrate(url: str) -> None:
    from sqlalchemy.exc import DBAPIError

    from db.migrating import upgrade

    try:
        upgrade(url)
    except TimeoutError as busy:
        raise DidNotStartError(str(busy)) from None
    except DBAPIError as why:
        raise DidNotStartError(
            f"The database rejected a migration: {str(why.orig).strip().splitlines()[0]}"
        ) from None


def _await_children(system: System, began: float) -> Iterator[None]:
    """Waits for all services in parallel. They do not depend on each other."""
    waiting = list(system.children)
    say("starting " + ", ".join(child.name for child in waiting))
    while waiting:
        for child in list(waiting):
            _check(system, child, began)
            if child.answers():
                waiting.remove(child)
                say(f"  {child.name} answers {quietly(f'{time.monotonic() - began:.1f} s')}")
            yield
        time.sleep(POLL_SECONDS)


def _check(system: System, child: Child, began: float) -> None:
    if not child.running:
        if not system.move_to_another_port(child):
            raise DidNotStartError(f"{child.name} exited while starting.\n{tail(child.log)}")
        _say_port_changes(system)
        child.start()
    if time.monotonic() - began > PATIENCE_SECONDS:
        raise DidNotStartError(f"{child.name} did not respond within {PATIENCE_SECONDS} s.\n{tail(child.log)}")
