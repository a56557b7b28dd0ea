"""Random histories: everything that can happen to recoveries, in any order, told to the real code.

Each rule is a sentence of the story; Hypothesis tells the shortest story that breaks a promise, as it can be replayed.
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.builders import Built
from tests.faults.crashes import cut_short
from tests.faults.world import RECONCILING, World
from worker.job import BODIES, Job

WORDS = st.sampled_from(["YES", "yes please", "NO", "STOP", "what time?", "START", "Sí", "cancel"])
PEOPLE = st.integers(0, 3)
MINUTES = st.sampled_from([1, 5, 16, 40, 180])

TROUBLE = st.sampled_from(
    [
        ("twilio messages.create", "timeout_after"),
        ("twilio messages.create", "timeout_before"),
        ("twilio messages.create", "server_error"),
        ("twilio messages.create", "server_error_after"),
        ("twilio messages.create", "rate_limited"),
        ("twilio messages.create", "undelivered"),
        ("twilio messages.create", "opted_out"),
        ("twilio messages.create", "invalid_number"),
        ("twilio messages.list", "server_error"),
        ("stripe payment_intents.create", "timeout_after"),
        ("stripe payment_intents.create", "timeout_before"),
        ("stripe payment_intents.create", "server_error"),
        ("stripe payment_intents.create", "server_error_after"),
        ("stripe payment_intents.create", "rate_limited"),
        ("stripe payment_intents.cancel", "already_succeeded"),
        ("stripe payment_intents.cancel", "timeout_after"),
        ("stripe payment_intents.cancel", "server_error"),
        ("stripe payment_intents.retrieve", "server_error"),
        ("stripe refunds.create", "server_error_after"),
        ("stripe refunds.create", "timeout_after"),
        ("stripe refunds.create", "refund_failed"),
        ("* webhook", "dropped"),
        ("* webhook", "duplicate"),
        ("* webhook", "delayed"),
        ("* webhook", "wrong_signature"),
    ]
)


def histories_in(world: World) -> type[RuleBasedStateMachine]:
    """The state machine; it plays in this world, each history in a shop of its own."""

    class AHistory(RuleBasedStateMachine):
        shop: Built
        people: list[Built]
        appointments: list[Built]

        @initialize(
            attempts=st.sampled_from([1, 3]),
            cooldown=st.sampled_from([0, 24]),
            deposit=st.sampled_from([2000, 2000, 0]),
            hours=st.sampled_from([2, 30]),
            seed=st.integers(0, 2**16),
        )
        def a_shop(self, attempts: int, cooldown: int, deposit: int, hours: int, seed: int) -> None:
            world.outside.calm()
            world.chance.seed(seed)
            self.began_at = world.outside.newest_entry()
            self.shop = world.shop(payment_attempts=attempts, cooldown_hours=cooldown, deposit_cents=deposit)
            self.people = [world.customer(self.shop, name) for name in ("Ana", "Ben", "Cleo", "Dan")]
            zoe = world.customer(self.shop, "Zoe", sms_opt_in=False)
            self.appointments = [
                world.booked(zoe, hours=hours, deposit=deposit),
                world.booked(zoe, hours=hours + 1, deposit=deposit),
            ]

        @rule(which=st.integers(0, 1))
        def an_appointment_is_cancelled(self, which: int) -> None:
            world.cancel(self.appointments[which].id)

        @rule(who=PEOPLE)
        def a_recovered_booking_is_cancelled(self, who: int) -> None:
            found = world.rows(
                "SELECT id FROM appointments WHERE customer_id = :id AND status IN ('booked', 'pending_payment')",
                id=self.people[who].id,
            )
            for row in found:
                world.cancel(row.id)

        @rule(who=PEOPLE, words=WORDS)
        def somebody_texts(self, who: int, words: str) -> None:
            world.says(self.people[who], self.shop, words)

        @rule(who=PEOPLE, what=st.sampled_from(["succeed", "succeed", "fail", "processing"]))
        def a_card_is_used(self, who: int, what: str) -> None:
            if intent := world.intent_of(self.people[who]):
                world.at_stripe(intent, what)

        @rule(minutes=MINUTES)
        def time_passes(self, minutes: int) -> None:
            world.clock.pass_(timedelta(minutes=minutes))

        @rule(what=TROUBLE, times=st.integers(1, 2))
        def trouble_begins(self, what: tuple[str, str], times: int) -> None:
            world.outside.fault(*what, times=times)

        @rule()
        def redis_is_emptied(self) -> None:
            world.redis.flushdb()

        @rule(action=st.sampled_from(["ask_next", "stop", "sold_by_hand", "start_again"]), which=st.integers(0, 1))
        def staff_step_in(self, action: str, which: int) -> None:
            slots = world.rows("SELECT id FROM slot_openings WHERE shop_id = :id ORDER BY starts_at", id=self.shop.id)
            for slot in slots[which : which + 1]:
                world.later("step_in", slot.id, action, "Mia", shop_id=self.shop.id)

        @rule(which=st.integers(0, 1))
        def staff_sell_it_by_hand(self, which: int) -> None:
            """A booking by plain SQL; what the database refuses is refused."""
            world.book_by_hand(self.shop, self.appointments[which])

        @rule(number=st.integers(0, 20))
        def a_task_runs(self, number: int) -> None:
            if tasks := world.claimable():
                world.run(tasks[number % len(tasks)])

        @rule(number=st.integers(0, 20), point=st.integers(0, 12))
        def a_worker_is_killed(self, number: int, point: int) -> None:
            if tasks := world.claimable():
                with cut_short(world, after=point):
                    world.run(tasks[number % len(tasks)])

        @rule(number=st.integers(0, 20), copies=st.sampled_from([0, 1, 1, 2]))
        def a_webhook_arrives(self, number: int, copies: int) -> None:
            """So often; not at all is for good."""
            if webhooks := world.outside.carried_now():
                webhook = webhooks[number % len(webhooks)]
                for _ in range(copies):
                    world.outside.carry(webhook)
                if not copies:
                    world.outside.lose(webhook)

        @rule()
        def everybody_works(self) -> None:
            world.work()

        @rule(name=st.sampled_from(["tick", "expire_offers", *RECONCILING]))
        def the_clock_rings(self, name: str) -> None:
            BODIES[name](Job(None, world.tools))

        def teardown(self) -> None:
            if not hasattr(self, "shop"):
                return
            world.outside.calm()
            world.settle()
            self.promises_hold()
            world.retire(self.shop)

        def promises_hold(self) -> None:
            broken = world.broken_promises(since=self.began_at)
            assert not broken, "\n".join(f"{one.name} {one.sentence} {one.subject}: {one.detail}" for one in broken)

    return AHistory
