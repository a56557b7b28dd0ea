"""How pytest-xdist shares the tests among its workers."""

from xdist.scheduler import LoadScopeScheduling

# Each of these folders has one running system, which takes seconds to start: one worker runs all of its tests.
TOGETHER = ("tests/stories/", "tests/contract/", "tests/chaos/")


class ByFile(LoadScopeScheduling):
    """A file at a time. Not by xdist's own groups: pytest 9.2 overlooks their names."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.split("::", 1)[0])
