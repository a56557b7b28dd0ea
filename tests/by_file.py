"""How pytest-xdist distributes the tests among its workers."""

from xdist.scheduler import LoadScopeScheduling

# Each of these folders shares one running system, which takes seconds to start: one worker runs all of its tests.
TOGETHER = ("tests/stories/", "tests/contract/", "tests/chaos/")


class ByFile(LoadScopeScheduling):
    """One file at a time. xdist's own groups are not used: pytest 9.2 ignores their names."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.split("::", 1)[0])
