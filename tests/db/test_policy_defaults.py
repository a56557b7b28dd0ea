"""The domain, the migrations and the models define the same default policy."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.models import Shop
from db.recoveries.recoveries import policy_of
from domain.policy import Policy

COLUMN_DEFAULTS = text("""
SELECT column_name, column_default FROM information_schema.columns
 WHERE table_name = 'shops' AND table_schema = 'public' AND column_default IS NOT NULL
""")


def test_a_shop_inserted_by_sql_has_the_default_policy(session: Session) -> None:
    row = session.execute(text("INSERT INTO shops (name) VALUES ('Aurora') RETURNING *")).mappings().one()
    assert policy_of(row) == Policy()


def test_the_model_of_a_shop_has_the_defaults_of_the_table(session: Session) -> None:
    in_model = {column.name: column.server_default.arg.text for column in Shop.__table__.c if column.server_default}
    in_table = {row.column_name: row.column_default for row in session.execute(COLUMN_DEFAULTS)}
    assert evaluated(session, in_model) == evaluated(session, in_table)


def evaluated(session: Session, defaults: dict[str, str]) -> dict[str, str]:
    """Evaluates the constant defaults. Functions such as `clock_now()` are returned as they are written."""
    types = {column.name: column.type.compile(session.get_bind().dialect) for column in Shop.__table__.c}
    casts = {name: sql if "(" in sql else f"CAST({sql} AS {types[name]})::text" for name, sql in defaults.items()}
    constant = {name: sql for name, sql in casts.items() if sql.startswith("CAST")}
    values = session.execute(text("SELECT " + ", ".join(constant.values()))).one()
    return casts | dict(zip(constant, values, strict=True))
