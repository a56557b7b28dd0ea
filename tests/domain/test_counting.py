"""Nouns after a number have the correct plural form."""

import pytest

from domain.plurals import counted


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "0 tries"), (1, "1 try"), (2, "2 tries"), (-1, "-1 tries"), (1200, "1,200 tries")]
)
def test_only_one_is_singular(count: int, expected: str) -> None:
    assert counted(count, "try", "tries") == expected


def test_most_plurals_end_with_an_s() -> None:
    assert [counted(times, "shop") for times in (1, 2)] == ["1 shop", "2 shops"]
