"""Tables that are partitioned by month. Partitions are created ahead of time and dropped after the retention period.

The first partition, `<table>_before`, contains the rows that precede the first month, and the rows of dropped months
that are kept longer. `<table>_default` receives the rows of months without a partition, so that no insert fails.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from db.sessions import Speaker, allow_minutes

STORAGE: Mapping[str, str] = {
    "webhook_deliveries": "WITH (autovacuum_vacuum_scale_factor = 0.02)",
    "events": "",
    "audit_logs": "",
}
"""The tables, partitioned by `created_at` in UTC, with the storage parameters of their partitions."""

MONTHS_AHEAD = 2

CREATE_IN_TURN = text("SELECT pg_advisory_xact_lock(482177)")
"""Serialises the migration and the periodic task, which could otherwise both create the same partition."""


@dataclass(frozen=True, slots=True)
class Month:
    """A partition with the rows from `begins` (inclusive) to `ends` (exclusive)."""

    table: str
    name: str
    begins: datetime
    ends: datetime


def oldest_rows(table: str) -> str:
    """Returns the table or partition from which expired rows are deleted individually.

    Other partitions are dropped as a whole.
    """
    if table in STORAGE:
        return f"{table}_before"
    return "ONLY pending_tasks" if table == "pending_tasks" else table


# Postgres prints the bounds in the session's time zone, so they are parsed in the same statement.
BOUNDS = r"""
SELECT relname AS name, CAST((regexp_match(bound, 'FROM \(''([^'']+)'))[1] AS timestamptz) AS begins,
       CAST((regexp_match(bound, 'TO \(''([^'']+)'))[1] AS timestamptz) AS ends
  FROM pg_inherits JOIN pg_class partition ON partition.oid = inhrelid,
       pg_get_expr(relpartbound, partition.oid) bound
 WHERE inhparent = to_regclass(CAST(:table AS text))
"""
MISSING = text(f"""
SELECT CAST(:table AS text) || to_char(month, '_YYYY_MM') AS name, month AT TIME ZONE 'UTC' AS begins,
       (month + interval '1 month') AT TIME ZONE 'UTC' AS ends
  FROM generate_series(
         (SELECT max(ends) FROM ({BOUNDS}) existing) AT TIME ZONE 'UTC',
         date_trunc('month', (SELECT clock_timestamp()) AT TIME ZONE 'UTC') + make_interval(months => :ahead),
         interval '1 month') month
 ORDER BY month
""")  # noqa: S608 - constants
OLDEST = text(f"""
SELECT name, begins, ends FROM ({BOUNDS}) existing
 WHERE begins IS NOT NULL AND ends <= (SELECT clock_timestamp()) - CAST(:kept_for AS interval)
 ORDER BY begins LIMIT 1
""")  # noqa: S608 - constants
DETACHED = text("""
SELECT relname FROM pg_class
 WHERE pg_table_is_visible(oid) AND relkind = 'r' AND NOT relispartition AND relname ~ :shape
 ORDER BY relname
""")
MISPLACED = "SELECT EXISTS (SELECT FROM {}_default)"


def missing(session: Speaker, table: str) -> list[Month]:
    """Returns the months without a partition, up to `MONTHS_AHEAD` months after the current month."""
    rows = session.execute(MISSING, {"table": table, "ahead": MONTHS_AHEAD}).all()
    return [Month(table, *row) for row in rows]


def create_missing(session: Speaker, table: str) -> list[Month]:
    """Creates the missing partitions, and returns them.

    Moves the rows of these months out of the default partition. Locks the table briefly, and fails if it does not
    get the lock within `lock_timeout`.
    """
    session.execute(CREATE_IN_TURN)
    months = missing(session, table)
    for month in months:
        _create(session, month)
    return months


def _create(session: Speaker, month: Month) -> None:
    """Fills the new table before attaching it, to keep the lock on the partitioned table short."""
    begins, ends = month.begins.isoformat(), month.ends.isoformat()
    columns = f"LIKE {month.table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS"
    of_the_month = f"created_at >= '{begins}' AND created_at < '{ends}'"
    moved = f"DELETE FROM {month.table}_default WHERE {of_the_month} RETURNING *"  # noqa: S608 - names from the database
    bounds = f"FOR VALUES FROM ('{begins}') TO ('{ends}')"
    for statement in (
        f"CREATE TABLE {month.name} ({columns}) {STORAGE[month.table]}",
        f"ALTER TABLE {month.name} ENABLE ROW LEVEL SECURITY",
        f"WITH moved AS ({moved}) INSERT INTO {month.name} SELECT * FROM moved",  # noqa: S608
        f"ALTER TABLE {month.table} ATTACH PARTITION {month.name} {bounds}",
    ):
        session.execute(text(statement))


def expired_month(session: Speaker, table: str, *, kept_for: timedelta) -> Month | None:
    """Returns the oldest month that ended more than `kept_for` ago, or None."""
    row = session.execute(OLDEST, {"table": table, "kept_for": kept_for}).one_or_none()
    return Month(table, *row) if row else None


def prepare_to_detach(session: Speaker, month: Month) -> None:
    """Adds a constraint that lets Postgres extend the first partition to this month without scanning it."""
    first, limit = oldest_rows(month.table), f"CHECK (created_at < '{month.ends.isoformat()}')"
    session.execute(text(f"ALTER TABLE {first} DROP CONSTRAINT IF EXISTS until_next_month"))
    session.execute(text(f"ALTER TABLE {first} ADD CONSTRAINT until_next_month {limit} NOT VALID"))


def validate(session: Speaker, month: Month) -> None:
    """Validates the constraint that `prepare_to_detach` added, without blocking reads and writes."""
    allow_minutes(session)
    session.execute(text(f"ALTER TABLE {oldest_rows(month.table)} VALIDATE CONSTRAINT until_next_month"))


def detach(session: Speaker, month: Month) -> None:
    """Detaches the month, and extends the first partition to the same period, so that it can contain the kept rows.

    The month is renamed to distinguish it from months that an operator has detached, which are never dropped.
    """
    first, bounds = oldest_rows(month.table), f"FOR VALUES FROM (MINVALUE) TO ('{month.ends.isoformat()}')"
    for partition in (month.name, first):
        session.execute(text(f"ALTER TABLE {month.table} DETACH PARTITION {partition}"))
    session.execute(text(f"ALTER TABLE {month.table} ATTACH PARTITION {first} {bounds}"))
    session.execute(text(f"ALTER TABLE {first} DROP CONSTRAINT until_next_month"))
    session.execute(text(f"ALTER TABLE {month.name} RENAME TO {month.name}_expired"))


def detached(session: Speaker, table: str) -> list[str]:
    """Returns the months that have been detached but not dropped yet, including the months of an interrupted run."""
    return list(session.execute(DETACHED, {"shape": rf"^{table}_\d{{4}}_\d{{2}}_expired$"}).scalars())


def keep_some(session: Speaker, table: str, name: str, *, keep: str, limit: int) -> int:
    """Moves up to `limit` rows that satisfy the SQL condition `keep` from a detached month to the first partition.

    Returns the number of moved rows.
    """
    some = f"SELECT t.id FROM {name} t WHERE {keep} LIMIT {limit}"  # noqa: S608 - constants
    moved = f"DELETE FROM {name} WHERE id = ANY (ARRAY({some})) RETURNING *"  # noqa: S608
    return int(
        session.execute(  # type: ignore[attr-defined]
            text(f"WITH moved AS ({moved}) INSERT INTO {oldest_rows(table)} SELECT * FROM moved")  # noqa: S608
        ).rowcount
    )


def drop(session: Speaker, name: str) -> None:
    """Drops a detached month."""
    session.execute(text(f"DROP TABLE {name}"))


def misplaced(session: Speaker) -> list[str]:
    """Returns the tables with rows in the default partition, which holds the rows of months without a partition."""
    return [table for table in STORAGE if session.execute(text(MISPLACED.format(table))).scalar_one()]
