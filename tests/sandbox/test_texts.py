"""Texts are sent, fetched and listed with Twilio's official library."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from tests.credentials import ACCOUNT_SID, AUTH_TOKEN
from tests.waiting import PATIENCE_SECONDS

SHOP, ANA, BEN = "+447700900001", "+447700900101", "+447700900102"


def test_a_text_is_queued_then_sent_then_delivered_and_each_step_is_reported(sandbox, application):
    sent = sandbox.send(status_callback=f"{application.url}/api/twilio/status/7?x=1")
    assert (sent.status, sent.direction, sent.num_segments) == ("queued", "outbound-api", "1")
    application.wait(MessageSid=sent.sid, MessageStatus="delivered")
    webhook = application.webhook(MessageSid=sent.sid)
    assert [one["MessageStatus"] for one in webhook] == ["sent", "delivered"]
    assert webhook[0]["path"] == "/api/twilio/status/7?x=1"
    assert sandbox.twilio.messages(sent.sid).fetch().status == "delivered"


def test_a_text_of_a_customer_reaches_the_application_signed(sandbox, application):
    sid = sandbox.text("YES please 👍")
    (webhook,) = application.wait(MessageSid=sid)
    assert webhook["path"] == "/api/twilio/inbound"
    assert (webhook["From"], webhook["To"], webhook["Body"]) == (ANA, SHOP, "YES please 👍")
    assert (webhook["AccountSid"], webhook["SmsSid"], webhook["NumMedia"]) == (ACCOUNT_SID, sid, "0")
    assert "OptOutType" not in webhook


def test_texts_are_listed_newest_first_and_filtered_by_number(sandbox):
    first, second = sandbox.send(to=ANA, body="one"), sandbox.send(to=BEN, body="two")
    inbound = sandbox.text("three", sender=ANA)
    assert [one.sid for one in sandbox.twilio.messages.list()] == [inbound, second.sid, first.sid]
    assert [one.sid for one in sandbox.twilio.messages.list(to=BEN)] == [second.sid]
    assert [one.sid for one in sandbox.twilio.messages.list(from_=ANA, to=SHOP)] == [inbound]


def test_the_list_goes_on_over_all_pages(sandbox):
    sids = [sandbox.send(body=str(number)).sid for number in range(7)]
    assert [one.sid for one in sandbox.twilio.messages.list(page_size=3)] == sids[::-1]
    page = sandbox.twilio.messages.page(page_size=3)
    assert [one.sid for one in page.next_page()] == sids[3:0:-1]


def test_the_list_is_bounded_by_dates_both_ends_included(sandbox):
    began = datetime.now(UTC)
    sid = sandbox.send().sid
    at = sandbox.twilio.messages(sid).fetch().date_created
    listed = sandbox.twilio.messages.list
    assert [one.sid for one in listed(date_sent_after=at, date_sent_before=at)] == [sid]
    assert listed(date_sent_after=at + timedelta(seconds=2)) == []
    assert listed(date_sent_before=at - timedelta(seconds=2)) == []
    days = {began.date(), datetime.now(UTC).date()}
    assert [one.sid for day in days for one in listed(date_sent=day)] == [sid]


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        (21211, {"to": "12345"}),
        (21211, {"to": "+44 7700 900101"}),
        (21212, {"from_": "Shop"}),
        (21266, {"to": SHOP}),
        (21602, {"body": ""}),
        (21604, {"to": ""}),
        (21609, {"status_callback": "http://127.0.0.1:port/"}),
        (21617, {"body": "x" * 1601}),
        (20001, {"validity_period": 0}),
    ],
)
def test_a_text_that_makes_no_sense_is_refused_with_twilios_number(sandbox, code, asked):
    with pytest.raises(TwilioRestException) as refused:
        sandbox.twilio.messages.create(**{"to": ANA, "from_": SHOP, "body": "hello", **asked})
    assert (refused.value.code, refused.value.status) == (code, 400)
    assert sandbox.twilio.messages.list() == []


def test_a_wrong_token_is_refused_with_20003(sandbox):
    url = f"{sandbox.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    for credentials in ((ACCOUNT_SID, "wrong"), ("AC" + "0" * 32, AUTH_TOKEN), None):
        answer = requests.post(
            url, data={"To": ANA, "From": SHOP, "Body": "x"}, auth=credentials, timeout=PATIENCE_SECONDS
        )
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_an_unknown_text_is_a_404(sandbox):
    with pytest.raises(TwilioRestException) as refused:
        sandbox.twilio.messages("SM" + "0" * 32).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


def test_a_whatsapp_text_goes_to_a_whatsapp_address(sandbox):
    sent = sandbox.twilio.messages.create(
        to=f"whatsapp:{ANA}", from_=f"whatsapp:{SHOP}", content_sid="HX1", content_variables='{"1":"10:30"}'
    )
    assert (sent.to, sent.body) == (f"whatsapp:{ANA}", 'HX1 {"1":"10:30"}')


def test_segments_are_counted_as_carriers_count(sandbox):
    lengths = [("x" * 160, "1"), ("x" * 161, "2"), ("€" * 81, "2"), ("ż" * 70, "1"), ("ż" * 71, "2")]
    assert [(body, sandbox.send(body=body).num_segments) for body, _ in lengths] == lengths
