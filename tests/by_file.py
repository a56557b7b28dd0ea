"""Defines how pytest-xdist distributes the tests among its workers."""

from xdist.scheduler import LoadScopeScheduling

IN_A_BROWSER = (
    *(f"tests/dashboard/test_{page}_in_a_browser.py" for page in ("booking", "joining", "paying")),
    *(f"tests/dashboard/shop/test_{name}in_a_browser.py" for name in ("", "fits_", "forms_")),
    *("tests/dashboard/shop/test_by_keyboard.py", "tests/sandbox/test_card_form.py", "tests/sandbox/test_phones.py"),
)
SERVED = tuple(
    f"tests/webhooks/test_{name}.py" for name in ("bad_requests", "over_http", "routes", "schema", "under_attack")
)
# Tests with the same word share a resource that takes seconds to create, so the same worker runs them.
TOGETHER = {
    **dict.fromkeys(("tests/cli/test_operating.py", "tests/cli/test_up.py"), "running"),
    **dict.fromkeys(("tests/stories/", "tests/contract/"), "running"),
    **dict.fromkeys(IN_A_BROWSER, "browser"),
    "tests/dashboard/": "compiled templates",
    "tests/api/": "api",
    **dict.fromkeys(SERVED, "served"),
    "tests/architecture/": "parsed sources",
    "tests/chaos/": "chaos",
}


class ByFile(LoadScopeScheduling):
    """Assigns whole files to workers.

    xdist's own groups are not used, because pytest 9.2 ignores their names.
    """

    def _split_scope(self, nodeid: str) -> str:
        groups = (group for folder, group in TOGETHER.items() if nodeid.startswith(folder))
        return next(groups, nodeid.split("::", 1)[0])
