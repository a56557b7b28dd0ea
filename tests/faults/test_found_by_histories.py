"""Bugs that random histories found, each as a short test."""

from __future__ import annotations

from datetime import timedelta

from tests.faults.situations import RecoveryScene, fault
from tests.faults.story import tell
from tests.world import World


def test_a_recovered_booking_that_is_cancelled_while_no_worker_runs_leaves_no_slot_filled(world: World) -> None:
    """The task ran only after the start of the appointment, and the slot stayed filled without a booking."""
    scene = RecoveryScene.set(world).recovered()
    assert world.cancel(scene.holding_by_name().id) == 202
    world.clock.pass_(timedelta(hours=31))
    world.settle()
    assert world.slot_of(scene.appointment).status == "expired"
    assert world.broken_promises() == []


def test_a_recovered_booking_is_not_sold_again_once_recovery_is_switched_off(world: World) -> None:
    scene = RecoveryScene.set(world).recovered()
    world.rows("UPDATE shops SET recovery_enabled = false WHERE id = :id", id=scene.shop.id)
    assert world.cancel(scene.holding_by_name().id) == 202
    world.settle()
    assert world.slot_of(scene.appointment).status == "expired"
    assert world.texts(scene.ben) == []
    assert world.broken_promises() == []


def test_a_disputed_deposit_of_a_cancelled_booking_is_kept_and_the_time_sold_again(world: World) -> None:
    """The dispute concerns only the money, so the shop can sell the time again."""
    scene = RecoveryScene.set(world).recovered().card("dispute")
    world.work()
    assert world.cancel(scene.holding_by_name().id) == 202
    world.settle()
    assert len(world.texts(scene.ben)) == 1
    assert world.broken_promises() == []


def test_a_text_thought_lost_that_is_answered_after_all_leaves_the_rest_between_two_offers_kept(world: World) -> None:
    """The offer had failed, so the customer was asked about another slot.

    Then a YES made the first offer valid again.
    """
    scene = RecoveryScene.set(world, cooldown_hours=24)
    another = world.booked(world.customer(scene.shop, "Yuri", sms_opt_in=False), hours=50)
    fault(scene, "twilio messages.create", "failed")
    scene.asked()
    scene.says("YES")
    world.work()
    assert world.cancel(another.id) == 202
    world.settle()
    assert world.offers(world.slot_of(another))["Ana"] == "expired"
    assert world.broken_promises() == []


def test_an_email_whose_answer_was_lost_before_the_stop_was_not_sent_after_it(world: World) -> None:
    """The repeated request was refused but recorded with the time of the claim."""
    tell(
        world,
        178,
        """
        next at twilio messages.create: server_error_after
        next at resend emails.send: timeout_after
        next at twilio messages.create: timeout_before
        the asked customer says STOP
        """,
    )
    assert world.rows("SELECT status, attempts FROM messages WHERE channel = 'email'") == [("suppressed", 2)]


def test_an_endpoint_that_is_gone_gets_the_event_it_refused_no_second_time(world: World) -> None:
    """The first attempt to deliver the event fails."""
    tell(
        world,
        0,
        """
        next at stripe refunds.create: timeout_after
        its endpoint is gone from now on
        events are delivered
        events are delivered
        """,
    )
    assert ("failed", 1) in world.rows("SELECT status, tries FROM webhook_deliveries")
