"""Wishes that no slot can match."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from domain.wishes import contradictions

TODAY = date(2030, 5, 15)  # Wednesday

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a priority without a reason": ({"priority": 1}, "priority_reason"),
    "the end is the start": ({"time_from": time(9), "time_until": time(9)}, "time_until"),
    "before midnight": ({"time_from": time(0), "time_until": time(0)}, "time_until"),
    "the last day before the first": (
        {"date_from": date(2030, 5, 17), "date_until": date(2030, 5, 16)},
        "date_until",
    ),
    "the last day is over": ({"date_until": date(2030, 5, 14)}, "date_until"),
    "both days are over": ({"date_from": date(2030, 5, 1), "date_until": date(2030, 5, 14)}, "date_until"),
    "no such day": (
        {"date_from": date(2030, 5, 20), "date_until": date(2030, 5, 24), "weekdays": [6, 7]},
        "weekdays",
    ),
    "the day is over": ({"date_from": date(2030, 5, 1), "date_until": TODAY, "weekdays": [1, 2]}, "weekdays"),
}


@pytest.mark.parametrize(("wishes", "column"), REFUSED.values(), ids=REFUSED.keys())
def test_wishes_that_no_slot_can_match(wishes: dict[str, Any], column: str) -> None:
    assert [wrong for wrong, _ in contradictions(wishes, today=TODAY)] == [column]


POSSIBLE: dict[str, dict[str, Any]] = {
    "any": {},
    "today": {"date_until": TODAY},
    "this weekday": {"date_until": TODAY, "weekdays": [3]},
    "one day": {"date_from": date(2030, 5, 18), "date_until": date(2030, 5, 18), "weekdays": [6]},
    "a week": {"date_from": date(2030, 5, 20), "date_until": date(2030, 5, 26), "weekdays": [7]},
    "for years": {"date_until": date.max, "weekdays": [1]},
    "no last day": {"date_from": date(2030, 5, 1), "weekdays": [1]},
    "a priority with its reason": {"priority": 1, "priority_reason": "Ill."},
}


@pytest.mark.parametrize("wishes", POSSIBLE.values(), ids=POSSIBLE.keys())
def test_wishes_that_a_slot_can_match(wishes: dict[str, Any]) -> None:
    assert list(contradictions(wishes, today=TODAY)) == []
