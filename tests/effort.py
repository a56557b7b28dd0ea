"""Selects which tests run and how many examples they try.

`make test` runs a selection of the tests. `make test-all` runs all tests and sets TEST_EXAMPLES, so that property
tests try several times as many examples.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings

TEST_EXAMPLES = int(os.environ.get("TEST_EXAMPLES", "1"))

LONG_FOLDERS = ("tests/faults/",)
"""Tests in these folders are long, except those that are marked as quick."""


left_out: frozenset[str] = frozenset()
"""Tests with any of these marks are not created in this run."""


def leave_out(config: pytest.Config) -> None:
    """Creates no long tests if the run excludes them: creating a test takes 0.4 ms in each test process.

    If a single test is named, it is created, so that pytest does not report that it is missing.
    """
    global left_out
    named = any("::" in argument for argument in config.args)
    without = {mark for mark in ("long", "chaos") if f"not {mark}" in config.option.markexpr}
    left_out = frozenset() if named else frozenset(without)


def is_left_out(module: pytest.Collector, function: object) -> bool:
    """Returns whether no test of this function runs."""
    marks = {mark.name for mark in (*module.iter_markers(), *getattr(function, "pytestmark", ()))}
    if module.nodeid.startswith(LONG_FOLDERS) and "quick" not in marks:
        marks.add("long")
    return not left_out.isdisjoint(marks)


def is_long(item: pytest.Item) -> bool:
    """Returns whether `make test` excludes the test because of its folder."""
    return item.nodeid.startswith(LONG_FOLDERS) and item.get_closest_marker("quick") is None


def examples(few: int, **more: Any) -> settings:
    """Sets the number of examples to `few` times TEST_EXAMPLES. `more` contains other Hypothesis settings."""
    return settings(max_examples=few * TEST_EXAMPLES, **more)


def repeats(few: int, *, most: int) -> range:
    """Numbers the repetitions of a test with random choices: `few` times TEST_EXAMPLES, but at most `most`."""
    return range(min(few * TEST_EXAMPLES, most))


def long_except(values: Iterable[Any], *now: Any) -> list[Any]:
    """Marks every test parameter that is not in `now` as long. A parameter is a value or a tuple."""
    if "long" in left_out:
        values = [value for value in values if value in now]
    return [_parameters(value, () if value in now else pytest.mark.long) for value in values]


def _parameters(value: Any, marks: Any) -> Any:
    return pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=marks)
