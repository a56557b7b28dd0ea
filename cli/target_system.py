"""Loads the settings of a command from the environment or from the folder of a running `slots up`."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from cli.local.dotenv import read_dotenv
from settings.secret_files import SUFFIX

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from worker.dependencies import Dependencies

# `slots up` sets these for its processes, but not in its env file.
SANDBOX_ADDRESSES = ("TWILIO_API_URL", "STRIPE_API_URL", "RESEND_API_URL")
# The limits, in milliseconds. Lists take longer than web pages, and a stream may have a slow reader.
TIMEOUTS = {"statement_timeout": 60_000, "lock_timeout": 5_000, "idle_in_transaction_session_timeout": 600_000}
HELP = "To find the cause: slots doctor. For a system started with `slots up`, add: --data .data"
DATA_HELP = (
    "Folder of a running `slots up`: use its settings instead of the environment."
    " By default .data, if it exists and DATABASE_URL is not set."
)
MADE_UP = Path(".data")
"""The data folder of `make up`."""
DATABASE_VARIABLES = {"DATABASE_URL", f"DATABASE_URL{SUFFIX}"}


class CannotError(click.ClickException):
    """The command failed with exit code 1. The message gives the reason and the next step."""

    def show(self, file: Any = None) -> None:
        click.echo(self.format_message(), err=True)


def with_data(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the option --data, which loads settings into the environment before the command runs."""
    return click.option(
        "--data",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        expose_value=False,
        is_eager=True,
        callback=lambda context, option, folder: take_settings(folder),
        help=DATA_HELP,
    )(command)


def take_settings(data: Path | None) -> None:
    """Loads the settings of the system in this folder into the environment. Raises CannotError.

    If neither a folder nor DATABASE_URL is given, loads the settings of a `make up` that runs in the current folder.
    """
    if data is None and DATABASE_VARIABLES.isdisjoint(os.environ) and (MADE_UP / "env").is_file():
        data = MADE_UP
    if data is not None:
        settings = read_dotenv(data / "env")
        if not settings:
            raise CannotError(
                f"No system runs in {data}: {data / 'env'} is missing. Start one: slots up --data {quote(str(data))}"
            )
        os.environ.update(read_dotenv(data / "credentials") | settings)
    if os.environ.get("ENVIRONMENT", "development").strip().lower() != "production":
        for name in SANDBOX_ADDRESSES if os.environ.get("SANDBOX_URL") else ():
            os.environ.setdefault(name, os.environ["SANDBOX_URL"])
        if os.environ.get("SANDBOX_URL"):
            os.environ.setdefault("WEBHOOKS_ALLOW_LOOPBACK", "true")


@contextmanager
def database() -> "Iterator[Session]":
    """Opens one transaction on DATABASE_URL and commits it at the end."""
    from db.engine import patient_engine
    from db.sessions import sessions
    from settings.database import DatabaseSettings
    from settings.loading import load

    url = load(DatabaseSettings).database_url.get_secret_value()
    database_engine = patient_engine(url, application_name="slots", limits=TIMEOUTS)
    try:
        with sessions(database_engine).begin() as session:
            yield session
    finally:
        database_engine.dispose()


def worker_dependencies(process: str, *, log_level: str = "ERROR") -> "Dependencies":
    """Returns the dependencies of tasks that run in this process, and configures its log."""
    from telemetry import logs
    from worker.dependencies import dependencies

    logs.configure(process=process, level=log_level)
    return dependencies()


def explanation(error: Exception) -> CannotError | None:
    """Returns the message for an error of the settings or the database, and None for any other error."""
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from db.unavailable import is_disk_full
    from settings.loading import SettingsError

    if isinstance(error, SettingsError):
        return CannotError(f"{error}\n{HELP}")
    if is_disk_full(error):
        return CannotError(f"Postgres can't write, because its disk is full: {_first_line(error)}\n{HELP}")
    if isinstance(error, OperationalError):
        return CannotError(f"The database does not respond: {_first_line(error)}\n{HELP}")
    if isinstance(error, ProgrammingError):
        return CannotError(f"The schema does not match: {_first_line(error)}\nTry: slots migrate, then slots doctor")
    return None


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", error)).strip().splitlines()[0]
