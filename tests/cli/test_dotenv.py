"""The settings file that `slots up` writes can be read by commands and by a shell."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cli.local.dotenv import read_dotenv, write_dotenv

VALUES = ("/srv/a b/figures", "it's", '{"a": "$HOME"}', "x; echo y", "", "postgresql://u:p@127.0.0.1:5432/slots?a=b")


@pytest.mark.parametrize("value", VALUES)
def test_a_shell_and_our_commands_read_the_same(tmp_path: Path, value: str) -> None:
    write_dotenv(tmp_path / "env", {"NAME": value, "NEXT": "1"})
    read = subprocess.run(
        ["sh", "-c", '. "$0"; printf %s "$NAME"', tmp_path / "env"], capture_output=True, text=True, check=True
    )
    assert (read.stdout, read.stderr) == (value, "")
    assert read_dotenv(tmp_path / "env") == {"NAME": value, "NEXT": "1"}


def test_a_value_that_needs_no_quotes_has_none(tmp_path: Path) -> None:
    write_dotenv(tmp_path / "env", {"APP_URL": "http://127.0.0.1:8000"})
    assert (tmp_path / "env").read_text() == "APP_URL=http://127.0.0.1:8000\n"


def test_quotes_typed_by_hand_are_no_part_of_the_value(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("ONE=\"sk_test_1\"\nTWO='sk_test_2'\nTHREE='half\n")
    assert read_dotenv(tmp_path / "keys") == {"ONE": "sk_test_1", "TWO": "sk_test_2", "THREE": "'half"}
