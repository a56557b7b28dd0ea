"""Two actions at the same time: each pair has one winner, whichever action is faster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier

import pytest

from db.customers import customer_merging, forgetting
from tests.effort import long_except
from tests.faults.crashes import cut_short_when
from tests.faults.situations import RecoveryScene
from tests.waiting import wait_for
from tests.world import World

OVER = timedelta(minutes=16)
# The winner may differ between rounds.
TEN_ROUNDS, FIVE_ROUNDS = long_except(range(10), 0), long_except(range(5), 0)


def at_once(*happenings: Callable[[], object]) -> list[object]:
    """Runs all functions in threads that start at the same time. Returns their results."""
    start = Barrier(len(happenings))

    def run(action: Callable[[], object]) -> object:
        start.wait()
        return action()

    with ThreadPoolExecutor(len(happenings)) as pool:
        return list(pool.map(run, happenings))


@pytest.mark.quick
def test_ten_copies_of_one_yes_are_one_acceptance_and_ten_answers(world: World) -> None:
    scene = RecoveryScene.set(world).asked()
    world.says(scene.ana, scene.shop, "YES")
    (webhook,) = world.outside.carried_now()
    at_once(*[lambda: world.outside.carry(webhook)] * 10)
    answers = world.outside.ledger(kind="webhook", response_id=webhook["ref"])
    assert Counter(answer["status"] for answer in answers) == {200: 10}
    tasks = [task for task in world.claimable() if task.name == "accept_offer"]
    assert len(tasks) == 1
    at_once(*[lambda: world.run(tasks[0])] * 5)
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "pending_payment"}


def test_a_yes_to_an_old_offer_never_takes_the_slot_from_a_yes_to_the_live_one(world: World) -> None:
    scene = RecoveryScene.set(world).asked().says("no")
    world.work()
    world.says(scene.ana, scene.shop, "YES")
    world.says(scene.ben, scene.shop, "YES")
    world.carry()
    at_once(*[lambda task=task: world.run(task) for task in world.claimable()])
    world.work()
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ben": "pending_payment"}
    assert any("just been taken" in text for text in world.texts(scene.ana))


@pytest.mark.parametrize("round", TEN_ROUNDS)
def test_a_yes_while_staff_sell_the_time_by_hand_has_one_winner(world: World, round: int) -> None:
    scene = RecoveryScene.set(world).asked().says("YES")
    task = scene.next("accept_offer")
    at_once(lambda: world.run(task), lambda: world.book_by_hand(scene.shop, scene.appointment))
    world.settle()
    live = "SELECT count(*) FROM appointments WHERE shop_id = :id AND starts_at = :at AND status IN ('booked')"
    assert world.one(live, id=scene.shop.id, at=scene.appointment.starts_at) <= 1
    assert world.broken_promises() == []


@pytest.mark.quick
@pytest.mark.parametrize("round", FIVE_ROUNDS)
def test_two_slots_that_look_for_a_customer_never_ask_the_same_one_at_once(world: World, round: int) -> None:
    shop = world.shop()
    ana = world.customer(shop, "Ana")
    zoe = world.customer(shop, "Zoe", sms_opt_in=False)
    appointments = [world.booked(zoe, hours=30 + 2 * number) for number in range(2)]
    for appointment in appointments:
        world.cancel(appointment.id)
    for task in world.claimable():
        world.run(task)
    at_once(*[lambda task=task: world.run(task) for task in world.claimable()])
    live = "SELECT count(*) FROM slot_offers WHERE customer_id = :id AND status IN ('pending', 'sent')"
    assert world.one(live, id=ana.id) == 1
    assert {world.slot_of(appointment).status for appointment in appointments} == {"open"}
    world.settle()
    assert len(world.texts(ana)) == 2
    assert world.broken_promises() == []


def test_a_yes_before_our_own_sent_is_committed_counts(world: World) -> None:
    """The customer answered before our commit. Then our worker was killed."""
    scene = RecoveryScene.set(world)
    task = scene.next("send_message")
    with cut_short_when(world, "after a provider has answered"):
        world.run(task)
    assert world.offers(world.slot_of(scene.appointment)) == {"Ana": "pending"}
    scene.says("YES")
    world.work()
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "pending_payment"}
    world.settle()
    assert sum("A slot opened" in text for text in world.texts(scene.ana)) == 1
    assert world.broken_promises() == []


def test_money_that_comes_while_the_hold_is_being_released_books_and_nobody_else_is_texted(world: World) -> None:
    scene = RecoveryScene.set(world).held()
    world.outside.fault("stripe payment_intents.cancel", "already_succeeded")
    world.clock.pass_(OVER)
    world.settle()
    slot = world.slot_of(scene.appointment)
    assert world.bookings(slot) == {"Ana": "booked"}
    assert slot.status == "filled"
    assert world.texts(scene.ben) == []


def test_a_card_declined_three_times_that_then_works_books(world: World) -> None:
    scene = RecoveryScene.set(world, payment_attempts=5).held()
    for _ in range(3):
        scene.card("fail")
        world.work()
    scene.card("succeed")
    world.work()
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "booked"}
    assert world.one("SELECT failures FROM payments WHERE status = 'succeeded' AND failures > 0") == 3


@pytest.mark.parametrize("attempts", [1, 3])
def test_a_success_received_before_an_earlier_decline_stays_a_success(world: World, attempts: int) -> None:
    scene = RecoveryScene.set(world, payment_attempts=attempts).held()
    intent = world.intent_of(scene.ana)
    assert intent
    assert world.at_stripe(intent, "fail") == 200
    assert world.at_stripe(intent, "succeed") == 200
    declined, *succeeded = world.outside.carried_now()
    for webhook in (*succeeded, declined):
        world.outside.carry(webhook)
        world.work_off()
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "booked"}
    world.settle()
    assert world.broken_promises() == []


def test_money_that_comes_before_our_own_call_has_returned_books(world: World) -> None:
    """The response with the new intent was lost. The webhook contains its id."""
    scene = RecoveryScene.set(world).asked().says("YES")
    task = scene.next("create_payment")
    with cut_short_when(world, "after a provider has answered"):
        world.run(task)
    assert world.intent_of(scene.ana) is None
    (intent,) = world.outside.intents()
    assert world.at_stripe(intent, "succeed") == 200
    world.work()
    assert world.bookings(world.slot_of(scene.appointment)) == {"Ana": "booked"}
    world.settle()
    assert len(world.outside.intents()) == 1
    assert world.broken_promises() == []


@pytest.mark.quick
def test_the_same_slot_cancelled_three_times_asks_nobody_twice(world: World) -> None:
    scene = RecoveryScene.set(world)
    cleo = world.customer(scene.shop, "Cleo")
    for customer in (scene.ana, scene.ben, cleo):
        world.work()
        world.says(customer, scene.shop, "YES")
        world.work()
        intent = world.intent_of(customer)
        assert intent
        assert world.at_stripe(intent, "succeed") == 200
        world.work()
        booking = world.one(
            "SELECT id FROM appointments WHERE customer_id = :id AND status = 'booked'", id=customer.id
        )
        assert world.cancel(booking) == 202
    world.settle()
    slot = world.slot_of(scene.appointment)
    assert world.offers(slot) == {"Ana": "accepted", "Ben": "accepted", "Cleo": "accepted"}
    assert slot.status == "expired"
    assert [sum("Reply YES" in text for text in world.texts(one)) for one in (scene.ana, scene.ben, cleo)] == [
        1,
        1,
        1,
    ]
    assert world.broken_promises() == []


def test_two_sweeps_and_two_ticks_at_once_do_everything_once(world: World) -> None:
    scenes = [RecoveryScene.set(world).asked() for _ in range(4)]
    world.clock.pass_(OVER)
    at_once(*[lambda name=name: world.beat(name) for name in ("expire_offers", "expire_offers", "tick", "tick")])
    world.work()
    for scene in scenes:
        assert world.offers(world.slot_of(scene.appointment)) == {"Ana": "expired", "Ben": "sent"}
        assert len(world.texts(scene.ben)) == 1


def test_a_sweep_and_a_manual_offer_at_once_ask_one_customer(world: World) -> None:
    scene = RecoveryScene.set(world).asked()
    world.clock.pass_(OVER)
    slot = world.slot_of(scene.appointment)
    world.later("send_next_offer", slot.id, shop_id=scene.shop.id)
    task = scene.next("send_next_offer")
    at_once(lambda: world.beat("expire_offers"), lambda: world.run(task))
    world.work()
    assert world.offers(slot) == {"Ana": "expired", "Ben": "sent"}
    assert len(world.texts(scene.ben)) == 1


def stops_after(world: World, steps: int) -> tuple[RecoveryScene, bool]:
    """Runs a recovery until `steps` of its tasks have run.

    Returns the scene and whether the recovery has that many tasks.
    """
    scene = RecoveryScene.set(world)
    for _ in range(steps):
        world.carry()
        tasks = [task for task in world.claimable() if task.name != "update_message_status"]
        if not tasks:
            if not onwards(scene):
                return scene, False
            continue
        world.run(tasks[0])
    return scene, True


def onwards(scene: RecoveryScene) -> bool:
    """Takes Ana's next step towards a booking. Returns False if there is no next step."""
    world, slot = scene.world, scene.world.slot_of(scene.appointment)
    if world.offers(slot) == {"Ana": "sent"}:
        world.says(scene.ana, scene.shop, "YES")
    elif world.bookings(slot) == {"Ana": "pending_payment"}:
        intent = world.intent_of(scene.ana)
        assert intent
        world.at_stripe(intent, "succeed")
    else:
        return False
    return True


ERASURES = {
    "erased": lambda session, scene: forgetting.forget(session, scene.ana.id, by="operator"),
    "merged": lambda session, scene: customer_merging.merge(session, kept=scene.ben.id, duplicate=scene.ana.id),
}


@contextmanager
def during_erasure(world: World, scene: RecoveryScene, how: str, action: Callable[[], object]) -> Iterator[None]:
    """Erases Ana in a transaction that ends when `action` waits for it. Then runs the block."""
    with ThreadPoolExecutor(1) as pool:
        with world.session() as session:
            assert ERASURES[how](session, scene) is not False
            acting = pool.submit(action)
            waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted"
            wait_for(lambda: world.one(waits) or acting.done(), "the action to wait for the erasure")
        acting.result()
    yield


@pytest.mark.quick
@pytest.mark.parametrize("how", ERASURES)
def test_a_customer_who_is_erased_during_a_search_gets_no_offer(world: World, how: str) -> None:
    scene = RecoveryScene.set(world)
    search = scene.next("send_next_offer")
    with during_erasure(world, scene, how, lambda: world.run(search)):
        assert world.offers(world.slot_of(scene.appointment)) == {"Ben": "pending"}
    world.settle()
    assert world.broken_promises() == []


@pytest.mark.parametrize("how", ERASURES)
def test_a_customer_who_is_erased_during_a_search_gets_no_slot_for_a_late_yes(world: World, how: str) -> None:
    scene = RecoveryScene.set(world, deposit_cents=0).asked()
    world.clock.pass_(OVER)
    world.beat("expire_offers")
    world.work()
    scene.says("YES")
    world.work()
    world.says(scene.ben, scene.shop, "NO")
    world.carry()
    world.run(scene.next("decline_offer"))
    search = scene.next("send_next_offer")
    with during_erasure(world, scene, how, lambda: world.run(search)):
        assert world.bookings(world.slot_of(scene.appointment)) == {}
    world.settle()
    assert world.broken_promises() == []


@pytest.mark.quick
@pytest.mark.parametrize("steps", long_except(range(12), 2, 7))
def test_a_stop_before_during_or_after_any_step_is_the_last_word(world: World, steps: int) -> None:
    scene, _ = stops_after(world, steps)
    scene.says("STOP")
    stop = scene.next("opt_out")
    world.run(stop)
    texts = len(world.texts(scene.ana))
    world.settle()
    assert len(world.texts(scene.ana)) == texts
    assert world.broken_promises() == []


def test_the_customer_who_cancels_a_recovered_booking_is_not_asked_again(world: World) -> None:
    scene = RecoveryScene.set(world).recovered()
    assert world.cancel(scene.holding_by_name().id) == 202
    world.work()
    slot = world.slot_of(scene.appointment)
    assert world.offers(slot) == {"Ana": "accepted", "Ben": "sent"}
    assert sum("Reply YES" in text for text in world.texts(scene.ana)) == 1
