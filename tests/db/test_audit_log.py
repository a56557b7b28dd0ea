"""The audit log is append-only, except for the clean-up after its retention period."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.builders import insert


@pytest.mark.parametrize(
    "change", ["UPDATE audit_logs SET because = ''", "DELETE FROM audit_logs", "TRUNCATE audit_logs"]
)
def test_the_log_is_not_changed(session, change):
    insert(session, "audit_logs", because="The slot came free.")
    with pytest.raises(DBAPIError, match="append only"):
        session.execute(text(change))


def test_the_clean_up_may_delete_and_says_so(session):
    insert(session, "audit_logs", because="The slot came free.")
    session.execute(text("SET LOCAL app.retention = 'on'"))
    assert session.execute(text("DELETE FROM audit_logs")).rowcount == 1


def test_the_clean_up_may_not_rewrite_either(session):
    insert(session, "audit_logs")
    session.execute(text("SET LOCAL app.retention = 'on'"))
    with pytest.raises(DBAPIError, match="append only"):
        session.execute(text("UPDATE audit_logs SET because = 'nothing happened'"))


def test_leave_to_delete_ends_with_the_transaction(session):
    session.execute(text("SET LOCAL app.retention = 'on'"))
    session.commit()
    insert(session, "audit_logs")
    with pytest.raises(DBAPIError, match="append only"):
        session.execute(text("DELETE FROM audit_logs"))


def test_entries_of_one_transaction_keep_their_order(session):
    for event in ("one", "two", "three"):
        insert(session, "audit_logs", event=event)
    assert session.execute(text("SELECT event FROM audit_logs ORDER BY seq")).scalars().all() == [
        "one",
        "two",
        "three",
    ]
