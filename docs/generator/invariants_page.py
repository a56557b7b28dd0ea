"""docs/reference/invariants.md: the invariants of the database."""

from db.invariants import GRACE, INVARIANTS
from docs.generator.markdown import page, table

INTRODUCTION = f"""\
Each invariant is an SQL query that returns the rows that break it. The queries run at the end of every end-to-end
test and periodically in production (the task `check_invariants`). Work that is due is considered overdue after
{GRACE.total_seconds() / 60:g} minutes in production, and immediately in tests. Invariants that need the ledger
compare the database with every request that the sandbox received and every webhook that it sent. I11 (a repeated
webhook changes nothing) compares the database at two times, so it has a separate test."""


def invariants_page() -> str:
    """Returns the page, with the invariants in numerical order."""
    rows = (
        (each.name, each.sentence, "database and ledger" if each.needs_ledger else "database") for each in INVARIANTS
    )
    return page("Invariants", INTRODUCTION, table(("", "Invariant", "Checked in"), rows))
