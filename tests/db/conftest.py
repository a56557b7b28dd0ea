"""A shop with customers and a slot, and a separate database for tests that change its partitions or tables."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db import migrating
from db.sessions import sessions
from tests.builders import Built, a_customer, a_shop, a_slot
from tests.servers import Clock, Databases, engine_on, patient


@pytest.fixture
def shop(session: Session) -> Built:
    return a_shop(session)


@pytest.fixture
def ana(session: Session, shop: Built) -> Built:
    return a_customer(session, shop, name="Ana")


@pytest.fixture
def ben(session: Session, shop: Built) -> Built:
    return a_customer(session, shop, name="Ben")


@pytest.fixture
def slot(session: Session, shop: Built) -> Built:
    return a_slot(session, shop)


@pytest.fixture
def own_database(databases: Databases, migrated_template: str) -> Iterator[str]:
    url = databases.make(like=migrated_template)
    # The template may have been made last month.
    migrating.upgrade(url)
    yield url
    databases.drop(url)


@pytest.fixture
def own_engine(own_database: str) -> Iterator[Engine]:
    with engine_on(patient(own_database)) as made:
        yield made


@pytest.fixture
def opened(own_engine: Engine) -> Iterator[Session]:
    with sessions(own_engine)() as session:
        yield session


@pytest.fixture
def own_clock(own_database: str) -> Clock:
    clock = Clock(own_database)
    clock.shift_to_noon()
    return clock
