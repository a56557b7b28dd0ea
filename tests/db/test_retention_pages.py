"""A page of expired rows reads about as many rows as it returns, even if many more rows have expired."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db import retention_rows
from db.keyset_pagination import BEGINNING, EVERY_SHOP
from tests.builders import a_shop
from worker.periodic.delete_expired import RULES

EXPIRED = 20_000
LIMIT = 500
ROWS = {
    "notifications": "(shop_id, created_at, read_at) SELECT :shop, moment, moment",
    "webhook_events": "(shop_id, provider, event_id, type, received_at, handled_at, outcome)"
    " SELECT :shop, 'stripe', n, 'x', moment, moment, 'done'",
}


@pytest.mark.parametrize("table", ROWS)
def test_a_page_of_expired_rows_reads_only_the_rows_of_the_page(session: Session, table: str) -> None:
    shop = a_shop(session)
    session.execute(
        text(
            f"INSERT INTO {table} {ROWS[table]} FROM generate_series(1, :many) n,"
            " LATERAL (SELECT now() - interval '400 days' - n * interval '1 second' AS moment) expired"
        ),
        {"shop": shop.id, "many": EXPIRED},
    )
    session.commit()
    session.execute(text(f"ANALYZE {table}"))
    session.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
    before = _rows_read(session, table)
    rule = next(expiry.rule for expiry in RULES if expiry.rule.table == table)
    assert len(retention_rows.page(session, rule, EVERY_SHOP, BEGINNING, LIMIT, days=30)) == LIMIT
    assert _rows_read(session, table) - before <= 2 * LIMIT


def _rows_read(session: Session, table: str) -> int:
    statement = text("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = :table")
    return int(session.execute(statement, {"table": table}).scalar_one())
