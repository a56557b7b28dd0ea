"""Statements return the result columns that the code names, in the same order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import TextualSelect
from sqlalchemy.orm import Session

from db.access import api_requests
from db.appointments import appointment_records, appointments, bookings


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(api_requests.BEGIN, id="begin a request"),
        pytest.param(appointment_records.ONE, id="one appointment"),
        pytest.param(appointments.FIND, id="find to cancel"),
        pytest.param(bookings.BOOK, id="book"),
    ],
)
def test_the_names_are_those_of_the_result(session: Session, statement: TextualSelect) -> None:
    values = dict.fromkeys(statement.element.compile().params)
    known = {
        "id": uuid4(),
        "shop_id": uuid4(),
        "customer_id": uuid4(),
        "space": 1,
        "starts_at": datetime(2100, 1, 1, 10, tzinfo=UTC),
        "ends_at": datetime(2100, 1, 1, 11, tzinfo=UTC),
        "pause": timedelta(minutes=1),
        "kept": timedelta(hours=1),
        "payment_required": False,
    }
    values |= {name: value for name, value in known.items() if name in values}
    returned = session.execute(statement.element, values).keys()
    assert list(returned) == [column.name for column in statement.selected_columns]
