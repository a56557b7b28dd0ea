"""`slots up`: runs the whole system on this machine until it is stopped."""

import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from cli.local.demo_shop import OWNER_PHONE, load_and_confirm, name_phones
from cli.local.local_command import LocalCommand
from cli.progress import say

if TYPE_CHECKING:
    from cli.local.system import System

EXAMPLES = """\
slots up --data .data             run the system with a demo shop, until Ctrl-C
slots up --data /tmp/x --empty    the same without a shop
slots up --data .own --keys .env  use your own Twilio and Stripe test keys
set -a; . .data/env; set +a       load the addresses and secrets of `.data` into another terminal
"""


@click.command(cls=LocalCommand, examples=EXAMPLES)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".data"),
    show_default=True,
    help="Folder for data, logs and secrets. Created if it does not exist.",
)
@click.option("--empty", is_flag=True, help="Do not create the demo shop.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Port for the pages and webhooks, if it is free. The next start uses the same port.",
)
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with your own Twilio or Stripe test keys. The demo shop is not created.",
)
@click.option(
    "--separate-workers",
    is_flag=True,
    help="Run each worker separately, as in production. This uses more memory.",
)
def up(data: Path, empty: bool, port: int | None, keys: Path | None, separate_workers: bool) -> None:
    """Run the whole system until Ctrl-C.

    Starts Postgres, Valkey, the sandbox, web, workers, beat and Flower on this machine, and restarts any process that
    dies. Prints `ready` when all services respond. The file `env` in the data folder then contains addresses, secrets
    and pids. If DATABASE_URL or REDIS_URL is set, that server is used instead of the embedded server.

    Exit codes: 0 stopped, 1 could not start (the message gives the reason), 2 invalid usage.
    """
    from cli.local.data_folder import data_folder
    from cli.local.local_services import LOCAL_SERVICES, SERVICES
    from cli.local.own_keys import own_keys
    from cli.local.servers.start_errors import DidNotStartError
    from cli.local.system import System

    try:
        with data_folder(data) as folder:
            services = SERVICES if separate_workers else LOCAL_SERVICES
            system = System(folder, web_port=port, keys=own_keys(keys) if keys else None, services=services)
            _run(system, *(EMPTY if empty or keys else DEMO))
    except DidNotStartError as why:
        say(str(why))
        sys.exit(1)


def _run(system: "System", fill: Callable[[Mapping[str, str]], None], sign_in: str) -> None:
    from cli.local.apart import apart
    from cli.local.boot import Stopped, boot
    from cli.local.supervisor import POLL_SECONDS, Supervisor

    signals: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: signals.append(number))
    try:
        boot(system, fill=lambda settings: apart(lambda: fill(settings)), stopping=lambda: bool(signals))
        if fill is load_and_confirm:
            name_phones(system.settings)
        _print_addresses(system, sign_in)
        if not sign_in and not _has_shop(system):
            say(_first_shop(system))
        click.echo("ready")
        watch = Supervisor(system)
        while not signals:
            watch.round()
            time.sleep(POLL_SECONDS)
    except Stopped:
        pass
    finally:
        say("stopping")
        system.stop()


def _nothing(settings: Mapping[str, str]) -> None:
    """Creates no shop. This is used for --empty."""


def _print_addresses(system: "System", sign_in: str) -> None:
    settings = system.settings
    user, _, password = settings["FLOWER_BASIC_AUTH"].partition(":")
    say(
        f"""
  pages    {settings["WEB_URL"]}/app/login   {sign_in}
  phones   {settings["SANDBOX_URL"]}/phones   texts and sign-in codes arrive here
  Flower   {settings["FLOWER_URL"]}   user {user}, password {password}
  for scripts: {quote(str(system.env_file))}   logs: {quote(str(system.data / "logs"))}
  Ctrl-C stops everything."""
    )


def _has_shop(system: "System") -> bool:
    import psycopg

    with psycopg.connect(system.settings["DATABASE_URL"]) as connection:
        return bool(connection.execute("SELECT EXISTS (SELECT FROM shops)").fetchone() == (True,))


def _first_shop(system: "System") -> str:
    """Explains how to create the first shop."""
    data = f" --data {quote(str(system.data))}"
    return f"""
  There is no shop yet. In another terminal, create one with its owner; then sign in and follow the checklist:
    slots shop create{data} --name "Salon Lou" --sms-from +447700900100 --owner-phone +447700900101"""


# For each start option: the function that fills the database, and a hint for signing in.
EMPTY = (_nothing, "")
DEMO = (load_and_confirm, f"sign in as {OWNER_PHONE}, the demo shop's owner")
