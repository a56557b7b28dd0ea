"""The outbox: each row is handled by exactly one worker or is shown to a person."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from db.sessions import sessions
from db.tasks import pending_tasks, waiting_tasks
from tests.builders import a_shop, a_webhook_event, in_, reload
from tests.waiting import PATIENCE_SECONDS

MINUTE = timedelta(minutes=1)


def test_a_task_is_written_with_what_calls_for_it(session, add):
    add("send_next_offer", "slot-1")
    session.rollback()
    assert session.execute(text("SELECT count(*) FROM pending_tasks")).scalar_one() == 0


def test_a_row_is_published_once(session, add):
    row_id = add("send_next_offer", uuid4())
    assert [task.id for task in pending_tasks.take_unpublished(session)] == [row_id]
    assert pending_tasks.take_unpublished(session) == []


def test_a_task_for_later_is_not_published_now(session, add):
    add("send_next_offer", due_at=in_(1))
    assert pending_tasks.take_unpublished(session) == []


def test_asking_twice_for_the_same_is_asking_once(session, add):
    assert add("refund", key="refund:1") is not None
    assert add("refund", key="refund:1") is None
    assert len(pending_tasks.take_unpublished(session)) == 1
    assert session.execute(text("SELECT count(*) FROM pending_tasks")).scalar_one() == 1


def test_a_settled_task_can_be_added_again(session, add):
    done = add("refund", key="refund:1")
    pending_tasks.settle(session, done, {})
    again = add("refund", key="refund:1")
    assert claim(session, again).name == "refund"


def test_a_claim_says_what_to_do_and_counts(session, add):
    shop, published = a_shop(session), a_webhook_event(session)
    row_id = add("accept_offer", shop.id, shop_id=shop.id, webhook_event_id=published.id)
    claimed = claim(session, row_id)
    assert (claimed.name, claimed.args, claimed.attempts) == ("accept_offer", [str(shop.id)], 1)
    assert claimed.webhook_event_id == published.id


def test_a_claimed_task_is_nobody_elses(session, add):
    row_id = add("send_message")
    claim(session, row_id)
    assert claim(session, row_id) is None


def test_of_two_claimers_at_once_one_gets_the_task(engine, session, add):
    row_id = add("send_message")
    session.commit()
    assert sorted(at_once(engine, lambda own: claim(own, row_id) is None)) == [False, True]


def test_of_two_claimers_both_would_get_it_if_the_update_did_not_look(engine, session, add):
    """Control: if the claim read the row before its update, two workers would win the race."""
    row_id = add("send_message")
    session.commit()
    both_read = threading.Barrier(2)

    def careless(own):
        free = own.execute(text("SELECT lease_until IS NULL FROM pending_tasks WHERE id = :id"), {"id": row_id})
        taken = free.scalar_one()
        both_read.wait(timeout=PATIENCE_SECONDS)
        own.execute(text("UPDATE pending_tasks SET lease_until = now() + interval '1 min'"))
        return taken

    assert at_once(engine, careless) == [True, True]


def test_a_killed_workers_task_is_free_when_its_lease_is_over(session, add, clock):
    row_id = add("send_message")
    claim(session, row_id)
    clock.shift(MINUTE)
    assert claim(session, row_id).attempts == 2


def test_a_task_is_not_claimed_before_it_is_due(session, add, clock):
    row_id = add("remind", due_at=in_(1))
    assert claim(session, row_id) is None
    clock.shift(timedelta(hours=1))
    assert claim(session, row_id) is not None


def test_a_settled_task_stays_settled(session, add):
    row_id = add("send_message")
    claim(session, row_id)
    pending_tasks.settle(session, row_id, {"outcome": "sent"})
    assert claim(session, row_id) is None
    assert pending_tasks.outcome(session, row_id) == {"outcome": "sent"}


def test_an_unsettled_task_has_no_outcome(session, add):
    assert pending_tasks.outcome(session, add("send_message")) is None


def test_settling_marks_the_webhook_handled(session, add):
    published = a_webhook_event(session)
    row_id = add("accept_offer", webhook_event_id=published.id)
    pending_tasks.settle(session, row_id, {"outcome": "accepted"})
    handled = reload(session, "webhook_events", published.id)
    assert (handled.handled_at is not None, handled.outcome) == (True, "accepted")


def test_a_task_settled_by_another_worker_is_not_settled_again(session, add):
    row_id = add("send_message")
    pending_tasks.settle(session, row_id, {})
    with pytest.raises(pending_tasks.LeaseLostError):
        pending_tasks.settle(session, row_id, {})


@pytest.mark.parametrize(
    "let_go",
    [
        lambda session, row: pending_tasks.retry_later(
            session, row.id, attempts=row.attempts, delay=MINUTE, error="too late"
        ),
        lambda session, row: pending_tasks.park(session, row.id, "too late", attempts=row.attempts),
    ],
    ids=["given back", "parked"],
)
def test_a_worker_whose_lease_ran_out_lets_nothing_go_that_another_holds(session, add, clock, let_go):
    row_id = add("send_message")
    late = claim(session, row_id)
    clock.shift(MINUTE)
    holder = claim(session, row_id)
    with pytest.raises(pending_tasks.LeaseLostError):
        let_go(session, late)
    left = reload(session, "pending_tasks", row_id)
    assert (left.lease_until is not None, left.parked_at, left.last_error) == (True, None, None)
    let_go(session, holder)


def test_the_first_result_counts_also_after_its_lease(session, add, clock):
    row_id = add("send_message")
    claim(session, row_id)
    clock.shift(MINUTE)
    claim(session, row_id)
    pending_tasks.settle(session, row_id, {"outcome": "sent"})
    with pytest.raises(pending_tasks.LeaseLostError):
        pending_tasks.settle(session, row_id, {"outcome": "not sent"})
    assert pending_tasks.outcome(session, row_id) == {"outcome": "sent"}


def test_a_released_task_waits_and_stores_its_error(session, add, clock):
    row_id = add("send_message")
    claim(session, row_id)
    pending_tasks.retry_later(session, row_id, attempts=1, delay=MINUTE, error="HTTP 503")
    assert claim(session, row_id) is None
    clock.shift(MINUTE)
    assert claim(session, row_id).attempts == 2
    assert reload(session, "pending_tasks", row_id).last_error == "HTTP 503"


def test_an_unavailable_dependency_costs_no_attempt(session, add, clock):
    row_id = add("send_message")
    claim(session, row_id)
    pending_tasks.retry_later(session, row_id, attempts=1, delay=MINUTE, error="HTTP 503", forgiven=True)
    clock.shift(MINUTE)
    assert claim(session, row_id).attempts == 1


def test_a_parked_task_waits_for_a_human(session, add, clock):
    row_id = add("send_message")
    claim(session, row_id)
    pending_tasks.park(session, row_id, "poison", attempts=1)
    clock.shift(timedelta(days=1))
    assert claim(session, row_id) is None
    assert waiting_tasks.due(session, limit=10) == []
    assert waiting_tasks.unpark(session, row_id).id == row_id
    assert claim(session, row_id).attempts == 1


def test_a_settled_task_is_not_unparked(session, add):
    row_id = add("send_message")
    pending_tasks.settle(session, row_id, {})
    assert waiting_tasks.unpark(session, row_id) is None


def test_a_lost_message_is_published_again_by_the_sweep(session, add, clock):
    row_id = add("send_message", "message-1")
    assert waiting_tasks.due(session, limit=10) == []
    clock.shift(pending_tasks.PATIENCE)
    (waiting,) = waiting_tasks.due(session, limit=10)
    assert (waiting.id, waiting.name, waiting.args) == (row_id, "send_message", ["message-1"])


def test_the_next_sweep_does_not_publish_the_same_rows_at_once(session, add, clock):
    add("send_message")
    clock.shift(pending_tasks.PATIENCE)
    assert len(waiting_tasks.due(session, limit=10)) == 1
    assert waiting_tasks.due(session, limit=10) == []
    clock.shift(waiting_tasks.REPEAT)
    assert len(waiting_tasks.due(session, limit=10)) == 1


def test_the_sweep_publishes_a_killed_workers_task_after_its_lease(session, add, clock):
    row_id = add("send_message")
    claim(session, row_id)
    assert waiting_tasks.due(session, limit=10) == []
    clock.shift(MINUTE)
    assert [waiting.id for waiting in waiting_tasks.due(session, limit=10)] == [row_id]


def test_two_sweeps_at_once_share_the_work(engine, session, add, clock):
    for _ in range(10):
        add("send_message")
    session.commit()
    clock.shift(pending_tasks.PATIENCE)
    first, second = at_once(engine, lambda own: [waiting.id for waiting in waiting_tasks.due(own, limit=10)])
    assert len(set(first) | set(second)) == len(first) + len(second) == 10


@pytest.mark.parametrize(
    "act",
    [
        lambda session, row_id: pending_tasks.add(session, "send_message"),
        lambda session, row_id: pending_tasks.claim(session, row_id, lease=MINUTE),
        lambda session, row_id: pending_tasks.settle(session, row_id, {}),
        lambda session, row_id: pending_tasks.retry_later(session, row_id, attempts=0, delay=MINUTE, error=""),
        lambda session, row_id: pending_tasks.park(session, row_id, "", attempts=0),
        lambda session, row_id: waiting_tasks.unpark(session, row_id),
        lambda session, row_id: waiting_tasks.due(session, limit=10),
        lambda session, row_id: pending_tasks.outcome(session, row_id),
    ],
    ids=["add", "claim", "settle", "retry_later", "park", "unpark", "due", "outcome"],
)
def test_each_step_is_one_statement(session, statements, add, act):
    row_id = add("send_message")
    statements.clear()
    act(session, row_id)
    assert len(statements) == 1


def claim(session, row_id):
    return pending_tasks.claim(session, row_id, lease=MINUTE)


def at_once(engine, act):
    """Runs `act` in two threads at the same time, each in a separate transaction. Returns both results."""
    ready, got = threading.Barrier(2), []

    def work():
        with sessions(engine).begin() as own:
            own.connection()
            ready.wait(timeout=PATIENCE_SECONDS)
            got.append(act(own))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return got


@pytest.fixture
def add(session):
    return lambda name, *args, **options: pending_tasks.add(session, name, *args, **options)
