"""docs/states.md lists every module and trigger that writes rows of a recovery.

The module `db.recoveries.recovery_changes` is not in the list.
"""

import re

from docs.generator.states_page import WRITTEN_ELSEWHERE
from tests.architecture.sources import ROOT, modules, name_of

TABLES = "slot_openings|slot_offers|payments|appointments"
# Matches text up to the end of the statement or subquery.
SAME = r"(?:(?!RETURNING)[^;\"])*?"
# Matches writes to the state that `decide` reads. Intent ids, failure codes and requests are not part of that state.
WRITE = re.compile(
    rf"UPDATE (?:{TABLES})\b{SAME}\bSET\b{SAME}\b(?:status|expires_at|next_search_at|ended_by) ="
    rf"|INSERT INTO (?:{TABLES})\b"
    r"|\b(?:insert|update)\((?:Appointment|Payment|SlotOpening|SlotOffer)\)"
)
TRIGGER = re.compile(r"CREATE (?:OR REPLACE )?FUNCTION (\w+)\(\) RETURNS trigger .*?END \$\$;", re.DOTALL)
SETS = re.compile(r"NEW\.(?:status|expires_at|cooldown_until|next_search_at) :=")


def listed(kind: str) -> set[str]:
    """Returns the listed modules, such as `db.recoveries.due`, or the listed triggers."""
    named = {re.sub("`|trigger ", "", writer) for writer, _, _ in WRITTEN_ELSEWHERE if kind in writer}
    return {name for name in named if ("." in name) is (kind == "db.")}


def test_every_module_that_writes_a_recovery_is_listed() -> None:
    found = {
        name_of(path) for path in modules("db") if "migrations" not in path.parts and WRITE.search(path.read_text())
    }
    assert found - {"db.recoveries.recovery_changes"} == listed("db.")


def test_every_trigger_that_writes_a_recovery_is_listed() -> None:
    sources = "\n".join(path.read_text() for path in sorted((ROOT / "db/migrations/sql").glob("*.sql")))
    found = {match[1] for match in TRIGGER.finditer(sources) if SETS.search(match[0])}
    assert found == listed("trigger")
