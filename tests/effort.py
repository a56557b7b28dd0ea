"""How much the tests try: `make test` a part that is chosen here, `make test-all` everything.

`make test-all` also sets TEST_EXAMPLES, so that the property tests try several times as many examples.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import settings


def examples(few: int, **more: Any) -> settings:
    """Tries `few` examples, times TEST_EXAMPLES; `more` are further settings of Hypothesis."""
    return settings(max_examples=few * int(os.environ.get("TEST_EXAMPLES", "1")), **more)


def long_except(values: Iterable[Any], *now: Any) -> list[Any]:
    """The parameters of a test, each a value or a tuple: `make test` tries only those in `now`."""
    return [_parameters(value, () if value in now else pytest.mark.long) for value in values]


def _parameters(value: Any, marks: Any) -> Any:
    return pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=marks)
