"""Time zones are found by name."""

from __future__ import annotations

import os
import resource

import pytest

from domain.time_zones import UTC, is_known, zone_named


@pytest.mark.parametrize(
    ("name", "known"),
    [
        *[(name, True) for name in ("Europe/London", "Asia/Calcutta", "US/Eastern", "EST5EDT", "Etc/GMT+5", "UTC")],
        *[
            (name, False)
            for name in ("localtime", "posixrules", "Factory", "right/Europe/London", "posix/Europe/London")
        ],
        *[
            (name, False)
            for name in ("BST", "PST", "GMT+1", "+01:00", "Z", "Europe", "Europe/London ", "zone.tab", "")
        ],
    ],
)
def test_a_zone_of_a_shop_is_an_iana_zone(name: str, known: bool) -> None:
    assert is_known(name) is known


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
