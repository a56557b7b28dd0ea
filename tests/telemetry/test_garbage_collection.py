"""Objects that exist after the imports are not visited by the garbage collector."""

import gc

import pytest

from telemetry.garbage_collection import exclude_imported


@pytest.mark.long
def test_the_collector_does_not_examine_objects_that_existed_before() -> None:
    before = [[]]
    exclude_imported()
    after = [[]]
    visited = {id(one) for one in gc.get_objects()}
    assert id(before) not in visited
    assert id(after) in visited
