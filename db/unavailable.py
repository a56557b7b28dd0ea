"""What is raised while the database can't be worked with: no fault of ours, and over after a while."""

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

DATABASE_UNAVAILABLE = (OperationalError, PoolTimeoutError)
"""Down, restarting, out of connections, a lock not free in time, a deadlock: weather, all of it."""


def is_unavailable(error: BaseException) -> bool:
    """Also of a connection that broke in a way that its driver takes for something else."""
    return isinstance(error, DATABASE_UNAVAILABLE) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def error_kind(error: BaseException) -> str:
    """The driver's own name for it, which says more than SQLAlchemy's."""
    return type(error.orig if isinstance(error, DBAPIError) and error.orig else error).__name__
