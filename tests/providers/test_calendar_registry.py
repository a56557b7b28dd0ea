"""The registry of calendars agrees with the database tables."""

from __future__ import annotations

from db.calendars.calendars import READ_ONLY
from providers.calendars.registry import PROVIDERS


def test_the_kinds_that_can_only_be_read_are_known_to_the_database_layer() -> None:
    assert {kind for kind, one in PROVIDERS.items() if not one.writes} == READ_ONLY
