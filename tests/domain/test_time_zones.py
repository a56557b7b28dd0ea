"""Time zones are found by name."""

from __future__ import annotations

import os
import resource

from domain.time_zones import UTC, zone_named


def test_a_zone_that_could_not_be_read_once_is_found_later() -> None:
    name = "Antarctica/Troll"
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    opened = [os.open(os.devnull, os.O_RDONLY)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (opened[0] + 1, limit[1]))
    try:
        assert zone_named(name) is UTC
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)
        os.close(opened[0])
    assert zone_named(name).key == name
