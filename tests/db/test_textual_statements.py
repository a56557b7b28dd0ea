"""Sessions pass textual statements to the driver. The result is the same as that of SQLAlchemy's own session."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, TextClause, event, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from db.sessions import execute_text, sessions

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


def test_a_statement_without_a_result_counts_the_rows_that_it_changes(engine: Engine) -> None:
    with sessions(engine)() as session:
        session.execute(text("CREATE TEMP TABLE numbers (n int) ON COMMIT DROP"))
        added = execute_text(session, text("INSERT INTO numbers SELECT generate_series(1, :n)"), {"n": 3})
        removed = execute_text(session, text("DELETE FROM numbers WHERE n > :n"), {"n": 1})
        assert (added.rowcount, removed.rowcount) == (3, 2)
        assert removed.all() == []


def test_a_column_that_is_added_between_two_executions_is_returned(engine: Engine) -> None:
    every = text("SELECT * FROM growing")
    with sessions(engine)() as session:
        session.execute(text("CREATE TEMP TABLE growing AS SELECT 1 AS a"))
        assert session.execute(every).mappings().one() == {"a": 1}
        session.execute(text("ALTER TABLE growing ADD COLUMN b int DEFAULT 2"))
        assert session.execute(every).mappings().one() == {"a": 1, "b": 2}


def test_a_connection_that_the_server_ends_during_a_transaction_is_replaced(engine: Engine) -> None:
    pool = sessions(engine)
    with pool() as session, pool.begin() as other:
        pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        with pytest.raises(OperationalError) as failed:
            session.execute(text("SELECT 1"))
    assert failed.value.connection_invalidated
    with pool.begin() as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1


def test_a_statement_that_is_interrupted_closes_its_connection(engine: Engine) -> None:
    pool = sessions(engine)

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    with pool() as session:
        pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        event.listen(engine, "after_cursor_execute", interrupt)
        with pytest.raises(KeyboardInterrupt):
            session.execute(text("SELECT 1"))
        event.remove(engine, "after_cursor_execute", interrupt)
    with pool.begin() as session:
        assert session.execute(text("SELECT pg_backend_pid()")).scalar_one() != pid


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
