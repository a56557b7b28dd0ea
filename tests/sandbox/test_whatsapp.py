"""WhatsApp in the sandbox: templates at any time, free text for a day after a message, and read receipts."""

import pytest
from twilio.base.exceptions import TwilioRestException

from .conftest import ANA, SHOP

TO_ANA = {"to": f"whatsapp:{ANA}", "from_": f"whatsapp:{SHOP}"}


def test_a_template_is_delivered_and_read(sandbox, application):
    sent = sandbox.twilio.messages.create(content_sid="HX1", status_callback=f"{application.url}/status", **TO_ANA)
    for status in ("delivered", "read"):
        assert application.wait(MessageSid=sent.sid, MessageStatus=status)
    assert sandbox.twilio.messages(sent.sid).fetch().status == "read"


def test_an_sms_is_never_read(sandbox, application):
    sent = sandbox.send(status_callback=f"{application.url}/status")
    assert application.wait(MessageSid=sent.sid, MessageStatus="delivered")
    assert sandbox.twilio.messages(sent.sid).fetch().status == "delivered"


def test_free_words_fail_until_the_customer_has_written(sandbox, application):
    callback = f"{application.url}/status"
    lost = sandbox.twilio.messages.create(body="Hello", status_callback=callback, **TO_ANA)
    (webhook,) = application.wait(MessageSid=lost.sid, MessageStatus="failed")
    assert webhook["ErrorCode"] == "63016"
    sandbox.text("Hi", sender=f"whatsapp:{ANA}", shop=f"whatsapp:{SHOP}")
    answer = sandbox.twilio.messages.create(body="Hello", status_callback=callback, **TO_ANA)
    assert application.wait(MessageSid=answer.sid, MessageStatus="delivered")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"content_sid": "nonsense"}, 21655),
        ({"content_sid": "HX1", "content_variables": "not json"}, 21656),
        ({"content_sid": "HX1", "content_variables": '{"1": ""}'}, 21656),
        ({"content_sid": "HX1", "from_": SHOP}, 63007),
    ],
)
def test_a_message_that_whatsapp_does_not_accept_is_refused(sandbox, asked, code):
    with pytest.raises(TwilioRestException) as refused:
        sandbox.twilio.messages.create(**(TO_ANA | asked))
    assert refused.value.code == code
