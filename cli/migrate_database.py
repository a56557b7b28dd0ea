"""`slots migrate`: brings the database to the newest schema."""

import click

from cli.help import Command
from cli.target_system import CannotError, with_data

EXAMPLES = """\
slots migrate           before new code starts; does nothing when the schema is up to date
slots migrate --check   says whether there is something to do, and does nothing
"""


@click.command(cls=Command, examples=EXAMPLES, short_help="Bring the database to the newest schema.")
@click.option("--check", is_flag=True, help="Only say whether the schema is up to date.")
@with_data
def migrate(check: bool) -> None:
    """Run every migration that DATABASE_URL hasn't had. Safe to run from several places at once.

    Exit codes: 0 the schema is up to date, 1 it is not (with --check) or could not be migrated.
    """
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from cli.progress import say, step
    from db.migrating import current, head, upgrade
    from settings.database import DatabaseSettings
    from settings.loading import SettingsError, load

    try:
        url = load(DatabaseSettings).database_url.get_secret_value()
        before, newest = current(url), head()
        if check and before != newest:
            raise CannotError(f"The schema is {before or 'empty'}, the newest is {newest}. Run: slots migrate")
        if before != newest:
            with step(f"bringing the schema from {before or 'nothing'} to {newest}"):
                upgrade(url)
        say(f"the schema is the newest ({newest})")
    except SettingsError as wrong:
        raise CannotError(str(wrong)) from None
    except TimeoutError as busy:
        raise CannotError(str(busy)) from None
    except (OperationalError, ProgrammingError) as why:
        raise CannotError(f"{str(why.orig).strip().splitlines()[0]}\nTry: slots doctor") from None
