"""Defines how pytest-xdist distributes the tests among its workers."""

from xdist.scheduler import LoadScopeScheduling

# Tests with the same word share one system that takes seconds to start, so one worker runs them all.
TOGETHER = {
    **dict.fromkeys(("tests/cli/test_operating.py", "tests/cli/test_up.py"), "running"),
    **dict.fromkeys(("tests/stories/", "tests/contract/"), "running"),
    "tests/chaos/": "chaos",
}


class ByFile(LoadScopeScheduling):
    """Assigns whole files to workers. xdist's own groups are not used, because pytest 9.2 ignores their names."""

    def _split_scope(self, nodeid: str) -> str:
        groups = (group for folder, group in TOGETHER.items() if nodeid.startswith(folder))
        return next(groups, nodeid.split("::", 1)[0])
