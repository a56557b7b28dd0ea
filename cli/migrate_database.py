"""`slots migrate`: migrates the database to the newest schema."""

import click

from cli.help import Command
from cli.progress import say, step
from cli.target_system import CannotError, with_data

EXAMPLES = """\
slots migrate           before new code starts, and after a restore
slots migrate --check   only report whether the schema is up to date
"""


@click.command(cls=Command, examples=EXAMPLES, short_help="Migrate the database to the newest schema.")
@click.option("--check", is_flag=True, help="Report whether the schema is up to date, without migrating.")
@with_data
def migrate(check: bool) -> None:
    """Run all pending migrations on DATABASE_URL. Safe to run concurrently.

    Also creates missing partitions, and makes the events of a restored database readable again.

    Exit codes: 0 the schema is up to date, 1 the schema is outdated (with --check) or a migration failed.
    """
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from db.migrating import current, head, upgrade
    from settings.database import DatabaseSettings
    from settings.loading import load

    try:
        url = load(DatabaseSettings).database_url.get_secret_value()
        before, newest = current(url), head()
        if check and before != newest:
            raise CannotError(f"Schema: {before or 'empty'}. Newest: {newest}. Run: slots migrate")
        if not check:
            migration = f"migrating the schema from {before or 'empty'} to {newest}"
            with step("completing the schema" if before == newest else migration):
                upgrade(url)
        say(f"the schema is up to date ({newest})")
    except TimeoutError as error:
        raise CannotError(str(error)) from None
    except (OperationalError, ProgrammingError) as error:
        raise CannotError(f"{str(error.orig).strip().splitlines()[0]}\nTry: slots doctor") from None
