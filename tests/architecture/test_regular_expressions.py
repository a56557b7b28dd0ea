"""Every regular expression takes linear time, even on long input."""

import subprocess
import sys

import pytest

from tests.architecture.regular_expressions import patterns
from tests.architecture.sources import ROOT
from tests.waiting import PATIENCE_SECONDS


@pytest.mark.long
def test_every_regular_expression_is_linear() -> None:
    """Runs in a separate process, because a slow expression would block the tests."""
    command = [sys.executable, "-m", "tests.architecture.regular_expressions"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True)
    assert found.stdout.splitlines() == []


def test_all_of_them_are_found() -> None:
    places = {place.partition(":")[0] for place, *_ in patterns()}
    assert {"domain/reply_text.py", "domain/names.py", "telemetry/logs.py", "dashboard/customer/links.py"} <= places
