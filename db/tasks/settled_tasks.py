"""Tables of settled tasks: one for each day, dropped after the retention period.

A worker that settles a task moves the task's row from `pending_tasks` to `settled_tasks`, which inherits from
`pending_tasks`. A query on `pending_tasks` reads both tables, and a query on `ONLY pending_tasks` reads the open
tasks. Tasks that a worker of an earlier version has settled stay in `pending_tasks` and are deleted individually.
"""

from datetime import timedelta

from sqlalchemy import text

from db.sessions import Speaker

NEXT_DAY = text("""
SELECT 'settled_tasks_until_' || to_char((SELECT clock_timestamp()) AT TIME ZONE 'UTC', 'YYYY_MM_DD') AS name
 WHERE EXISTS (SELECT FROM settled_tasks)
""")
# Rows are only added, so a scan finds the oldest row first.
OVERDUE = text("""
SELECT (SELECT settled_at FROM settled_tasks LIMIT 1) < (SELECT clock_timestamp()) - interval '2 days'
""")
EXISTS = text("SELECT to_regclass(:name) IS NOT NULL")
EXPIRED = text(r"""
SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
 WHERE inhparent = CAST('pending_tasks' AS regclass) AND relname ~ '^settled_tasks_until_\d{4}_\d{2}_\d{2}$'
   AND (to_date(right(relname, 10), 'YYYY_MM_DD') + 1)::timestamp AT TIME ZONE 'UTC'
       <= (SELECT clock_timestamp()) - CAST(:kept_for AS interval)
 ORDER BY relname
""")


def start_next_day(session: Speaker) -> str | None:
    """Renames the table after the current day (UTC) and creates the next one.

    Returns the name of the renamed table, or None if that day already has a table or no task was settled. Locks the
    tables briefly, and fails if it does not get the locks within `lock_timeout`.
    """
    name = session.execute(NEXT_DAY).scalar_one_or_none()
    if name is None or session.execute(EXISTS, {"name": name}).scalar_one():
        return None
    # The lock that a vacuum of `pending_tasks` may hold is taken first, while no worker waits for `settled_tasks`.
    for statement in (
        "LOCK TABLE ONLY pending_tasks IN SHARE UPDATE EXCLUSIVE MODE",
        f"ALTER TABLE settled_tasks RENAME TO {name}",
        f"CREATE TABLE settled_tasks (LIKE {name} INCLUDING INDEXES) INHERITS (pending_tasks)",
        "ALTER TABLE settled_tasks ENABLE ROW LEVEL SECURITY",
    ):
        session.execute(text(statement))
    return str(name)


def is_next_day_overdue(session: Speaker) -> bool:
    """Returns whether `settled_tasks` contains a task that was settled more than two days ago."""
    return bool(session.execute(OVERDUE).scalar_one())


def expired_days(session: Speaker, *, kept_for: timedelta) -> list[str]:
    """Returns the tables whose newest task was settled more than `kept_for` ago, oldest first."""
    return list(session.execute(EXPIRED, {"kept_for": kept_for}).scalars())
