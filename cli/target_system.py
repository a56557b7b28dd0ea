"""Where a command's settings come from: the environment, or the folder of a running `slots up`."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from cli.local.dotenv import read_dotenv

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# What `slots up` gives its processes besides what it tells outsiders.
AT_THE_SANDBOX = ("TWILIO_API_URL", "STRIPE_API_URL", "RESEND_API_URL")
# Milliseconds. A list of everything takes longer than a web page may, and whoever reads it may be slow.
PATIENCE = {"statement_timeout": 60_000, "lock_timeout": 5_000, "idle_in_transaction_session_timeout": 600_000}
NOBODY_THERE = (
    "Is it the database you mean? `slots doctor` says what is wrong with it; with a system of `slots up`, "
    "name its folder: --data .data"
)


class CannotError(click.ClickException):
    """It did not work; the message says why and what to type next. Exit code 1."""

    def show(self, file: Any = None) -> None:
        click.echo(self.format_message(), err=True)


def with_data(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option --data, whose settings are in the environment before the command runs."""
    return click.option(
        "--data",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        expose_value=False,
        is_eager=True,
        callback=lambda context, option, folder: take_settings(folder),
        help="Folder of a running `slots up`, to use its settings instead of the environment's.",
    )(command)


def take_settings(data: Path | None) -> None:
    """Puts the settings of the system that keeps this folder into the environment; raises CannotError."""
    if data is not None:
        told = read_dotenv(data / "env")
        if not told:
            raise CannotError(
                f"No system runs on {data}: there is no {data / 'env'}. Start one: slots up --data {quote(str(data))}"
            )
        os.environ.update(read_dotenv(data / "credentials") | told)
    if os.environ.get("ENVIRONMENT", "development").strip().lower() != "production":
        for name in AT_THE_SANDBOX if os.environ.get("SANDBOX_URL") else ():
            os.environ.setdefault(name, os.environ["SANDBOX_URL"])


@contextmanager
def database() -> "Iterator[Session]":
    """One transaction on DATABASE_URL, committed at the end. Raises CannotError when that can't be."""
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from db.engine import patient_engine
    from db.sessions import sessions
    from settings.database import DatabaseSettings
    from settings.loading import SettingsError, load

    try:
        url = load(DatabaseSettings).database_url.get_secret_value()
    except SettingsError as wrong:
        raise CannotError(f"{wrong}\n{NOBODY_THERE}") from None
    made = patient_engine(url, application_name="slots", limits=PATIENCE)
    try:
        with sessions(made).begin() as session:
            yield session
    except OperationalError as away:
        why = str(away.orig).strip().splitlines()[0]
        raise CannotError(f"The database does not answer: {why}\n{NOBODY_THERE}") from None
    except ProgrammingError as error:
        why = str(error.orig).strip().splitlines()[0]
        raise CannotError(f"The database does not have what is needed: {why}\nTry: slots doctor") from None
    finally:
        made.dispose()
