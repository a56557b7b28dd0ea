"""No test depends on the speed of the machine: the limits of waits are equal, and elapsed time has no upper bound."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import ROOT, nodes

OF_TIME = re.compile("timeout|monotonic|perf_counter|\\.(wait|join|settimeout|alarm|communicate)\\(")
TESTS = [path for path in sorted((ROOT / "tests").rglob("*.py")) if OF_TIME.search(path.read_text("utf-8"))]
"""The files that may contain a limit. Parsing all files would take seconds."""
CLOCKS = {"monotonic", "perf_counter"}
WAITS = {"wait", "join", "settimeout", "alarm", "communicate"}
OWN_LIMITS = {
    # These expect that nothing happens before the limit, or repeat the request after it.
    "tests/chaos/test_schedule.py": {0.2},
    "tests/cli/test_forked_process.py": {0.01},
    "tests/deploy/test_proxies.py": {0.5},
    "tests/deploy/test_redis_tls.py": {5},
    "tests/webhooks/test_under_attack.py": {0.5},
    "tests/worker/test_malformed_messages.py": {2},
    # These callers continue without a response, or pause between two steps.
    "tests/chaos/crowd.py": {2, 30},
    "tests/jobs/test_routes.py": {0.02},
    "tests/worker/test_outgoing_webhooks.py": {0.05},
}
WAITERS = {"tests/waiting.py", "tests/chaos/ending.py"}


def name_in_the_project(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_a_wait_has_the_limit_of_all_waits() -> None:
    """PATIENCE_SECONDS in `tests/waiting.py` is long enough for any machine."""
    found = {name_in_the_project(path): set(limits(path)) for path in TESTS}
    assert {name: numbers for name, numbers in found.items() if numbers} == OWN_LIMITS


def test_elapsed_time_has_no_upper_bound() -> None:
    found = {
        name_in_the_project(path)
        for path in TESTS
        for node in nodes(path)
        if isinstance(node, ast.Compare) and is_upper_bound(node)
    }
    assert found == WAITERS


def limits(path: Path) -> Iterator[float]:
    """Yields the limits that are numbers."""
    for call in (node for node in nodes(path) if isinstance(node, ast.Call)):
        named = [keyword.value for keyword in call.keywords if keyword.arg == "timeout"]
        waits = isinstance(call.func, ast.Attribute) and call.func.attr in WAITS
        only = call.args if waits and len(call.args) == 1 and not call.keywords else []
        for value in named + only:
            if isinstance(value, ast.Constant) and isinstance(value.value, int | float):
                yield value.value


def is_upper_bound(compared: ast.Compare) -> bool:
    """Whether the elapsed time must be less than something."""
    left = {
        ast.unparse(node.func).rpartition(".")[2] for node in ast.walk(compared.left) if isinstance(node, ast.Call)
    }
    return bool(CLOCKS & left) and isinstance(compared.ops[0], ast.Lt | ast.LtE)
