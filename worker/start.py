"""Starts a worker or beat with Celery's commands `worker` and `beat`, and imports none of Celery's other commands.

The program `celery` imports all commands, including those of Flower, and takes 10 MB more in each process.
"""

import click
from celery.bin.base import CLIContext
from celery.bin.beat import beat
from celery.bin.worker import worker

from worker.app import app


@click.group()
@click.pass_context
def start(context: click.Context) -> None:
    """Start a worker or beat, with the options of Celery."""
    context.obj = CLIContext(app=app, no_color=False, workdir=None)


start.add_command(worker)
start.add_command(beat)

if __name__ == "__main__":
    start()
