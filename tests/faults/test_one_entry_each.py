"""The merged timeline has one entry for each event of a recovery and names the person who caused it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from db.appointments import appointment_moves, appointments
from db.appointments.appointment_moves import NewTime
from db.money import refunds
from db.money.refunds import RefundRequest
from db.tasks import pending_tasks
from providers.code_descriptions import carrier_code, decline_code
from tests import builders
from tests.builders import Built
from tests.effort import long_except
from tests.faults.situations import CLOCKS, SITUATIONS, RecoveryScene
from tests.world import World
from views.timeline import Codes, timeline
from views.timeline.merging import MergedEntry, merged

CODES = Codes(carrier=carrier_code, decline=decline_code)
LATER = timedelta(minutes=3)
FREED = "Zoe's appointment was cancelled"
SOLD = ["Ana was asked", "Ana said YES", "The slot was recovered"]


def happened(scene: RecoveryScene, appointment: Built | None = None) -> list[MergedEntry]:
    """Returns the entries about the slot, except the deposit that was paid before the cancellation."""
    slot = scene.world.slot_of(appointment or scene.appointment)
    with scene.world.session() as session:
        found = timeline(session, slot.id, shop_id=scene.shop.id, codes=CODES)
    assert found is not None
    entries = merged([entry for entry in found.entries if not entry.backstage])
    return [one for one in entries if one.main.headline != "Zoe paid"]


def headlines(scene: RecoveryScene, appointment: Built | None = None) -> list[str]:
    return [one.main.headline for one in happened(scene, appointment)]


def mia(scene: RecoveryScene) -> str:
    with scene.world.session() as session:
        return str(builders.a_staff_member(session, scene.shop, name="Mia").id)


def cancel(scene: RecoveryScene, id: UUID, by: str, actor: str | None) -> None:
    """Cancels the appointment and informs the customer. The dashboard does the same by default."""
    world = scene.world
    world.rows("UPDATE customers SET sms_opt_in = true WHERE shop_id = :id", id=scene.shop.id)
    world.clock.pass_(LATER)
    with world.session() as session:
        appointments.request_cancellation(session, id, by=by, actor=actor, tell_customer=True)
    world.work()


BY = {
    "staff": "Mia (staff)",
    "customer": "the customer",
    "api": "the booking system",
    "calendar": "the connected calendar",
}


@pytest.mark.quick
@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("deposit", long_except([2000, 0], 2000))
def test_a_cancelled_appointment_is_one_entry(world: World, by: str, deposit: int) -> None:
    scene = RecoveryScene.set(world, cancelled=False, deposit_cents=deposit)
    cancel(scene, scene.appointment.id, by, mia(scene) if by == "staff" else None)
    first, *rest = happened(scene)
    assert first.main.headline == FREED
    assert first.reason.startswith(f"The appointment was cancelled by {BY[by]}.")
    assert first.reason.endswith("The time was offered to other customers. Text: delivered.")
    assert ("The deposit of £20 stays with the shop." in first.reason) == bool(deposit)
    assert [one.main.headline for one in rest] == ["Ana was asked"]


@pytest.mark.parametrize("by", BY)
def test_a_cancelled_recovered_booking_is_one_entry(world: World, by: str) -> None:
    scene = RecoveryScene.set(world).recovered()
    cancel(scene, scene.holding_by_name().id, by, mia(scene) if by == "staff" else None)
    *before, again, asked = happened(scene)
    assert [one.main.headline for one in before] == [FREED, *SOLD]
    assert (again.main.headline, asked.main.headline) == ("Ana's appointment was cancelled", "Ben was asked")
    assert again.reason == (
        f"The appointment was cancelled by {BY[by]}. The deposit of £20 stays with the shop."
        " The time became free again. Text: delivered."
    )


@pytest.mark.parametrize(
    ("by", "expected"), [("staff", "The booking was cancelled by Mia (staff)."), ("customer", None)]
)
def test_a_cancelled_hold_is_one_entry(world: World, by: str, expected: str | None) -> None:
    scene = RecoveryScene.set(world).held()
    cancel(scene, scene.holding_by_name().id, by, mia(scene) if by == "staff" else None)
    *before, released, asked = happened(scene)
    assert [one.main.headline for one in before] == [FREED, *SOLD[:2]]
    assert asked.main.headline == "Ben was asked"
    theirs = ("Ana declined the slot", "The customer gave up the slot before paying.")
    assert released.main.headline == ("Ana's booking was cancelled" if expected else theirs[0])
    assert released.reason == f"{expected or theirs[1]} The hold for Ana ended."


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"recovery_enabled": False}, "The shop has turned recovery off."),
        ({"min_notice_minutes": 6000}, "It starts too soon to ask anyone else."),
    ],
)
def test_a_time_that_is_not_sold_again_says_why_in_the_same_entry(
    world: World, columns: dict[str, object], why: str
) -> None:
    scene = RecoveryScene.set(world).recovered()
    for name, value in columns.items():
        world.rows(f"UPDATE shops SET {name} = :value WHERE id = :id", value=value, id=scene.shop.id)
    cancel(scene, scene.holding_by_name().id, "api", None)
    last = happened(scene)[-1]
    assert (last.main.headline, why in last.reason) == ("Ana's appointment was cancelled", True)


def move(scene: RecoveryScene, booking: Built, actor: str) -> None:
    by = timedelta(hours=5)
    with scene.world.session() as session:
        to = NewTime(booking.starts_at + by, booking.ends_at + by, booking.performer_id)
        assert appointment_moves.move(session, booking.id, to, by="staff", actor=actor, tell_customer=True) is None
    scene.world.work()


@pytest.mark.quick
def test_a_move_is_one_entry_and_what_comes_after_belongs_to_the_new_time(world: World) -> None:
    scene = RecoveryScene.set(world).recovered()
    booking, actor = scene.holding_by_name(), mia(scene)
    move(scene, booking, actor)
    moved, asked = happened(scene)[-2:]
    assert (moved.main.headline, asked.main.headline) == ("Ana's appointment was moved", "Ben was asked")
    assert moved.reason == "The appointment was moved by Mia (staff). The time became free again. Text: delivered."
    before = headlines(scene)
    cancel(scene, booking.id, "customer", None)
    assert headlines(scene) == before
    (now,) = world.rows("SELECT * FROM appointments WHERE id = :id", id=booking.id)
    assert headlines(scene, now)[1] == "Ana's appointment was cancelled"


def refund(scene: RecoveryScene, cents: int, actor: str) -> None:
    payment = scene.world.one(
        "SELECT p.id FROM payments p JOIN appointments a ON a.id = p.appointment_id WHERE a.customer_id = :id",
        id=scene.ana.id,
    )
    with scene.world.session() as session:
        wanted = RefundRequest(uuid4(), scene.shop.id, payment, cents, "Goodwill", actor)
        assert refunds.request(session, wanted)
        pending_tasks.add(session, "send_refund", wanted.id, shop_id=scene.shop.id)
    scene.world.work()


@pytest.mark.quick
def test_each_refund_is_one_entry(world: World) -> None:
    scene = RecoveryScene.set(world).recovered()
    actor = mia(scene)
    for cents in (500, 1500):
        refund(scene, cents, actor)
    first, second = happened(scene)[-2:]
    assert [one.main.headline for one in (first, second)] == ["Ana was refunded"] * 2
    assert (first.reason, second.reason) == ("£5 was refunded.", "£15 was refunded.")
    assert headlines(scene) == [FREED, *SOLD, *["Ana was refunded"] * 2]


def test_each_refund_made_at_stripe_is_one_entry(world: World) -> None:
    scene = RecoveryScene.set(world).recovered()
    for cents in (500, 1500):
        wanted = {"payment_intent": world.intent_of(scene.ana), "amount": cents}
        world.dependencies.stripe._v1.refunds.create(params=wanted)
        world.work()
    assert headlines(scene)[4:] == ["Ana was refunded"] * 2


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("ask_next", ["Mia (staff) requested the next customer", "Ben was asked"]),
        ("stop", ["Mia (staff) stopped asking customers"]),
        ("sold_by_hand", ["Mia (staff) marked the slot as filled"]),
    ],
)
def test_an_action_of_staff_is_one_entry_with_its_name(world: World, action: str, expected: list[str]) -> None:
    scene = RecoveryScene.set(world).asked()
    world.later("step_in", world.slot_of(scene.appointment).id, action, mia(scene), shop_id=scene.shop.id)
    world.work()
    assert headlines(scene) == [FREED, "Ana was asked", *expected]
    assert happened(scene)[2].reason.endswith("Ana's offer was ended by Mia (staff).")


EXPECTED: dict[tuple[str, str], list[str]] = {
    ("decline_offer", "of an offer"): ["Ana was asked", "Ana declined the slot", "Ben was asked"],
    ("decline_offer", "of a hold"): [*SOLD[:2], "Ana declined the slot", "Ben was asked"],
    ("decline_offer", "by the button of an e-mail"): ["Ana was asked", "Ana declined the slot", "Ben was asked"],
    ("opt_out", "with an offer"): ["Ana was asked", "Ana opted out of texts", "Ben was asked"],
    ("ask_back", "with an offer"): ["Ana was asked", "Ana texted"],
    ("send_message", "an offer to a number that is none"): ["Ana couldn't be reached", "Ben was asked"],
    ("update_email_status", "bounced"): ["Ana couldn't be reached", "Ben was asked"],
    ("handle_payment_success", "a hold"): SOLD,
    ("handle_payment_failure", "the only attempt"): [*SOLD[:2], "Ana's card was declined", "Ben was asked"],
    ("handle_payment_failure", "one of three attempts"): [*SOLD[:2], "Ana's card was declined"],
    ("handle_payment_change", "disputed"): [*SOLD, "A payment was disputed"],
    ("accept_offer", "no deposit is due"): ["Ana was asked", "The slot was recovered"],
    ("accept_offer", "after a no"): ["Ana was asked", "Ana declined the slot", "Ben was asked", "Ana said YES"],
    ("refund_payment", "the time is somebody else's"): [*SOLD[:2], "Ana paid", "Ana was refunded"],
    ("choose_customer", "the next one is skipped"): ["Ana was asked", "Staff skipped Ben"],
    ("choose_customer", "somebody else is next"): ["Ana was asked", "Staff chose Ben to be asked next"],
}


@pytest.mark.quick
@pytest.mark.parametrize(("task", "situation"), long_except(EXPECTED, *list(EXPECTED)[::8]))
def test_everything_that_happens_is_one_entry(world: World, task: str, situation: str) -> None:
    scene = SITUATIONS[task, situation](world)
    world.work()
    assert headlines(scene) == [FREED, *EXPECTED[task, situation]]


def test_a_customer_who_moves_up_is_one_entry_in_each_slot(world: World) -> None:
    scene = SITUATIONS["accept_offer", "a later appointment is moved"](world)
    world.work()
    (old,) = world.rows("SELECT * FROM appointments WHERE cancel_reason = 'moved up'")
    paid = "Ana paid"
    assert [one for one in headlines(scene) if one != paid] == [FREED, "Ana was asked", "The slot was recovered"]
    assert headlines(scene, old) == ["Ana moved to an earlier time", "Ben was asked"]


def test_a_refund_whose_task_was_lost_is_one_entry(world: World) -> None:
    scene = CLOCKS["reconcile_refunds", "nobody makes a refund"](world)
    world.beat("reconcile_refunds")
    world.work()
    assert headlines(scene)[-2:] == ["Ana paid", "Ana was refunded"]


def test_a_hold_that_is_not_paid_is_one_entry(world: World) -> None:
    scene = RecoveryScene.set(world).held()
    world.settle()
    assert headlines(scene)[:5] == [FREED, *SOLD[:2], "Ana did not pay in time", "Ben was asked"]


def test_a_dispute_names_the_money_the_customer_and_the_deadline(world: World) -> None:
    scene = SITUATIONS["handle_payment_change", "disputed"](world)
    world.work()
    (notification,) = world.rows(
        "SELECT * FROM notifications WHERE kind = 'dispute' AND shop_id = :id", id=scene.shop.id
    )
    assert notification.text.startswith("The payment of £20 by Ana for ")
    assert "Answer at Stripe" in notification.text
    assert notification.appointment_id == scene.holding_by_name().id
    query = "SELECT because FROM audit_logs WHERE event = 'dispute' AND shop_id = :id"
    (logged,) = world.rows(query, id=scene.shop.id)
    assert logged.because == notification.text.replace(" by Ana", "")
