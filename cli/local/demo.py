"""`slots demo`: runs one recovery on the real system and prints each step."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from cli.local.local_command import LocalCommand
from cli.progress import say

EXAMPLES = """\
slots demo                   resell a cancelled appointment, step by step
slots demo --data .demo      the same, with data and logs kept in .demo
slots demo --story move-up   move three customers to earlier times, and sell the last free time
"""


@click.command(cls=LocalCommand, examples=EXAMPLES, short_help="Run a complete recovery in the terminal.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep data and logs in this folder. By default, they are deleted.",
)
@click.option(
    "--story",
    type=click.Choice(["recovery", "move-up"]),
    default="recovery",
    show_default=True,
    help="Scenario to run after the cancellation.",
)
def demo(data: Path | None, story: str) -> None:
    """Run a complete recovery: the first customer does not reply, the second customer's card is declined, and the
    third customer pays. The move-up story instead moves three customers with later appointments to earlier times.

    Runs the same Postgres, Valkey, workers, beat, web and sandbox as `slots up`, and controls them over HTTP. Only
    Twilio and Stripe are simulated. The first offer window is shortened.

    Exit codes: 0 the appointment was resold, 1 the demo failed (the message gives the reason).
    """
    from cli.local import demo_story, move_up_story
    from cli.local.demo_story import DemoFailedError
    from cli.local.servers.start_errors import DidNotStartError

    try:
        with _folder(data) as folder, _system(folder) as settings:
            (move_up_story if story == "move-up" else demo_story).play(settings)
    except (DemoFailedError, DidNotStartError) as why:
        say(f"\nThe demo failed: {why}")
        if data is None:
            say("To keep the logs, run: slots demo --data .demo")
        sys.exit(1)


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    from cli.local.data_folder import data_folder

    made = data or _temporary_folder()
    try:
        with data_folder(made) as folder:
            yield folder
    finally:
        if data is None:
            shutil.rmtree(made, ignore_errors=True)


def _temporary_folder() -> Path:
    from cli.local.servers.start_errors import DidNotStartError

    try:
        return Path(tempfile.mkdtemp(prefix="slots-demo-"))
    except OSError as why:
        raise DidNotStartError(f"no temporary folder can be created: {why.strerror}.") from None


@contextmanager
def _system(folder: Path) -> Iterator[dict[str, str]]:
    import os

    from cli.local.boot import boot
    from cli.local.demo_shop import load
    from cli.local.system import System

    system = System(folder, environment=os.environ)
    try:
        boot(system, fill=load, stopping=lambda: False)
        yield system.settings
    finally:
        say("stopping")
        system.stop()
