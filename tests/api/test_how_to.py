"""The commands and the program of docs/how-to/your-booking-system.md do what the page says, on a real web process."""

import os
import re
import subprocess
import sys

from sqlalchemy import text

from tests.api.callers import a_key
from tests.webhooks.serving import web_process


def blocks(project, language):
    page = (project / "docs/how-to/your-booking-system.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.+?)```", page, re.DOTALL)


def test_the_page_books_cancels_and_reads(project, session, shop, database_url, redis_url):
    key = a_key(session, shop)
    with web_process(DATABASE_URL=database_url, REDIS_URL=redis_url) as (url, _):
        known = os.environ | {"APP_URL": url, "KEY": key}
        for script in blocks(project, "sh"):
            done = subprocess.run(["bash", "-euc", script], env=known, capture_output=True, text=True, check=False)
            assert done.returncode == 0, (script, done.stdout, done.stderr)
        for program in blocks(project, "python"):
            subprocess.run([sys.executable, "-c", program], env=known, check=True)
    rows = session.execute(text("SELECT external_id, status FROM appointments ORDER BY created_at")).all()
    assert [tuple(row) for row in rows] == [("a-1", "cancelled"), (None, "cancelled")]
    assert (
        session.execute(text("SELECT count(*) FROM pending_tasks WHERE name = 'create_slot_opening'")).scalar_one()
        == 2
    )
