"""The steps of docs/how-to/your-booking-system.md lead from an empty system to a recovered booking."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live_system import LiveSystem
from tests.running_system import RunningSystem
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/how-to/your-booking-system.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.long
def test_the_page_leads_from_no_shop_to_a_recovered_booking(
    running: RunningSystem, live: LiveSystem, tmp_path: Path
) -> None:
    (tmp_path / ".data").symlink_to(running.data)
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1])
    program = f"cat > program.py <<'END'\n{blocks('python')[0]}END\npython program.py\n"
    known = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    done = subprocess.run(
        ["bash", "-eu"],
        input="\n".join([*blocks("sh"), program]),
        cwd=tmp_path,
        env=known,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-2000:])
    shop = live.row("SELECT id FROM shops WHERE name = 'My salon'")["id"]
    booked = live.row(
        "SELECT c.external_id, a.status FROM slot_openings s JOIN appointments a ON a.source_slot_opening_id = s.id"
        " JOIN customers c ON c.id = a.customer_id WHERE s.shop_id = %s",
        shop,
    )
    assert booked == {"external_id": "c-18", "status": "booked"}
    own = live.rows("SELECT external_id, status FROM appointments WHERE shop_id = %s AND external_id = 'a-1'", shop)
    assert own == [{"external_id": "a-1", "status": "cancelled"}]
