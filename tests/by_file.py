"""Defines how pytest-xdist distributes the tests among its workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    import pytest
    from xdist.workermanage import WorkerController

IN_A_BROWSER = (
    *(f"tests/dashboard/test_{page}_in_a_browser.py" for page in ("booking", "joining", "paying")),
    *(f"tests/dashboard/shop/test_{name}in_a_browser.py" for name in ("", "fits_", "forms_")),
    *("tests/dashboard/shop/test_by_keyboard.py", "tests/sandbox/test_card_form.py", "tests/sandbox/test_phones.py"),
)
SERVED = tuple(
    f"tests/webhooks/test_{name}.py" for name in ("bad_requests", "over_http", "routes", "schema", "under_attack")
)
COMMANDS = (
    *(
        f"tests/cli/test_{name}.py"
        for name in ("api_keys", "customers", "data_folder", "export", "forgetting", "help", "migrate", "pending")
    ),
    *(f"tests/cli/test_{name}.py" for name in ("received", "shop", "show", "waitlist")),
    *("tests/jobs/test_by_hand.py", "tests/telemetry/test_figures.py"),
)
"""These tests fork commands from a process that has imported all modules, as some tests of the running system do."""
# Tests with the same word share a resource that takes seconds to create, so the same worker runs them.
TOGETHER = {
    **dict.fromkeys(("tests/cli/test_operating.py", "tests/cli/test_up.py"), "running"),
    **dict.fromkeys(("tests/stories/", "tests/contract/", *COMMANDS), "running"),
    **dict.fromkeys(IN_A_BROWSER, "browser"),
    "tests/dashboard/": "compiled templates",
    "tests/api/": "api",
    **dict.fromkeys(SERVED, "served"),
    "tests/architecture/": "parsed sources",
    "tests/chaos/": "chaos",
}
# The tests of this file are independent of each other and take many minutes, so two workers may share them.
PARTS = {"tests/faults/test_calendar_kills.py": 2}

DURATIONS = Path(__file__).with_name("durations.tsv")
"""The seconds of each group that takes at least LISTED_SECONDS in `make test-all`, longest first."""
LISTED_SECONDS = 10


def group_of(nodeid: str) -> str:
    """Names the tests that run in the same worker as this test: a word in TOGETHER, a file, or a part of a file."""
    groups = (group for folder, group in TOGETHER.items() if nodeid.startswith(folder))
    file = nodeid.split("::", 1)[0]
    part = f" {crc32(nodeid.encode()) % PARTS[file]}" if file in PARTS else ""
    return next(groups, file + part)


def listed_durations() -> dict[str, int]:
    lines = (line.split("\t") for line in DURATIONS.read_text(encoding="utf-8").splitlines())
    return {group: int(seconds) for seconds, group in lines}


def list_durations(reports: Iterable[pytest.TestReport]) -> None:
    """Rewrites the table of durations from the reports of a run."""
    seconds: Counter[str] = Counter()
    for report in reports:
        seconds[group_of(report.nodeid)] += report.duration  # type: ignore[assignment]
    lines = [f"{took:.0f}\t{group}\n" for group, took in seconds.most_common() if took >= LISTED_SECONDS]
    DURATIONS.write_text("".join(lines), encoding="utf-8")


class ByFile(LoadScopeScheduling):
    """Assigns whole files to workers, the longest first. Otherwise, the last worker would run a long file alone.

    xdist's own groups are not used, because pytest 9.2 ignores their names.
    """

    def __init__(self, config: pytest.Config, log: object = None) -> None:
        super().__init__(config, log)
        self._durations = listed_durations()

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        longest = max(self.workqueue, key=lambda group: self._durations.get(group, 0))
        self.workqueue.move_to_end(longest, last=False)
        super()._assign_work_unit(node)
