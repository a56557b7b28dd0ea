"""The carrier applies opt-out words before the application receives the text."""

import pytest
from twilio.base.exceptions import TwilioRestException

from tests.effort import long_except

SHOP, ANA, BEN = "+447700900001", "+447700900101", "+447700900102"


@pytest.mark.parametrize(
    "word",
    long_except(
        ["STOP", "stop ", "StopAll", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"], "STOP", "stop "
    ),
)
def test_after_an_opt_out_word_no_text_is_taken_for_that_number(sandbox, application, word):
    sid = sandbox.text(word)
    assert application.wait(MessageSid=sid)[0]["OptOutType"] == "STOP"
    with pytest.raises(TwilioRestException) as refused:
        sandbox.send()
    assert refused.value.code == 21610


def test_an_opt_out_concerns_that_customer_and_that_shop_only(sandbox):
    sandbox.text("STOP")
    assert sandbox.send(to=BEN).sid
    assert sandbox.twilio.messages.create(to=ANA, from_="+447700900002", body="hello").sid


@pytest.mark.parametrize("word", ["START", "UNSTOP", "YES", "yes"])
def test_an_opt_in_word_lifts_it(sandbox, application, word):
    sandbox.text("STOP")
    sid = sandbox.text(word)
    assert application.wait(MessageSid=sid)[0]["OptOutType"] == "START"
    assert sandbox.send().sid


@pytest.mark.parametrize("body", ["please stop", "STOP IT", "yes please", "stopping by"])
def test_a_word_within_a_sentence_is_not_an_opt_out_word(sandbox, application, body):
    sid = sandbox.text(body)
    assert "OptOutType" not in application.wait(MessageSid=sid)[0]
    assert sandbox.send().sid


def test_the_carriers_own_reply_is_on_the_phone_but_not_in_the_applications_list(sandbox):
    sid = sandbox.text("STOP")
    assert [one.sid for one in sandbox.twilio.messages.list()] == [sid]
    (phone,) = sandbox.get("phones")["phones"]
    assert phone["opted_out"] is True
    assert [text["way"] for text in phone["texts"]] == ["out", "carrier"]
