"""Each delivery status of a text is recorded as one event. A new status also adds a task."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.builders import a_customer, a_message, a_slot, an_offer
from tests.credentials import ACCOUNT_SID
from tests.webhooks.callers import rows, the_only


def test_a_delivered_text_is_recorded_and_advanced_without_a_task(session, twilio, message):
    answer = twilio.reports(message.id, "delivered", MessageSid=message.provider_id)

    assert (answer.status_code, answer.data) == (204, b"")
    event, text = the_only(session, "webhook_events"), the_only(session, "messages")
    assert (event.provider, event.event_id, event.type) == ("twilio", f"{message.provider_id}:delivered", "status")
    assert (event.shop_id, event.outcome, event.handled_at is not None) == (message.shop_id, "delivered", True)
    assert event.payload["message_id"] == str(message.id)
    assert (text.status, text.carrier_status) == ("delivered", "delivered")
    assert rows(session, "pending_tasks") == []


def test_an_undelivered_text_is_recorded_and_becomes_a_task(session, twilio, message):
    twilio.reports(message.id, "undelivered", MessageSid=message.provider_id)
    event, task = the_only(session, "webhook_events"), the_only(session, "pending_tasks")
    assert (event.outcome, event.handled_at) == (None, None)
    assert (task.name, task.args) == ("update_message_status", [str(message.id)])
    assert (task.shop_id, task.webhook_event_id) == (message.shop_id, event.id)
    assert the_only(session, "messages").status == "sent"


def test_each_step_counts_once_in_any_order(session, twilio, message):
    for status in ("delivered", "sent", "delivered", "queued", "sent"):
        assert twilio.reports(message.id, status, MessageSid=message.provider_id).status_code == 204
    outcomes = {event.payload["MessageStatus"]: event.outcome for event in rows(session, "webhook_events")}
    assert outcomes == {"delivered": "delivered", "sent": "known already", "queued": "known already"}
    assert the_only(session, "messages").status == "delivered"
    assert rows(session, "pending_tasks") == []


@pytest.mark.parametrize("status", ["queued", "sent"])
def test_a_step_that_is_known_already_is_recorded_and_becomes_no_task(session, twilio, message, status):
    twilio.reports(message.id, status, MessageSid=message.provider_id)
    event = the_only(session, "webhook_events")
    assert (event.outcome, event.handled_at is not None) == ("known already", True)
    assert rows(session, "pending_tasks") == []


def test_another_id_at_the_carrier_than_the_known_one_becomes_a_task(session, twilio, message):
    twilio.reports(message.id, "delivered", MessageSid="SM" + "1" * 32)
    assert the_only(session, "messages").status == "sent"
    assert len(rows(session, "pending_tasks")) == 1


def test_the_id_of_another_text_becomes_a_task(session, twilio, shop, message):
    text = _offered(session, shop, claimed=JUST_NOW)
    assert twilio.reports(text.id, "delivered", MessageSid=message.provider_id).status_code == 204
    assert {row.status for row in rows(session, "messages")} == {"sending", "sent"}
    assert len(rows(session, "pending_tasks")) == 1


def test_a_report_during_the_call_to_the_carrier_is_kept_with_the_text(session, twilio, shop):
    text = _offered(session, shop, claimed=JUST_NOW)
    twilio.reports(text.id, "delivered", MessageSid="SM" + "1" * 32)
    kept = the_only(session, "messages")
    assert (kept.status, kept.provider_id) == ("delivered", "SM" + "1" * 32)
    assert rows(session, "pending_tasks") == []


def test_a_sent_during_the_call_keeps_the_carriers_id(session, twilio, shop):
    """The response may never arrive, and the carrier may not report again."""
    text = _offered(session, shop, claimed=JUST_NOW)
    twilio.reports(text.id, "sent", MessageSid="SM" + "1" * 32)
    kept = the_only(session, "messages")
    assert (kept.status, kept.provider_id) == ("sent", "SM" + "1" * 32)
    assert rows(session, "pending_tasks") == []


def test_the_first_word_of_an_offer_whose_sending_had_no_answer_becomes_a_task(session, twilio, shop):
    text = _offered(session, shop, claimed=timedelta(minutes=1))
    twilio.reports(text.id, "sent")
    assert len(rows(session, "pending_tasks")) == 1


JUST_NOW = timedelta(hours=-1)
"""The claim is in the future, so that it does not become old on a busy machine."""


def _offered(session, shop, *, claimed):
    """Returns the text of an offer whose window has not started. The text was claimed this long ago."""
    customer = a_customer(session, shop)
    offer = an_offer(session, a_slot(session, shop), customer, status="pending")
    text = a_message(
        session,
        customer,
        status="sending",
        purpose="offer",
        slot_offer_id=offer.id,
        claimed_at=datetime.now(UTC) - claimed,
    )
    session.commit()
    return text


def test_an_undelivered_text_brings_its_code_along(session, twilio, message):
    twilio.reports(message.id, "undelivered", ErrorCode="30005")
    assert the_only(session, "webhook_events").payload["ErrorCode"] == "30005"


def test_the_former_names_of_the_parameters_do_as_well(session, twilio, message):
    form = {"SmsSid": "SM" + "7" * 32, "SmsStatus": "sent", "AccountSid": ACCOUNT_SID}
    assert twilio.posts(f"/api/twilio/status/{message.id}", form).status_code == 204
    assert the_only(session, "webhook_events").event_id == "SM" + "7" * 32 + ":sent"


def test_a_message_nobody_knows_is_kept_and_nothing_is_done(session, twilio):
    assert twilio.reports(uuid4(), "delivered").status_code == 204
    event = the_only(session, "webhook_events")
    assert (event.outcome, event.handled_at is not None) == ("no such message", True)
    assert rows(session, "pending_tasks") == []


@pytest.mark.parametrize(
    "odd", [{"MessageStatus": "vanished"}, {"MessageSid": ["SM" + "1" * 32, "SM" + "2" * 32]}, {"ErrorCode": "x"}]
)
def test_an_unreadable_status_is_stored_once(session, twilio, message, odd):
    form = {"MessageSid": "SM" + "1" * 32, "MessageStatus": "sent", "Extra": "\x00"} | odd
    path = f"/api/twilio/status/{message.id}"
    assert [twilio.posts(path, form).status_code for _ in range(2)] == [204, 204]
    assert the_only(session, "webhook_events").outcome.startswith("unreadable: ")
    assert rows(session, "pending_tasks") == []


@pytest.mark.parametrize("address", ["1", "x" * 500, "{}", "4bf6cc128f624d0f8f0b0d3f1f4b8d55", "%00", "..%2f"])
def test_an_address_without_a_message_is_not_found(session, twilio, address):
    headers = {"X-Twilio-Signature": twilio.signature(f"/api/twilio/status/{_as_seen(address)}", {})}
    answer = twilio.posts(f"/api/twilio/status/{address}", {}, headers=headers)
    assert (answer.status_code, answer.json) == (404, {"error": "Not Found"})
    assert rows(session, "webhook_events") == []


def test_an_unsigned_request_does_not_reveal_which_messages_exist(twilio, message):
    headers = {"X-Twilio-Signature": "wrong"}
    for address in (message.id, uuid4(), "not-a-uuid"):
        answer = twilio.posts(f"/api/twilio/status/{address}", {"MessageStatus": "sent"}, headers=headers)
        assert (answer.status_code, answer.json) == (403, {"error": "Forbidden"})


def _as_seen(address: str) -> str:
    return address.replace("%00", "\x00").replace("%2f", "/")


@pytest.fixture
def message(session, shop):
    made = a_message(session, a_customer(session, shop), status="sent", provider_id="SM" + "a" * 32)
    session.commit()
    return made


@pytest.mark.parametrize(
    "odd",
    [
        {"MessageSid": "SM" + "1" * 32 + "MessageStatusdelivered"},
        {"SmsSid": "SM" + "2" * 32},
        {"SmsStatus": "failed"},
        {"ErrorCode": "+30003"},
        {"ErrorCode": "30_003"},
    ],
)
def test_a_step_that_is_not_exactly_twilios_moves_nothing(session, twilio, message, odd):
    form = {"MessageSid": "SM" + "1" * 32, "MessageStatus": "delivered", "AccountSid": ACCOUNT_SID} | odd
    assert twilio.posts(f"/api/twilio/status/{message.id}", form).status_code == 204
    assert the_only(session, "webhook_events").outcome.startswith("unreadable: ")
    assert rows(session, "pending_tasks") == []
