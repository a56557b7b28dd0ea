"""The customers who may be asked, computed in plain Python over whole tables: slow but simple."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text

from domain.eligibility import CustomerFacts, why_not
from domain.policy import Policy
from domain.ranking import rank

LIVE_OFFER, LIVE_BOOKING = {"pending", "sent"}, {"pending_payment", "booked"}


class World:
    """All rows of one shop, read at one moment."""

    def __init__(self, session, slot):
        read = lambda table: session.execute(text(f"SELECT * FROM {table}")).all()  # noqa: E731
        self.now = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        self.slot = slot
        self.customers, self.offers = read("customers"), read("slot_offers")
        self.appointments, self.suppressions = read("appointments"), read("suppressions")

    def askable(self, policy: Policy):
        """Ids, in the order of asking."""
        facts = {c.id: self.facts(c) for c in self.customers}
        fit = [c for c in self.customers if why_not(facts[c.id], now=self.now, policy=policy) is None]
        return [c.id for c in sorted(fit, key=lambda c: rank(c.last_settled_at, c.id))]

    def next_chance(self, policy: Policy, cut_off: datetime) -> datetime | None:
        chances = [self.free_at(c, policy) for c in self.customers if self.only_for_now(c, policy)]
        return min((moment for moment in chances if moment < cut_off), default=None)

    def only_for_now(self, customer, policy):
        facts = self.facts(customer)
        rested = Policy(require_prior_booking=policy.require_prior_booking, cooldown=timedelta(0))
        freed = {name: getattr(facts, name) for name in CustomerFacts.__slots__} | {"live_offer": False}
        return (
            why_not(CustomerFacts(**freed), now=self.now, policy=rested) is None
            and why_not(facts, now=self.now, policy=policy) is not None
        )

    def free_at(self, customer, policy):
        asked_until = [o.expires_at for o in self.offers_to(customer) if o.status in LIVE_OFFER]
        rest = [self.facts(customer).cooldown_until] if policy.cooldown else []
        return max(moment for moment in [*asked_until, *rest] if moment is not None)

    def facts(self, customer) -> CustomerFacts:
        slot, same = self.slot, {c.id for c in self.person(customer)}
        mine = [a for a in self.appointments if a.customer_id == customer.id and a.status in LIVE_BOOKING]
        rests = [c.cooldown_until for c in self.person(customer) if c.cooldown_until]
        return CustomerFacts(
            same_shop=customer.shop_id == slot.shop_id,
            opted_in=customer.sms_opt_in,
            phone_e164=customer.phone_e164,
            suppressed=any(
                (s.shop_id, s.phone, s.lifted_at) == (customer.shop_id, customer.phone_e164, None)
                for s in self.suppressions
            ),
            asked_for_this_slot=any(o.slot_opening_id == slot.id for o in self.offers_to(customer)),
            cancelled_this_slot=any(self.gave_up(a) for a in self.appointments if a.customer_id in same),
            overlapping_booking=any(a.starts_at < slot.ends_at and a.ends_at > slot.starts_at for a in mine),
            live_offer=any(o.status in LIVE_OFFER for o in self.offers_to(customer)),
            cooldown_until=max(rests, default=None),
            last_settled_at=customer.last_settled_at,
        )

    def gave_up(self, appointment):
        if appointment.id == self.slot.source_appointment_id:
            return True
        same_time = (appointment.starts_at, appointment.performer_id) == (self.slot.starts_at, self.slot.performer_id)
        was_firm = appointment.cancelled_from != "pending_payment"
        return appointment.status == "cancelled" and (
            appointment.source_slot_opening_id == self.slot.id or (same_time and was_firm)
        )

    def person(self, customer):
        """All customers of the shop with the same number: they share one telephone."""
        twins = (c for c in self.customers if c.shop_id == customer.shop_id and c.id != customer.id)
        return [customer, *(c for c in twins if c.phone_e164 and c.phone_e164 == customer.phone_e164)]

    def offers_to(self, customer):
        same = {c.id for c in self.person(customer)}
        return [o for o in self.offers if o.customer_id in same]
