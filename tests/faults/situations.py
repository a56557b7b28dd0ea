"""The situations in which each task runs. Each situation applies events until the task is next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from db.appointments import appointment_moves, slot_times
from db.appointments.appointment_moves import NewTime
from db.appointments.slot_times import FreedTime
from db.money import refunds
from db.money.refunds import RefundRequest
from db.recoveries import offer_answers
from db.recoveries.offer_answers import OfferAnswer
from db.tasks import pending_tasks
from db.tasks.pending_tasks import UnpublishedRow
from tests import builders
from tests.builders import Built
from tests.world import World

A_MOMENT = timedelta(seconds=25)


LONGER_AGO = (
    "UPDATE slot_offers SET sent_at = sent_at - :by, expires_at = expires_at - :by WHERE shop_id = :shop",
    "UPDATE payments SET expires_at = expires_at - :by WHERE shop_id = :shop",
    "UPDATE messages SET claimed_at = claimed_at - :by, created_at = created_at - :by WHERE shop_id = :shop",
    "UPDATE pending_tasks SET due_at = due_at - :by, lease_until = lease_until - :by WHERE shop_id = :shop",
)


@dataclass
class RecoveryScene:
    """A shop whose customer Zoe has cancelled a paid appointment. Ana is asked first, then Ben."""

    world: World
    shop: Built
    ana: Built
    ben: Built
    appointment: Built

    @classmethod
    def set(
        cls, world: World, *, cancelled: bool = True, agreed: dict[str, object] | None = None, **shop: object
    ) -> RecoveryScene:
        """Creates the scene. `agreed` are columns of Ana's row."""
        made = world.shop(**shop)
        now = world.clock.now()
        ana = world.customer(made, "Ana", last_settled_at=now - timedelta(days=1), **agreed or {})
        ben = world.customer(made, "Ben", last_settled_at=now - timedelta(days=2))
        zoe = world.customer(made, "Zoe", sms_opt_in=False)
        appointment = world.booked(zoe, hours=30, deposit=int(made.deposit_cents))
        scene = cls(world, made, ana, ben, appointment)
        if cancelled:
            assert world.cancel(appointment.id) == 202
        return scene

    def next(self, task: str) -> UnpublishedRow:
        return self.world.advance(self.shop, task)

    def asked(self) -> RecoveryScene:
        """Ana receives the offer."""
        self.world.run(self.next("send_message"))
        self.deliver()
        return self

    def says(self, body: str) -> RecoveryScene:
        """Delivers a text from Ana to the endpoint."""
        self.world.says(self.ana, self.shop, body)
        self.world.carry()
        return self

    def deliver(self) -> None:
        self.world.carry()
        while status := self.world.waiting(self.shop, "update_message_status"):
            self.world.run(status)

    def held(self) -> RecoveryScene:
        """Ana says YES and receives the payment link."""
        self.asked().says("YES")
        self.world.run(self.next("create_payment"))
        self.world.run(self.next("send_message"))
        self.deliver()
        return self

    def recovered(self) -> RecoveryScene:
        """Ana pays."""
        self.held().card("succeed")
        self.world.run(self.next("send_message"))
        self.deliver()
        return self

    def card(self, what: str) -> RecoveryScene:
        intent = self.world.intent_of(self.ana)
        assert intent
        assert self.world.at_stripe(intent, what) == 200
        self.world.carry()
        return self

    def passes(self, time: timedelta) -> RecoveryScene:
        """Lets time pass only for this shop, because other scenes share the clock."""
        for statement in LONGER_AGO:
            self.world.rows(statement, by=time, shop=self.shop.id)
        return self

    def quiet_for(self, time: timedelta) -> RecoveryScene:
        """Sets back the times of the shop's payments and texts, as if no webhook had arrived for this long."""
        for table in ("payments", "messages"):
            statement = f"UPDATE {table} SET updated_at = updated_at - :by WHERE shop_id = :shop"
            self.world.rows(statement, by=time, shop=self.shop.id)
        return self

    def step_in(self, action: str) -> RecoveryScene:
        slot = self.world.slot_of(self.appointment)
        self.world.later("step_in", slot.id, action, "Mia", shop_id=self.shop.id)
        return self

    def choose(self, action: str) -> RecoveryScene:
        """Adds a task by which staff apply `action` to Ben, who has not been asked yet."""
        slot = self.world.slot_of(self.appointment)
        self.world.later("choose_customer", slot.id, action, self.ben.id, "Mia", shop_id=self.shop.id)
        return self

    def holding_by_name(self) -> Built:
        (row,) = self.world.rows(
            "SELECT * FROM appointments WHERE shop_id = :id AND source_slot_opening_id IS NOT NULL", id=self.shop.id
        )
        return row


def _later_booking(world: World, **columns: object) -> RecoveryScene:
    """Ana has an appointment a day later and is asked to move it to the earlier time."""
    scene = RecoveryScene.set(world, cancelled=False, move_up=True)
    world.booked(scene.ana, hours=54, **columns)  # type: ignore[arg-type]
    assert world.cancel(scene.appointment.id) == 202
    return scene


def _waits_for_less(world: World) -> RecoveryScene:
    """Ana waits for a service of half the length. No deposit is due, and the remaining time can be sold."""
    scene = RecoveryScene.set(world, cancelled=False, deposit_cents=0, sell_rest=True)
    with world.session() as session:
        trim = builders.insert(session, "services", shop_id=scene.shop.id, name="Trim", duration_minutes=30)
        values = {"shop_id": scene.shop.id, "customer_id": scene.ana.id, "service_id": trim.id}
        builders.insert(session, "waitlist_entries", **values)
    assert world.cancel(scene.appointment.id) == 202
    return scene


def _unpaid(world: World) -> RecoveryScene:
    """Cancels an ordinary booking whose deposit was requested but not paid."""
    scene = RecoveryScene.set(world, cancelled=False)
    booking = world.booked(scene.ana, hours=40, deposit=0, status="pending_payment", payment_required=True)
    intent = world.an_intent(2000)
    with world.session() as session:
        builders.a_payment(session, booking, status="pending", stripe_payment_intent_id=intent)
    assert world.cancel(booking.id) == 202
    return scene


def _refund(world: World) -> RecoveryScene:
    """Ana pays after staff have released her hold in the tables and booked the time."""
    scene = RecoveryScene.set(world).held()
    slot = world.slot_of(scene.appointment).id
    world.rows("UPDATE appointments SET status = 'cancelled' WHERE source_slot_opening_id = :id", id=slot)
    world.rows("UPDATE slot_openings SET status = 'expired', closed_as = 'sold_by_hand' WHERE id = :id", id=slot)
    assert world.book_by_hand(scene.shop, scene.appointment)
    return scene.card("succeed")


def fault(scene: RecoveryScene, where: str, what: str) -> RecoveryScene:
    """Adds a fault that affects only this scene."""
    about = {"twilio messages.create": scene.ana.phone, "stripe payment_intents.create": str(scene.shop.id)}
    scene.world.outside.fault(where, what, match=about.get(where) or scene.world.intent_of(scene.ana))
    return scene


def _unknown_text(world: World) -> RecoveryScene:
    scene = RecoveryScene.set(world)
    text = scene.next("send_message")
    fault(scene, "twilio messages.create", "timeout_after")
    world.run(text)
    return scene.passes(A_MOMENT)


def _lost_intent(world: World) -> RecoveryScene:
    """The response with the intent's id was lost. Then the hold ended."""
    scene = RecoveryScene.set(world).asked().says("YES")
    task = scene.next("create_payment")
    fault(scene, "stripe payment_intents.create", "timeout_after")
    world.run(task)
    scene.says("NO")
    return scene


def _recovered_is_cancelled(world: World) -> RecoveryScene:
    scene = RecoveryScene.set(world).recovered()
    assert world.cancel(scene.holding_by_name().id) == 202
    return scene


def _hold_is_cancelled(world: World) -> RecoveryScene:
    scene = RecoveryScene.set(world).held()
    assert world.cancel(scene.holding_by_name().id) == 202
    return scene


def _late_yes(world: World) -> RecoveryScene:
    """Ana says YES after her NO, while the slot is offered to Ben."""
    scene = RecoveryScene.set(world).asked().says("NO")
    world.run(scene.next("send_message"))
    scene.deliver()
    scene.says("YES")
    return scene


def _in_silence(scene: RecoveryScene) -> RecoveryScene:
    """Drops all pending webhooks that concern Ana in this shop."""
    world = scene.world
    for webhook in world.outside.waiting():
        if scene.ana.phone in webhook["payload"] or str(world.intent_of(scene.ana)) in webhook["payload"]:
            world.outside.lose(webhook)
    return scene


def _text_in_silence(world: World) -> RecoveryScene:
    """Ana's YES never reaches the endpoint."""
    scene = RecoveryScene.set(world).asked()
    world.says(scene.ana, scene.shop, "YES")
    return _in_silence(scene)


def _paid_in_silence(world: World) -> RecoveryScene:
    scene = RecoveryScene.set(world).held()
    intent = world.intent_of(scene.ana)
    assert intent
    assert world.at_stripe(intent, "succeed") == 200
    return _in_silence(scene)


def _undelivered_in_silence(world: World) -> RecoveryScene:
    scene = fault(RecoveryScene.set(world), "twilio messages.create", "undelivered")
    world.run(scene.next("send_message"))
    world.outside.decide_fates()
    return _in_silence(scene).quiet_for(timedelta(minutes=3))


def _refund_without_a_task(world: World) -> RecoveryScene:
    scene = _refund(world)
    scene.next("refund_payment")
    world.rows("DELETE FROM pending_tasks WHERE shop_id = :id AND name = 'refund_payment'", id=scene.shop.id)
    return scene


def _moved(world: World) -> RecoveryScene:
    """Zoe's paid appointment is moved by five hours."""
    scene = RecoveryScene.set(world, cancelled=False)
    booking, by = scene.appointment, timedelta(hours=5)
    with world.session() as session:
        to = NewTime(booking.starts_at + by, booking.ends_at + by, booking.performer_id)
        assert appointment_moves.move(session, booking.id, to, by="api", tell_customer=True) is None
    return scene


def _gap(world: World) -> RecoveryScene:
    """A gap one day after Zoe's appointment is put on sale."""
    scene = RecoveryScene.set(world, cancelled=False)
    booking, by = scene.appointment, timedelta(days=1)
    gap = FreedTime(scene.shop.id, None, booking.starts_at + by, booking.ends_at + by, deposit_cents=2000)
    with world.session() as session:
        slot_times.sell_gap(session, gap, by="api")
    return scene


def _part_refunded(world: World) -> RecoveryScene:
    """A part of Ana's deposit is to be refunded."""
    scene = RecoveryScene.set(world).recovered()
    deposit = world.one(
        "SELECT p.id FROM payments p JOIN appointments a ON a.id = p.appointment_id WHERE a.customer_id = :id",
        id=scene.ana.id,
    )
    with world.session() as session:
        wanted = RefundRequest(uuid4(), scene.shop.id, deposit, 500, "Goodwill", "Mia")
        assert refunds.request(session, wanted)
        pending_tasks.add(session, "send_refund", wanted.id, shop_id=scene.shop.id)
    return scene


def _erased(world: World) -> RecoveryScene:
    scene = RecoveryScene.set(world, cancelled=False)
    world.later("forget_customer", scene.ben.id, "Mia", shop_id=scene.shop.id)
    return scene


def _merged(world: World) -> RecoveryScene:
    scene = RecoveryScene.set(world, cancelled=False)
    world.later("merge_customers", scene.ana.id, scene.ben.id, "Mia", shop_id=scene.shop.id)
    return scene


def soon(world: World) -> datetime:
    return world.clock.now() + timedelta(minutes=10)


def _sign_in(world: World) -> RecoveryScene:
    scene = RecoveryScene.set(world, cancelled=False)
    with world.session() as session:
        mia = builders.a_staff_member(session, scene.shop, phone=builders.a_number())
        values = {"channel": "sms", "nonce": "n", "browser_hash": "b", "expires_at": soon(world)}
        code = builders.insert(session, "otp_codes", shop_id=scene.shop.id, staff_id=mia.id, **values)
    world.later("send_sign_in_code", code.id, shop_id=scene.shop.id)
    return scene


BY_WHATSAPP: dict[str, object] = {"sms_opt_in": False, "whatsapp_opt_in": True}
BY_EMAIL: dict[str, object] = {"sms_opt_in": False, "email": "ana@example.com", "email_opt_in": True}


def _by(world: World, agreed: dict[str, object]) -> RecoveryScene:
    return RecoveryScene.set(world, agreed=agreed, offer_by_whatsapp=True, offer_by_email=True)


def _bounced(world: World) -> RecoveryScene:
    return _run(_by(world, BY_EMAIL | {"email": "bounced@example.com"}), "send_message", carry=True)


def _pressed(world: World, answer: OfferAnswer) -> RecoveryScene:
    """Ana has received the e-mail and presses a button on the page behind its link."""
    scene = _run(_by(world, BY_EMAIL), "send_message", carry=True)
    (offer,) = world.rows("SELECT id, shop_id FROM slot_offers WHERE shop_id = :id", id=scene.shop.id)
    with world.session() as session:
        offer_answers.request(session, answer, offer_id=offer.id, shop_id=offer.shop_id)
    return scene


def _waiting(world: World) -> RecoveryScene:
    """Ana is asked and is also on the waiting list for other times."""
    scene = RecoveryScene.set(world).asked()
    with world.session() as session:
        builders.insert(session, "waitlist_entries", shop_id=scene.shop.id, customer_id=scene.ana.id)
    return scene


def _join_code(world: World) -> RecoveryScene:
    scene = RecoveryScene.set(world, cancelled=False)
    with world.session() as session:
        values = {"shop_id": scene.shop.id, "phone": builders.a_number(), "expires_at": soon(world)}
        request = builders.insert(session, "join_requests", **values)
    world.later("send_join_code", request.id, shop_id=scene.shop.id)
    return scene


def _joined(world: World) -> RecoveryScene:
    scene = RecoveryScene.set(world, cancelled=False)
    with world.session() as session:
        entry = builders.insert(session, "waitlist_entries", shop_id=scene.shop.id, customer_id=scene.ana.id)
    world.later("confirm_joining", entry.id, shop_id=scene.shop.id)
    return scene


def _invitation(world: World) -> RecoveryScene:
    scene = RecoveryScene.set(world, cancelled=False)
    with world.session() as session:
        lee = builders.a_staff_member(session, scene.shop, phone=builders.a_number(), confirmed_at=None)
        values = {"channel": "sms", "address": lee.phone, "token_hash": lee.id.hex}
        invited = builders.insert(session, "staff_invitations", shop_id=scene.shop.id, staff_id=lee.id, **values)
    world.later("send_invitation", invited.id, shop_id=scene.shop.id)
    return scene


def _test_offer(world: World) -> RecoveryScene:
    scene = RecoveryScene.set(world, cancelled=False)
    with world.session() as session:
        mia = builders.a_staff_member(session, scene.shop, phone=builders.a_number())
    world.later("send_test_offer", mia.id, shop_id=scene.shop.id)
    return scene


def _with_staff(scene: RecoveryScene) -> RecoveryScene:
    with scene.world.session() as session:
        builders.a_staff_member(session, scene.shop, email=f"{scene.shop.id.hex}@salon.example")
    return scene


def _reminder(world: World) -> RecoveryScene:
    scene = RecoveryScene.set(world, cancelled=False)
    booking = world.booked(scene.ana, hours=20)
    with world.session() as session:
        text = builders.a_message(
            session,
            scene.ana,
            from_address=scene.shop.sms_from,
            purpose="booking_reminder",
            purpose_key=f"booking_reminder:{booking.id}",
            body="Tomorrow.",
            appointment_id=booking.id,
            send_before=booking.starts_at,
        )
    world.later("send_by_day", text.id, shop_id=scene.shop.id)
    return scene


def _canary(world: World) -> RecoveryScene:
    scene = RecoveryScene.set(world)
    world.later("answer_canary", "offers", shop_id=scene.shop.id)
    return scene


Situation = Callable[[World], RecoveryScene]
OVER = timedelta(minutes=16)

SITUATIONS: dict[tuple[str, str], Situation] = {
    ("create_slot_opening", "a paid appointment is cancelled"): RecoveryScene.set,
    ("create_slot_opening", "the recovered booking is cancelled"): _recovered_is_cancelled,
    ("send_next_offer", "somebody can be asked"): RecoveryScene.set,
    ("send_next_offer", "a gap that nobody cancelled"): _gap,
    ("send_next_offer", "Ana said no"): lambda w: RecoveryScene.set(w).asked().says("NO"),
    ("send_message", "an offer"): RecoveryScene.set,
    ("send_message", "an offer by WhatsApp"): lambda w: _by(w, BY_WHATSAPP),
    ("send_message", "an offer by e-mail"): lambda w: _by(w, BY_EMAIL),
    ("send_message", "an offer of unknown outcome"): _unknown_text,
    ("send_message", "an offer to a number that is none"): lambda w: fault(
        RecoveryScene.set(w), "twilio messages.create", "invalid_number"
    ),
    ("send_message", "a payment link"): lambda w: _run(RecoveryScene.set(w).asked().says("YES"), "create_payment"),
    ("send_message", "a confirmation"): lambda w: _run(
        RecoveryScene.set(w).held().card("succeed"), "handle_payment_success"
    ),
    ("update_message_status", "undelivered"): lambda w: _run(
        fault(RecoveryScene.set(w), "twilio messages.create", "failed"), "send_message", carry=True
    ),
    ("update_email_status", "bounced"): _bounced,
    ("accept_offer", "in time"): lambda w: RecoveryScene.set(w).asked().says("YES"),
    ("accept_offer", "no deposit is due"): lambda w: RecoveryScene.set(w, deposit_cents=0).asked().says("YES"),
    ("accept_offer", "too late"): lambda w: RecoveryScene.set(w).asked().passes(OVER).says("YES"),
    ("accept_offer", "after a no"): _late_yes,
    ("decline_offer", "of an offer"): lambda w: RecoveryScene.set(w).asked().says("no thanks"),
    ("decline_offer", "of a hold"): lambda w: RecoveryScene.set(w).held().says("NO"),
    ("accept_offer", "by the button of an e-mail"): lambda w: _pressed(w, OfferAnswer.YES),
    ("decline_offer", "by the button of an e-mail"): lambda w: _pressed(w, OfferAnswer.NO),
    ("opt_out", "with an offer"): lambda w: RecoveryScene.set(w).asked().says("STOP"),
    ("opt_in", "after an opt-out"): lambda w: _run(RecoveryScene.set(w).asked().says("STOP"), "opt_out").says(
        "START"
    ),
    ("ask_back", "with an offer"): lambda w: RecoveryScene.set(w).asked().says("what time?"),
    ("create_payment", "a hold"): lambda w: RecoveryScene.set(w).asked().says("YES"),
    ("cancel_payment", "given up"): lambda w: RecoveryScene.set(w).held().says("NO"),
    ("cancel_payment", "paid in the same moment"): lambda w: fault(
        RecoveryScene.set(w).held().says("NO"), "stripe payment_intents.cancel", "already_succeeded"
    ),
    ("cancel_payment", "its intent is not known yet"): _lost_intent,
    ("handle_payment_success", "a hold"): lambda w: RecoveryScene.set(w).held().card("succeed"),
    ("handle_payment_failure", "the only attempt"): lambda w: RecoveryScene.set(w).held().card("fail"),
    ("handle_payment_failure", "one of three attempts"): lambda w: (
        RecoveryScene.set(w, payment_attempts=3).held().card("fail")
    ),
    ("handle_payment_change", "processing"): lambda w: RecoveryScene.set(w).held().card("processing"),
    ("handle_payment_change", "disputed"): lambda w: RecoveryScene.set(w).recovered().card("dispute"),
    ("refund_payment", "the time is somebody else's"): _refund,
    ("send_refund", "in part"): _part_refunded,
    ("forget_customer", "nothing open"): _erased,
    ("merge_customers", "two entries"): _merged,
    ("free_old_time", "a paid appointment is moved"): _moved,
    ("cancel_appointment", "an unpaid booking"): _unpaid,
    ("cancel_appointment", "a hold"): _hold_is_cancelled,
    ("look_up_payment", "paid in silence"): lambda w: _looked_up(
        _paid_in_silence(w).quiet_for(timedelta(minutes=6)), "reconcile_open_intents"
    ),
    ("look_up_message", "undelivered in silence"): lambda w: _looked_up(
        _undelivered_in_silence(w), "reconcile_unknown_texts"
    ),
    ("answer_canary", "an empty queue"): _canary,
    ("send_sign_in_code", "a member of staff"): _sign_in,
    ("send_invitation", "a member of staff"): _invitation,
    ("leave_waitlist", "with an offer"): lambda w: _waiting(w).says("LEAVE"),
    ("send_join_code", "a visitor"): _join_code,
    ("confirm_joining", "a new entry"): _joined,
    ("send_test_offer", "a member of staff"): _test_offer,
    ("send_by_day", "a reminder"): _reminder,
    ("alert_staff", "a dispute"): lambda w: _with_staff(RecoveryScene.set(w).recovered()).card("dispute"),
    ("accept_offer", "a later appointment is moved"): lambda w: _later_booking(w).asked().says("YES"),
    ("accept_offer", "a shorter service is booked"): lambda w: _waits_for_less(w).asked().says("YES"),
    ("create_slot_opening", "of an appointment that was moved"): lambda w: _run(
        _later_booking(w).asked().says("YES"), "accept_offer"
    ),
    ("handle_payment_success", "an unpaid appointment is moved"): lambda w: (
        _later_booking(w, deposit=0, payment_required=True, deposit_cents=2000).held().card("succeed")
    ),
    ("choose_customer", "the next one is skipped"): lambda w: RecoveryScene.set(w).asked().choose("skip"),
    ("choose_customer", "somebody else is next"): lambda w: RecoveryScene.set(w).asked().choose("pick"),
    ("step_in", "the next customer, please"): lambda w: RecoveryScene.set(w).asked().step_in("ask_next"),
    ("step_in", "stop"): lambda w: RecoveryScene.set(w).asked().step_in("stop"),
    ("step_in", "sold"): lambda w: RecoveryScene.set(w).asked().step_in("sold_by_hand"),
}


CLOCKS: dict[tuple[str, str], Situation] = {
    ("tick", "an offer is over"): lambda w: RecoveryScene.set(w).asked().passes(OVER),
    ("tick", "a hold is over"): lambda w: RecoveryScene.set(w).held().passes(OVER),
    ("expire_offers", "an offer is over"): lambda w: RecoveryScene.set(w).asked().passes(OVER),
    ("reconcile_inbound_texts", "the web process was down"): _text_in_silence,
    ("reconcile_stripe_events", "an event never came"): _paid_in_silence,
    ("reconcile_open_intents", "nothing is heard of a payment"): lambda w: _paid_in_silence(w).quiet_for(
        timedelta(minutes=6)
    ),
    ("reconcile_unknown_texts", "nothing is heard of a text"): _undelivered_in_silence,
    ("reconcile_refunds", "nobody makes a refund"): _refund_without_a_task,
    ("check_invariants", "all is well"): lambda w: RecoveryScene.set(w).asked(),
    # Tests that create and drop tables use a separate database: tests/db/test_partitions.py, test_settled_tasks.py.
    ("maintain_partitions", "no table is missing"): RecoveryScene.set,
}
"""Rows for the tasks of beat. These tasks process all rows, so each situation needs its own world."""

TRIED_ELSEWHERE = {
    **dict.fromkeys(("run_all_cleanup_jobs", "run_all_reminder_jobs", "resolve_outcomes"), "tests/jobs"),
    **dict.fromkeys(("cleanup_ended_sessions", "cleanup_expired_otps", "cleanup_old_audit_logs"), "tests/jobs"),
    **dict.fromkeys(("cleanup_old_notifications", "cleanup_settled_tasks", "cleanup_stale_bookings"), "tests/jobs"),
    "expire_waitlist_entries": "tests/jobs",
    "cleanup_expired_invitations": "tests/jobs",
    **dict.fromkeys(("cleanup_expired_join_requests", "cleanup_expired_authorizations"), "tests/jobs"),
    "cleanup_idempotency_records": "tests/jobs",
    "send_weekly_summaries": "tests/jobs",
    "deliver_webhooks": "tests/faults/test_webhook_deliveries.py",
    **dict.fromkeys(("cleanup_old_events", "cleanup_webhook_deliveries"), "tests/jobs"),
    **dict.fromkeys(("cleanup_webhook_events", "send_booking_reminders", "send_payment_reminders"), "tests/jobs"),
}
"""These periodic jobs change each row in a separate transaction. They are killed between two rows."""


def _looked_up(scene: RecoveryScene, clock: str) -> RecoveryScene:
    scene.world.beat(clock)
    return scene


def _run(scene: RecoveryScene, task: str, *, carry: bool = False) -> RecoveryScene:
    scene.world.run(scene.next(task))
    if carry:
        scene.world.carry()
    return scene
