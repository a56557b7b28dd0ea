"""Sessions pass textual statements to the driver. The result is the same as that of SQLAlchemy's own session."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, TextClause, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.sessions import sessions

ID = UUID(int=7)

STATEMENTS: dict[str, tuple[TextClause, Any]] = {
    "without parameters": (text("SELECT '100%' AS share, 7 % 4 AS rest, '10\\:30' AS time"), None),
    "with parameters": (
        text("SELECT CAST(:id AS uuid) AS id, CAST(:delay AS interval) AS delay, CAST(:none AS text) AS none"),
        {"id": ID, "delay": timedelta(minutes=5), "none": None, "not in the statement": 1},
    ),
    "a parameter that occurs twice": (text("SELECT CAST(:n AS int) AS one, :n || '%' AS two"), {"n": "5"}),
    "a list": (text("SELECT CAST(:id AS uuid) = ANY(:ids) AS found"), {"id": ID, "ids": [ID]}),
    "bound values": (
        text("SELECT CAST(:a AS text) AS a, CAST(:b AS text) AS b").bindparams(a="bound"),
        {"b": "given"},
    ),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_textual_statement_returns_the_rows_that_sqlalchemy_returns(engine: Engine, name: str) -> None:
    statement, values = STATEMENTS[name]
    with Session(engine) as usual, sessions(engine)() as ours:
        expected = usual.execute(statement, values).mappings().all()
        assert ours.execute(statement, values).mappings().all() == expected


def test_a_violated_constraint_is_an_error_of_sqlalchemy(engine: Engine) -> None:
    with sessions(engine)() as session:
        session.execute(text("CREATE TEMP TABLE once (id uuid PRIMARY KEY) ON COMMIT DROP"))
        with pytest.raises(IntegrityError):
            session.execute(text("INSERT INTO once VALUES (:id)"), [{"id": ID}, {"id": ID}])


def test_a_statement_with_an_option_streams_its_rows(engine: Engine) -> None:
    with sessions(engine)() as session:
        result = session.execute(text("SELECT generate_series(1, 3)").execution_options(yield_per=1))
        assert result.cursor.name, "a cursor on the server has a name"
        assert result.scalars().all() == [1, 2, 3]
