"""Measures the server time of the dashboard's pages in a shop with 100,000 customers and 10,000 slots."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Engine, event, text

from benchmarks import page_costs
from benchmarks.measurements import Measurement, Plot, value
from db.sessions import sessions

SIZE, QUICK_SIZE = (100_000, 10_000), (1_300, 250)
STATEMENTS, MILLISECONDS = 8, 50
# These statements read the member and set the role. They are the same on every page and are not counted.
OF_THE_FRAME = re.compile("staff_sessions|SET TRANSACTION|set_config")


def measure(*, quick: bool) -> Iterator[Measurement]:
    """Calls the pages in this process through WSGI. Measures each request. The baseline is an empty transaction."""
    customers, slots = QUICK_SIZE if quick else SIZE
    with (
        tempfile.TemporaryDirectory(prefix="slots-bench-") as folder,
        page_costs.a_large_shop(Path(folder), customers, slots) as made,
    ):
        web = page_costs.signed_in(made)
        with sessions(made).begin() as session:
            known = page_costs.places(session)
        baseline = page_costs.median(lambda: _nothing(made), 50)
        statements = {}
        for name, path in page_costs.PAGES.items():
            address = path.format(**known)
            statements[name] = _statements(made, lambda address=address: web.get(address))  # type: ignore[misc]
            taken = page_costs.median(lambda address=address: web.get(address), 2 if quick else 20)  # type: ignore[misc]
            note, plot = f"statements: {statements[name]}", Plot("pages", "median", name)
            yield Measurement(f"page {name}", taken, "ms", baseline, value(most=MILLISECONDS), note, plot=plot)
    most = max(statements, key=lambda name: statements[name])
    yield Measurement("pages, most statements", statements[most], "", None, value(most=STATEMENTS), f"of {most}")


def _nothing(made: Engine) -> None:
    with sessions(made).begin() as session:
        session.execute(text("SELECT 1"))


def _statements(made: Engine, ask: Callable[[], object]) -> int:
    """Counts the statements of a request, without BEGIN and COMMIT."""
    seen: list[str] = []

    def count(*statement: object) -> None:
        seen.append(str(statement[2]))

    event.listen(made, "before_cursor_execute", count)
    ask()
    event.remove(made, "before_cursor_execute", count)
    return sum(not OF_THE_FRAME.search(statement) for statement in seen)
