"""Selects how much the tests try.

`make test` runs a selection, and `make test-all` runs everything. `make test-all` also sets TEST_EXAMPLES, so that
the property tests try several times as many examples.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings

LONG_FOLDERS = ("tests/faults/",)
"""Tests in these folders are long, except those that are marked as quick."""


def is_long(item: pytest.Item) -> bool:
    """Whether the test is left out of `make test` because of its folder."""
    return item.nodeid.startswith(LONG_FOLDERS) and item.get_closest_marker("quick") is None


def examples(few: int, **more: Any) -> settings:
    """Multiplies `few` by TEST_EXAMPLES to get the number of examples; `more` are other Hypothesis settings."""
    return settings(max_examples=few * int(os.environ.get("TEST_EXAMPLES", "1")), **more)


def long_except(values: Iterable[Any], *now: Any) -> list[Any]:
    """Marks the test parameters, each a value or a tuple, as long unless they are in `now`."""
    return [_parameters(value, () if value in now else pytest.mark.long) for value in values]


def _parameters(value: Any, marks: Any) -> Any:
    return pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=marks)
