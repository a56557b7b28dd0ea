"""Checks that the schema is at the newest revision and has the required privileges and constraints."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import CheckConstraint, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from cli.doctor.findings import Finding, failure, ok, skipped, warning
from cli.doctor.target import CheckTarget
from db import migrating, partitions
from db.models import ModelRecord
from db.tasks import settled_tasks
from domain.plurals import counted

TABLES = [table.name for table in ModelRecord.metadata.sorted_tables]
OF_A_SHOP = [
    table.name for table in ModelRecord.metadata.sorted_tables if "shop_id" in table.c or table.name == "shops"
]
GUARDS = {
    *(
        str(constraint.name)
        for table in ModelRecord.metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint | ExcludeConstraint | CheckConstraint) and constraint.name
    ),
    *(str(index.name) for table in ModelRecord.metadata.sorted_tables for index in table.indexes if index.unique),
}

MAY_NOT = text("""
SELECT name FROM unnest(CAST(:tables AS text[])) name
 WHERE to_regclass(name) IS NOT NULL
   AND NOT (has_table_privilege(name, 'SELECT') AND has_table_privilege(name, 'INSERT')
            AND has_table_privilege(name, 'UPDATE') AND has_table_privilege(name, 'DELETE'))
""")
MAY_READ_REVISION = text(
    "SELECT to_regclass('alembic_version') IS NULL OR has_table_privilege('alembic_version', 'SELECT')"
)
REVISION = text("SELECT version_num FROM alembic_version")
MIGRATED = text("SELECT to_regclass('alembic_version') IS NOT NULL")
# Since Postgres 16, a member of a role may lack permission to assume it.
ROLES = text("""
SELECT name, CASE WHEN rolname IS NULL THEN 'missing'
                  WHEN NOT pg_has_role(current_user, oid,
                       CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)
                  THEN 'not ours' END AS fault
  FROM unnest(CAST(:names AS text[])) name LEFT JOIN pg_roles ON rolname = name
""")
UNGUARDED = text("""
SELECT name FROM unnest(CAST(:tables AS text[])) name JOIN pg_class ON pg_class.oid = to_regclass(name)
 WHERE NOT relrowsecurity ORDER BY name
""")
PRESENT = text("""
SELECT conname FROM pg_constraint
UNION SELECT relname FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid WHERE indisunique AND indisvalid
""")
ASLEEP = text("SELECT tgrelid::regclass || '.' || tgname FROM pg_trigger WHERE tgenabled = 'D' AND NOT tgisinternal")


def rights(target: CheckTarget) -> Iterator[Finding]:
    with target.transaction() as session:
        refused = list(session.execute(MAY_NOT, {"tables": TABLES}).scalars())
        reads_revision = session.execute(MAY_READ_REVISION).scalar_one()
    if refused or not reads_revision:
        some = ", ".join(refused[:3]) or "alembic_version"
        message = f"this role has no permission to read and write {counted(len(refused) or 1, 'table')} ({some} ...)"
        fix = "Use the role that owns the tables in DATABASE_URL, or: GRANT ALL ON ALL TABLES IN SCHEMA public TO ..."
        yield failure("schema.rights", message, fix)
    else:
        target.well.add("rights")


def migrations(target: CheckTarget) -> Iterator[Finding]:
    """Compares the schema revision of the database with the code's revision."""
    if "rights" not in target.well:
        yield skipped("schema.migrations", "requires these permissions")
        return
    with target.transaction() as session:
        there = session.execute(REVISION).scalar() if session.execute(MIGRATED).scalar_one() else None
    newest = migrating.head() or ""
    if there is None:
        yield failure("schema.empty", "this database has never been migrated", "Run: slots migrate")
    elif there < newest:
        message = f"the schema is {there}; this code requires {newest}"
        yield failure("schema.behind", message, "Run: slots migrate (before the new code starts)")
    elif there > newest:
        target.well.add("schema")
        message = f"the schema is {there}, newer than this code ({newest})"
        fix = "After a rollback, this is expected. Otherwise deploy the newer code, or correct DATABASE_URL."
        yield warning("schema.ahead", message, fix)
    else:
        target.well |= {"schema", "same schema"}
        yield ok("schema.migrations", f"the schema is up to date ({there})")


def guards(target: CheckTarget) -> Iterator[Finding]:
    """Checks that all constraints exist, because a missing constraint allows inconsistent rows."""
    if "same schema" not in target.well:
        yield skipped("schema.guards", "requires the schema of this code")
        return
    with target.transaction() as session:
        missing = sorted(GUARDS - set(session.execute(PRESENT).scalars()))
        asleep = list(session.execute(ASLEEP).scalars())
        roles = [
            (name, fault) for name, fault in session.execute(ROLES, {"names": list(ROLE_OF)}) if fault is not None
        ]
        unguarded = list(session.execute(UNGUARDED, {"tables": OF_A_SHOP}).scalars())
    yield from _damage(missing, asleep, unguarded)
    for name, fault in roles:
        yield failure(f"schema.{ROLE_OF[name].check}", *_role_fault(name, fault))
    if not (missing or asleep or unguarded or roles):
        yield ok("schema.guards", f"all {len(GUARDS)} constraints exist, and row-level security is on")


def months(target: CheckTarget) -> Iterator[Finding]:
    """Checks the partitions of the coming months, the default partitions and `settled_tasks`.

    The coming months must have partitions, the default partitions must be empty, and `settled_tasks` must contain the
    tasks of only one day.
    """
    if "schema" not in target.well:
        yield skipped("schema.months", "requires the newest schema")
        return
    with target.transaction() as session:
        missing = [month.name for table in partitions.STORAGE for month in partitions.missing(session, table)]
        misplaced, overdue = partitions.misplaced(session), settled_tasks.is_next_day_overdue(session)
    fix = "Run: slots migrate. The task maintain_partitions creates them every hour; see its log if it fails."
    if missing:
        yield failure("schema.months", f"partitions of coming months are missing: {', '.join(missing)}", fix)
    elif misplaced:
        message = f"rows of months without a partition are in {', '.join(f'{name}_default' for name in misplaced)}"
        yield failure("schema.months", message, "Correct the clock of the Postgres server, then run: slots migrate")
    elif overdue:
        fix = "Check that a worker runs maintain_partitions every hour; see its log if it fails."
        yield failure("schema.months", "settled_tasks contains the tasks of several days", fix)
    else:
        yield ok("schema.months", "the partitions of the coming months exist")


@dataclass(frozen=True, slots=True)
class RoleUse:
    """The check for a database role, and the feature that fails without the role."""

    check: str
    fails: str


ROLE_OF = {
    "slots_dashboard": RoleUse("dashboard_role", "the dashboard fails"),
    "slots_api": RoleUse("api_role", "the API fails"),
}


def _role_fault(name: str, fault: str) -> tuple[str, str]:
    """Returns the message and the fix."""
    if fault == "missing":
        return (
            f"the role {name} does not exist",
            f"As an administrator: CREATE ROLE {name} NOLOGIN; then: slots migrate",
        )
    return (
        f"the role in DATABASE_URL can't switch to {name}, so {ROLE_OF[name].fails}",
        f"As an administrator: GRANT {name} TO <the role in DATABASE_URL>",
    )


def _damage(missing: list[str], asleep: list[str], unguarded: list[str]) -> Iterator[Finding]:
    if missing:
        message = f"constraints are missing: {', '.join(missing)}"
        fix = "Restore them from db/migrations/sql. Until then, double bookings and duplicate texts are possible."
        yield failure("schema.constraints", message, fix)
    if asleep:
        fix = f"ALTER TABLE {asleep[0].partition('.')[0]} ENABLE TRIGGER ALL"
        yield failure("schema.triggers", f"triggers are disabled: {', '.join(asleep)}", fix)
    if unguarded:
        message = f"row-level security is off on {', '.join(unguarded)}: only the queries separate the shops"
        yield failure("schema.row_security", message, f"ALTER TABLE {unguarded[0]} ENABLE ROW LEVEL SECURITY")
