"""docs/reference/invariants.md: what must hold at any time."""

from cli.reference.markdown import page, table
from db.invariants import GRACE, INVARIANTS

INTRODUCTION = f"""\
Each is an SQL query that answers the rows that break it. They run after every story of the tests, regularly in
production (the task `check_invariants`). What is due may take {GRACE.total_seconds() / 60:g} minutes there
before it counts as overdue; in the tests it may take nothing. Those that need the ledger compare our rows with
everything the sandbox was asked and everything it sent. I11, that a webhook told again changes nothing, compares two
moments and is a test of its own."""


def invariants_page() -> str:
    """In the order of their numbers."""
    rows = (
        (each.name, each.sentence, "the rows and the ledger" if each.needs_ledger else "the rows")
        for each in INVARIANTS
    )
    return page("Invariants", INTRODUCTION, table(("", "What must hold", "Looked for in"), rows))
