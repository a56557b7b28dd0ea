"""A slow but simple search for customers in plain Python over whole tables."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

from sqlalchemy import text

from domain.channels import Channel
from domain.eligibility import CustomerFacts, move_of, why_not, wish_of
from domain.move_up import LaterBooking
from domain.policy import Policy
from domain.ranking import rank
from domain.wishes import SlotTime, Wish

since = attrgetter("created_at", "id")
LIVE_OFFER, LIVE_BOOKING = {"pending", "sent"}, {"pending_payment", "booked"}


class NaiveSearch:
    """All rows of the tables, read at one moment, and a search over these rows for one slot."""

    def __init__(self, session, slot):
        read = lambda table: session.execute(text(f"SELECT * FROM {table}")).all()  # noqa: E731
        self.now = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        self.slot = slot
        self.customers, self.offers = read("customers"), read("slot_offers")
        self.appointments, self.suppressions = read("appointments"), read("suppressions")
        self.entries, self.performs = read("waitlist_entries"), read("performer_services")
        self.moves, self.payments = read("appointment_moves"), read("payments")
        self.skips = [c for c in read("slot_choices") if c.choice == "skip"]
        wholes = [s for s in read("slot_openings") if s.id == slot.freed_by_slot_opening_id]
        self.source_of_the_whole = wholes[0].source_appointment_id if wholes else None
        self.services = {row.id: row for row in read("services")}
        self.zone = ZoneInfo({row.id: row.timezone for row in read("shops")}[slot.shop_id])

    def askable(self, policy: Policy):
        """Returns the ids of the customers who may be asked, in order."""
        facts = {c.id: self.facts(c) for c in self.customers}
        fit = [c for c in self.customers if why_not(facts[c.id], now=self.now, policy=policy) is None]
        wish = {c.id: wish_of(facts[c.id], now=self.now, policy=policy) for c in fit}
        move = {c.id: move_of(facts[c.id], now=self.now, policy=policy) for c in fit}
        key = lambda c: rank(c.last_settled_at, c.id, wish=wish[c.id], move=move[c.id])  # noqa: E731
        return [c.id for c in sorted(fit, key=key)]

    def next_chance(self, policy: Policy, cut_off: datetime) -> datetime | None:
        chances = [self.free_at(c, policy) for c in self.customers if self.only_for_now(c, policy)]
        return min((moment for moment in chances if moment < cut_off), default=None)

    def only_for_now(self, customer, policy):
        facts = self.facts(customer)
        rested = replace(policy, cooldown=timedelta(0))
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
            customer_id=customer.id,
            slot=self.slot_time(),
            wishes=tuple(self.wish(e) for e in sorted(self.entries, key=since) if self.counts(e, same)),
            later=tuple(self.later(customer)),
            same_shop=customer.shop_id == slot.shop_id,
            agreed_to=self.agreed_to(customer),
            phone_e164=customer.phone_e164,
            email=customer.email if re.search(".@.", customer.email or "") else None,
            suppressed=any(
                (s.shop_id, s.phone, s.lifted_at) == (customer.shop_id, customer.phone_e164, None)
                for s in self.suppressions
            ),
            asked_for_this_slot=any(o.slot_opening_id == slot.id for o in self.offers_to(customer)),
            skipped=any(c.customer_id in same and c.slot_opening_id == slot.id for c in self.skips),
            cancelled_this_slot=any(self.gave_up(a) for a in self.appointments if a.customer_id in same),
            overlapping_booking=any(a.starts_at < slot.ends_at and a.ends_at > slot.starts_at for a in mine),
            live_offer=any(o.status in LIVE_OFFER for o in self.offers_to(customer)),
            cooldown_until=max(rests, default=None),
            last_settled_at=customer.last_settled_at,
        )

    def agreed_to(self, customer):
        by_email = customer.email_opt_in and customer.email_consent_at
        agreed = {"sms": customer.sms_opt_in, "whatsapp": customer.whatsapp_opt_in, "email": by_email}
        return frozenset(Channel(channel) for channel, given in agreed.items() if given)

    def counts(self, entry, same):
        return entry.customer_id in same and entry.status == "active"

    def later(self, customer):
        mine = [a for a in self.appointments if a.customer_id == customer.id and a.status == "booked"]
        for a in sorted((a for a in mine if a.starts_at >= self.slot.ends_at), key=lambda a: (a.starts_at, a.id)):
            moves = [m.created_at for m in self.moves if m.appointment_id == a.id]
            payments = [p.status for p in self.payments if (p.appointment_id, p.kind) == (a.id, "deposit")]
            replacing = [n for n in self.appointments if n.moved_from_appointment_id == a.id]
            yield LaterBooking(
                id=a.id,
                starts_at=a.starts_at,
                length=a.ends_at - a.starts_at,
                performer_id=a.performer_id,
                service_id=a.service_id,
                service=a.service,
                moved_at=max([*moves, *([a.created_at] if a.moved_from_appointment_id else [])], default=None),
                being_paid=any(status in {"pending", "processing", "failed"} for status in payments),
                being_moved=bool(a.cancel_requested_at or any(n.status in LIVE_BOOKING for n in replacing)),
            )

    def slot_time(self):
        local = self.slot.starts_at.astimezone(self.zone).replace(tzinfo=None)
        length = self.slot.ends_at - self.slot.starts_at
        sources = [a for a in self.appointments if a.id == self.slot.source_appointment_id]
        own = self.services.get(self.slot.service_id)
        return SlotTime(
            starts_at=self.slot.starts_at,
            local_start=local,
            length=length,
            performer_id=self.slot.performer_id,
            service_id=next((a.service_id for a in sources if a.service_id), self.slot.service_id),
            service=next((a.service for a in sources if a.service), own and own.name),
            chain_depth=self.slot.chain_depth,
        )

    def wish(self, entry) -> Wish:
        service = self.services.get(entry.service_id)
        return Wish(
            id=entry.id,
            customer_id=entry.customer_id,
            since=entry.created_at,
            priority=entry.priority,
            service_id=entry.service_id,
            service_length=service and timedelta(minutes=service.duration_minutes),
            service_possible=service is None or self.possible(service.id),
            performer_id=entry.performer_id,
            weekdays=frozenset(entry.weekdays) if entry.weekdays else None,
            time_from=entry.time_from,
            time_until=entry.time_until,
            date_from=entry.date_from,
            date_until=entry.date_until,
            notice_minutes=entry.notice_minutes,
        )

    def possible(self, service_id):
        sources = [a.service_id for a in self.appointments if a.id == self.slot.source_appointment_id]
        booked = next((s for s in sources if s), self.slot.service_id)
        if booked:
            return service_id == booked
        done = {d.service_id for d in self.performs if d.performer_id == self.slot.performer_id}
        return not done or service_id in done

    def gave_up(self, appointment):
        if appointment.id == (self.slot.source_appointment_id or self.source_of_the_whole):
            return True
        same_time = (appointment.starts_at, appointment.performer_id) == (self.slot.starts_at, self.slot.performer_id)
        was_firm = appointment.cancelled_from != "pending_payment"
        return appointment.status == "cancelled" and (
            appointment.source_slot_opening_id == self.slot.id or (same_time and was_firm)
        )

    def person(self, customer):
        """Returns all customers of the shop with the same phone number. They are treated as one person."""
        twins = (c for c in self.customers if c.shop_id == customer.shop_id and c.id != customer.id)
        return [customer, *(c for c in twins if c.phone_e164 and c.phone_e164 == customer.phone_e164)]

    def offers_to(self, customer):
        same = {c.id for c in self.person(customer)}
        return [o for o in self.offers if o.customer_id in same]
