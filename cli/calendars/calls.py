"""Finds the calendar of a command, and converts the provider's errors to messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID

from cli.target_system import CannotError, worker_dependencies

if TYPE_CHECKING:
    from db.calendars.calendars import StoredCalendar
    from worker.dependencies import Dependencies


def calendar_named(words: str) -> "tuple[Dependencies, StoredCalendar]":
    """Finds a calendar by its id, or by its name if the name is unique. Raises CannotError."""
    from db.calendars import calendars

    made = worker_dependencies("calendars")
    with made.transactions() as session:
        found = [one for one in calendars.listed(session) if words in (str(one.id), one.name)]
    if len(found) != 1:
        which = f"Several calendars are named “{words}”. Use an id." if found else f"There is no calendar “{words}”."
        raise CannotError(f"{which} To list all calendars: slots calendars list")
    return made, found[0]


@contextmanager
def explained(made: "Dependencies", calendar_id: UUID | None = None) -> Iterator[None]:
    """Converts the provider's errors to CannotError. If the provider denies access, marks the calendar as broken."""
    from db.calendars import calendars
    from providers.calendars.port import CalendarDeniedError, CalendarUnavailableError
    from worker.calendars.calendar_connections import CalendarStoppedError, break_calendar

    try:
        yield
    except CalendarStoppedError as error:
        raise CannotError(f"{error} The rest is not read.") from None
    except CalendarUnavailableError as error:
        raise CannotError(f"{error} Try again later.") from None
    except CalendarDeniedError as error:
        if calendar_id is not None:
            with made.transactions() as session:
                stored = calendars.find(session, calendar_id)
                if stored is not None:
                    break_calendar(session, stored, str(error))
        raise CannotError(str(error)) from None
