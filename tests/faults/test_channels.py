"""Offers by WhatsApp and e-mail: all messages about an offer use one channel, to which the customer consented."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from db.customers import consent, email_consent
from db.recoveries import offer_answers
from db.recoveries.offer_answers import OfferAnswer
from tests import builders
from tests.builders import Built, in_
from tests.faults.test_races import at_once
from tests.waiting import PATIENCE_SECONDS
from tests.world import World

BY_WHATSAPP = {"sms_opt_in": False, "whatsapp_opt_in": True}
BY_EMAIL = {"sms_opt_in": False, "phone": None, "email": "{name}@example.com", "email_opt_in": True}


@dataclass
class ChannelScene:
    """Zoe has cancelled a paid appointment. The other customers can be asked."""

    world: World
    shop: Built
    people: dict[str, Built]
    slot: Built

    @classmethod
    def set(cls, world: World, people: dict[str, dict[str, object]], **shop: object) -> ChannelScene:
        usual = {"offer_by_whatsapp": True, "offer_by_email": True}
        made = world.shop(**usual | shop)
        freed = world.booked(world.customer(made, "Zoe", sms_opt_in=False, email_opt_in=False))
        customers = {}
        for name, columns in people.items():
            email = columns.get("email")
            own = columns | ({"email": email.format(name=name.lower())} if isinstance(email, str) else {})
            customers[name] = world.customer(made, name, **own)
        assert world.cancel(freed.id) == 202
        world.work()
        return cls(world, made, customers, world.slot_of(freed))

    def channels(self) -> dict[str, str]:
        """Returns the channel of each offer, keyed by the customer's name."""
        found = self.world.rows(
            "SELECT c.name, o.channel FROM slot_offers o JOIN customers c ON c.id = o.customer_id"
            " WHERE o.slot_opening_id = :id ORDER BY o.created_at",
            id=self.slot.id,
        )
        return {row.name: row.channel for row in found}

    def offer_of(self, name: str) -> Built:
        (offer,) = self.world.rows(
            "SELECT * FROM slot_offers WHERE slot_opening_id = :slot AND customer_id = :id",
            slot=self.slot.id,
            id=self.people[name].id,
        )
        return offer

    def messages(self, name: str) -> list[tuple[str, str]]:
        """Returns the channel and the purpose of each message to the customer, in order."""
        found = self.world.rows(
            "SELECT channel, purpose FROM messages WHERE customer_id = :id AND direction = 'outbound'"
            " ORDER BY created_at",
            id=self.people[name].id,
        )
        return [(row.channel, row.purpose) for row in found]

    def writes_on_whatsapp(self, name: str, body: str) -> None:
        self.world.writes(self.people[name], self.shop, body)
        self.world.carry()

    def presses(self, name: str, answer: OfferAnswer) -> None:
        with self.world.session() as session:
            offer = self.offer_of(name)
            offer_answers.request(session, answer, offer_id=offer.id, shop_id=offer.shop_id)

    def emails(self) -> list[dict[str, object]]:
        """Returns all e-mails, oldest first."""
        found: list[dict[str, object]] = self.world.http.get(
            f"{self.world.outside.url}/sandbox/mailbox", timeout=PATIENCE_SECONDS
        ).json()["emails"]
        return found[::-1]

    def holds(self) -> None:
        self.world.settle()
        assert self.world.broken_promises() == []


@pytest.mark.quick
@pytest.mark.parametrize(
    ("consents", "channel"),
    [
        ({"whatsapp_opt_in": True, "email": "ana@example.com", "email_opt_in": True}, "sms"),
        (
            {"sms_opt_in": False, "whatsapp_opt_in": True, "email": "ana@example.com", "email_opt_in": True},
            "whatsapp",
        ),
        ({"sms_opt_in": False, "email": "ana@example.com", "email_opt_in": True}, "email"),
        (BY_EMAIL, "email"),
    ],
)
def test_an_offer_goes_by_sms_else_whatsapp_else_email(
    world: World, consents: dict[str, object], channel: str
) -> None:
    scene = ChannelScene.set(world, {"Ana": consents})
    assert scene.channels() == {"Ana": channel}
    assert scene.messages("Ana") == [(channel, "offer")]
    offer = scene.offer_of("Ana")
    assert offer.status == "sent"
    assert offer.expires_at > offer.sent_at
    scene.holds()


@pytest.mark.parametrize("consents", [BY_WHATSAPP, BY_EMAIL, {"sms_opt_in": False, "email": "ana@example.com"}])
def test_nobody_is_asked_on_a_channel_that_the_shop_or_the_customer_does_not_want(
    world: World, consents: dict[str, object]
) -> None:
    settings = {"offer_by_whatsapp": False, "offer_by_email": False}
    shop_wants = settings if "whatsapp_opt_in" in consents or "email_opt_in" in consents else {}
    scene = ChannelScene.set(world, {"Ana": consents}, **shop_wants)
    assert scene.channels() == {}
    assert scene.slot.status == "expired"


def test_a_yes_on_whatsapp_is_answered_on_whatsapp(world: World) -> None:
    scene = ChannelScene.set(world, {"Ana": BY_WHATSAPP})
    scene.writes_on_whatsapp("Ana", "YES")
    world.work()
    intent = world.intent_of(scene.people["Ana"])
    assert intent
    world.at_stripe(intent, "succeed")
    scene.holds()
    assert scene.messages("Ana") == [("whatsapp", "offer"), ("whatsapp", "acceptance"), ("whatsapp", "confirmation")]
    assert world.bookings(scene.slot) == {"Ana": "booked"}
    texts = world.rows("SELECT status FROM messages WHERE channel = 'whatsapp' AND direction = 'outbound'")
    assert {row.status for row in texts} == {"delivered"}


def test_a_yes_by_the_button_of_an_email_is_answered_by_email(world: World) -> None:
    scene = ChannelScene.set(world, {"Ana": BY_EMAIL})
    (email,) = scene.emails()[-1:]
    link = f"{world.dependencies.app_url}/offer/{scene.offer_of('Ana').token}"
    assert link in str(email["text"])
    assert link in str(email["html"])
    scene.presses("Ana", OfferAnswer.YES)
    world.work()
    intent = world.intent_of(scene.people["Ana"])
    assert intent
    world.at_stripe(intent, "fail")
    scene.holds()
    assert scene.messages("Ana") == [("email", "offer"), ("email", "acceptance"), ("email", "payment_failed")]
    assert len(scene.emails()) >= 3


def test_an_undelivered_whatsapp_message_moves_on_to_the_next_customer(world: World) -> None:
    world.outside.fault("twilio messages.create", "undelivered", times=1)
    scene = ChannelScene.set(world, {"Ana": BY_WHATSAPP, "Ben": BY_WHATSAPP})
    world.outside.decide_fates()
    world.settle()
    first, second = scene.channels()
    assert world.offers(scene.slot)[first] == "failed"
    assert second in world.offers(scene.slot)
    assert world.broken_promises() == []


def test_a_refused_email_moves_on_to_the_next_customer(world: World) -> None:
    refused = {**BY_EMAIL, "email": "no address@example.com"}
    scene = ChannelScene.set(world, {"Ana": refused, "Ben": refused})
    world.settle()
    assert set(world.offers(scene.slot).values()) == {"failed"}
    assert world.broken_promises() == []


@pytest.mark.quick
def test_a_bounced_email_moves_on_to_the_next_customer(world: World) -> None:
    scene = ChannelScene.set(world, {"Ana": {**BY_EMAIL, "email": "bounced+{name}@example.com"}, "Ben": {}})
    world.settle()
    assert world.offers(scene.slot).get("Ana") in {"failed", None}
    assert scene.channels()["Ben"] == "sms"
    statuses = world.rows("SELECT status FROM messages WHERE channel = 'email'")
    assert [row.status for row in statuses] == ["undelivered"]
    assert world.broken_promises() == []


def test_ending_the_emails_declines_the_offer_and_asks_the_next_customer(world: World) -> None:
    scene = ChannelScene.set(world, {"Ana": {**BY_EMAIL, "last_settled_at": in_(-24)}, "Ben": {}})
    (message,) = world.rows("SELECT id, unsubscribe_token FROM messages WHERE channel = 'email'")
    (email,) = [one for one in scene.emails() if "ana@example.com" in str(one["to"])][-1:]
    assert f"/manage/emails/{message.id}/{message.unsubscribe_token}" in str(email["text"])
    with world.session() as session:
        assert email_consent.end(session, message.id, message.unsubscribe_token)
    world.work()
    assert world.offers(scene.slot) == {"Ana": "declined", "Ben": "sent"}
    assert world.rows("SELECT email_opt_in FROM customers WHERE id = :id", id=scene.people["Ana"].id) == [(False,)]
    scene.holds()


@pytest.mark.quick
def test_stop_on_whatsapp_ends_offers_on_every_channel(world: World) -> None:
    everything = {"whatsapp_opt_in": True, "sms_opt_in": False, "email": "ana@example.com", "email_opt_in": True}
    scene = ChannelScene.set(world, {"Ana": everything})
    assert scene.channels() == {"Ana": "whatsapp"}
    scene.writes_on_whatsapp("Ana", "STOP")
    world.work()
    assert world.offers(scene.slot) == {"Ana": "declined"}
    (ana,) = world.rows("SELECT * FROM customers WHERE id = :id", id=scene.people["Ana"].id)
    assert (ana.sms_opt_in, ana.whatsapp_opt_in, ana.email_opt_in) == (False, False, None)
    scene.writes_on_whatsapp("Ana", "START")
    world.work()
    (ana,) = world.rows("SELECT * FROM customers WHERE id = :id", id=scene.people["Ana"].id)
    assert (ana.sms_opt_in, ana.whatsapp_opt_in, ana.whatsapp_consent_source) == (False, True, "whatsapp")
    scene.holds()


@pytest.mark.parametrize(("body", "status"), [("YES", "accepted"), ("STOP", "declined")])
@pytest.mark.parametrize(
    ("kept", "reported"),
    [
        ("+525512340301", "+5215512340301"),
        ("+5215512340301", "+525512340301"),
        ("+5511987650301", "+551187650301"),
        ("+541112340301", "+5491112340301"),
    ],
)
def test_a_reply_to_the_shared_number_is_found_by_any_form_of_the_sender(
    world: World, kept: str, reported: str, body: str, status: str
) -> None:
    scene = ChannelScene.set(world, {"Ana": BY_WHATSAPP | {"phone": kept}}, deposit_cents=0)
    number = world.dependencies.senders.numbers["whatsapp"]
    text = {"from": f"whatsapp:{reported}", "to": f"whatsapp:{number}", "body": body}
    assert world.http.post(f"{world.outside.url}/sandbox/inbound", json=text, timeout=PATIENCE_SECONDS).ok
    world.work()
    assert world.offers(scene.slot) == {"Ana": status}
    scene.holds()


@pytest.mark.parametrize(("body", "status"), [("YES", "accepted"), ("STOP", "declined")])
def test_a_whatsapp_reply_is_not_for_the_shop_that_uses_the_number_for_texts(
    world: World, body: str, status: str
) -> None:
    """The shared WhatsApp number also sends the texts of another shop, which has the same customer."""
    number = world.dependencies.senders.numbers["whatsapp"]
    with world.session() as session:
        neighbour = builders.a_shop(session, sms_from=number)
    scene = ChannelScene.set(world, {"Ana": BY_WHATSAPP}, deposit_cents=0)
    twin = world.customer(neighbour, "Ana", phone=scene.people["Ana"].phone)
    text = {"from": f"whatsapp:{twin.phone}", "to": f"whatsapp:{number}", "body": body}
    assert world.http.post(f"{world.outside.url}/sandbox/inbound", json=text, timeout=PATIENCE_SECONDS).ok
    world.work()
    assert world.offers(scene.slot) == {"Ana": status}
    assert world.one("SELECT sms_opt_in FROM customers WHERE id = :id", id=twin.id)
    assert world.one("SELECT count(*) FROM messages WHERE shop_id = :id", id=neighbour.id) == 0

    text = {"from": twin.phone, "to": number, "body": "STOP"}
    assert world.http.post(f"{world.outside.url}/sandbox/inbound", json=text, timeout=PATIENCE_SECONDS).ok
    world.work()
    assert not world.one("SELECT sms_opt_in FROM customers WHERE id = :id", id=twin.id)
    scene.holds()


def test_a_quotation_is_removed_from_a_reply_in_another_form_of_the_number(world: World) -> None:
    scene = ChannelScene.set(world, {"Ana": {"phone": "+525512340301"}})
    (offer,) = world.texts(scene.people["Ana"])
    text = {"from": "+5215512340301", "to": scene.shop.sms_from, "body": f"{offer} no"}
    assert world.http.post(f"{world.outside.url}/sandbox/inbound", json=text, timeout=PATIENCE_SECONDS).ok
    world.work()
    assert world.offers(scene.slot) == {"Ana": "declined"}


def test_a_yes_by_text_and_by_button_at_once_counts_once(world: World) -> None:
    scene = ChannelScene.set(world, {"Ana": BY_WHATSAPP})
    scene.writes_on_whatsapp("Ana", "YES")
    scene.presses("Ana", OfferAnswer.YES)
    tasks = [task for task in world.claimable() if task.name == "accept_offer"]
    assert len(tasks) == 2
    at_once(*[lambda task=task: world.run(task) for task in tasks])
    scene.holds()
    assert len(world.rows("SELECT 1 FROM appointments WHERE source_slot_opening_id = :id", id=scene.slot.id)) == 1
    assert [purpose for _, purpose in scene.messages("Ana")].count("acceptance") == 1


@pytest.mark.quick
def test_a_stop_before_the_email_is_sent_keeps_it_from_being_sent(world: World) -> None:
    shop = world.shop(offer_by_email=True)
    freed = world.booked(world.customer(shop, "Zoe", sms_opt_in=False))
    phone = "+447700900555"
    world.customer(shop, "Ana", phone=phone, sms_opt_in=False, email="ana@example.com", email_opt_in=True)
    before = world.one("SELECT count(*) FROM messages WHERE channel = 'email'")
    world.cancel(freed.id)
    waiting = world.advance(shop, until="send_message")
    with world.session() as session:
        consent.suppress(session, shop_id=shop.id, phone=phone, reason="STOP")
    world.run(waiting)
    world.settle()
    assert before == 0
    assert world.rows("SELECT status FROM messages WHERE channel = 'email'") == [("suppressed",)]
    assert world.broken_promises() == []
