"""BEGIN is sent together with the first statement of a transaction. All other behaviour is unchanged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from db.first_statement import send_with_begin
from db.sessions import sessions
from tests.servers import engine_on, patient

INSERT = text("INSERT INTO shops (name, currency) VALUES (:name, 'GBP') RETURNING id")
COUNT = text("SELECT count(*) FROM shops")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A separate engine, because these tests modify the engine."""
    with engine_on(patient(database_url)) as made:
        yield made


def test_a_transaction_is_one(engine: Engine) -> None:
    pool = sessions(send_with_begin(engine))
    with pool() as session:
        assert session.execute(INSERT, {"name": "a"}).one().id
        driver = session.connection().connection.driver_connection
        assert driver is not None
        assert driver.info.transaction_status is TransactionStatus.INTRANS
        session.rollback()
    with pool.begin() as session:
        assert session.execute(COUNT).scalar_one() == 0
        session.execute(INSERT, {"name": "b"})
    with pool.begin() as session:
        assert session.execute(COUNT).scalar_one() == 1


def test_an_error_of_the_first_statement_is_the_usual_one(engine: Engine) -> None:
    pool = sessions(send_with_begin(engine))
    with pytest.raises(IntegrityError), pool.begin() as session:
        session.execute(text("INSERT INTO shops (currency) VALUES ('no currency')"))
    with pool.begin() as session:
        assert session.execute(COUNT).scalar_one() == 0
