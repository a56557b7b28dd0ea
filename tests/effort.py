"""How many examples the property tests try: `make test-all` sets TEST_EXAMPLES to try several times as many."""

import os
from typing import Any

from hypothesis import settings


def examples(few: int, **more: Any) -> settings:
    """Tries `few` examples, times TEST_EXAMPLES; `more` are further settings of Hypothesis."""
    return settings(max_examples=few * int(os.environ.get("TEST_EXAMPLES", "1")), **more)
