"""Twilio's webhooks: a request is rejected with a reason if it is not signed for us or cannot be parsed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from domain.channels import Channel
from providers.twilio.delivery_status import Status
from providers.twilio.twilio_client import Twilio
from providers.twilio.twilio_signature import signed_url, why_refused
from providers.twilio.webhook_forms import (
    InboundText,
    OptOut,
    StatusCallback,
    UnreadableForm,
    as_form,
    read_status,
    read_text,
)
from settings.web import WebSettings
from tests.credentials import ACCOUNT_SID, AUTH_TOKEN

from .conftest import ANA, SHOP

INBOUND = "/api/twilio/inbound"
URL = "https://book.example.com" + INBOUND
FORM = {
    "MessageSid": ["SM" + "a" * 32],
    "AccountSid": [ACCOUNT_SID],
    "From": [ANA],
    "To": [SHOP],
    "Body": ["Yes please"],
    "NumMedia": ["0"],
}
SETTINGS = WebSettings(
    app_url="https://book.example.com/",
    twilio_account_sid=ACCOUNT_SID,
    twilio_auth_token=AUTH_TOKEN,
    twilio_auth_token_previous="the-one-before",
)


def test_a_text_from_a_customer_arrives_signed_and_is_read(sandbox, application, web_settings):
    sid = sandbox.control("inbound", **{"from": ANA, "to": SHOP, "body": "YES, please! 👍"})["message_sid"]
    form, headers, _ = application.received(INBOUND, sid)

    assert why_refused(web_settings, signed_url(web_settings, INBOUND), form, headers["X-Twilio-Signature"]) is None
    text = read_text(form)
    assert (text.from_, text.to, text.body, text.channel) == (ANA, SHOP, "YES, please! 👍", Channel.SMS)


@pytest.mark.parametrize("token", [AUTH_TOKEN, "the-one-before"])
def test_both_tokens_are_accepted_while_one_is_rotated(token):
    assert why_refused(SETTINGS, URL, FORM, signed(token=token)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"header": None},
        {"header": ""},
        {"header": "wrong"},
        {"header": "é" * 28},
        {"url": URL.replace("https", "http")},
        {"url": URL + "/"},
        {"url": "https://evil.example.com" + INBOUND},
        {"url": "https://book.example.com:99999" + INBOUND},
        {"url": "https://[book" + INBOUND},
        {"params": FORM | {"Body": ["NO"]}},
        {"params": FORM | {"Extra": ["1"]}},
        {"params": "Body=Yes"},
        {"params": None},
    ],
    ids=str,
)
def test_a_request_with_any_other_signature_is_refused(changes):
    asked = {"url": URL, "params": FORM, "header": signed()} | changes

    assert why_refused(SETTINGS, asked["url"], asked["params"], asked["header"]) is not None


def test_an_empty_token_closes_the_endpoint():
    closed = SETTINGS.model_copy(update={"twilio_auth_token": type(SETTINGS.twilio_auth_token)("")})

    assert why_refused(closed, URL, FORM, signed(token="")) is not None
    assert why_refused(closed, URL, FORM, signed(token="the-one-before")) is not None


def test_another_accounts_text_is_refused_even_when_signed():
    foreign = FORM | {"AccountSid": ["AC" + "6" * 32]}

    assert why_refused(SETTINGS, URL, foreign, signed(foreign)) is not None


def test_repeated_parameters_are_signed_as_twilio_signs_them():
    repeated = FORM | {"MediaUrl": ["b", "a"]}

    assert why_refused(SETTINGS, URL, repeated, signed(repeated)) is None


@given(
    url=st.text() | st.just(URL),
    params=st.dictionaries(st.text(), st.lists(st.text() | st.characters(categories=["Cs"])))
    | st.none()
    | st.binary(),
    header=st.none() | st.text() | st.just("x" * 28),
)
def test_no_input_makes_the_check_raise_or_pass(url, params, header):
    assert why_refused(SETTINGS, url, params, header) is not None


def test_the_signed_url_is_ours_with_the_query_only_when_there_is_one():
    assert signed_url(SETTINGS, INBOUND) == URL
    assert signed_url(SETTINGS, INBOUND, "a=1") == URL + "?a=1"


def test_whatsapp_is_a_channel_and_not_a_part_of_the_number():
    text = read_text(FORM | {"From": [f"whatsapp:{ANA}"], "To": [f"whatsapp:{SHOP}"]})

    assert (text.channel, text.from_, text.to) == (Channel.WHATSAPP, ANA, SHOP)
    assert as_form(text)["From"] == f"whatsapp:{ANA}"


@pytest.mark.parametrize(
    "changes",
    [
        {"From": [ANA, SHOP]},
        {"MessageSid": ["SM" + "1" * 32, "SM" + "2" * 32]},
        {"MessageSid": []},
        {"MessageSid": ["../../etc"]},
        {"MessageSid": ["SM" + "a" * 100]},
        {"From": ["07700 900101"]},
        {"From": ["+0447700900101"]},
        {"From": ["+44770090010١"]},
        {"From": [ANA + "\n"]},
        {"From": [""]},
        {"To": ["+1" + "2" * 20]},
        {"From": [f"whatsapp:{ANA}"]},
        {"From": [f"rcs:{ANA}"], "To": [f"rcs:{SHOP}"]},
        {"NumMedia": ["many"]},
        {"NumMedia": ["-1"]},
        {"AccountSid": ["AC1\x00"]},
    ],
    ids=str,
)
def test_a_form_that_twilio_does_not_send_is_unreadable(changes):
    assert isinstance(read_text(FORM | changes), UnreadableForm)


def test_a_reason_names_the_parameter_and_never_its_value():
    assert read_text(FORM | {"From": ["call me on 07700"]}).reason == "From has an unexpected value"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("Y\x00ES", "YES"), ("YES \ud83d", "YES \ufffd"), ("x" * 5000, "x" * 1600), ("", "")],
)
def test_a_reply_is_read_whatever_its_body_holds(sent, kept):
    assert read_text(FORM | {"Body": [sent]}).body == kept


@pytest.mark.parametrize(
    ("sent", "kept"), [("START", OptOut.START), ("stop", OptOut.STOP), ("NEW", None), ("", None)]
)
def test_twilios_own_opt_out_words_are_kept(sent, kept):
    assert read_text(FORM | {"OptOutType": [sent]}).opt_out_type is kept


def test_a_picture_without_words_is_a_text_too():
    text = read_text({name: values for name, values in FORM.items() if name != "Body"} | {"NumMedia": ["1"]})

    assert (text.body, text.num_media) == ("", 1)


def test_a_text_found_by_reconciliation_reads_like_one_that_was_received():
    text = read_text(FORM)

    assert read_text({name: [value] for name, value in as_form(text).items()}) == text


def test_a_text_never_shows_phones_or_words_in_a_log():
    shown = repr(read_text(FORM))

    assert ANA not in shown
    assert "Yes" not in shown


@pytest.mark.parametrize("name", ["MessageStatus", "SmsStatus"])
def test_a_status_callback_is_read_by_either_name(name):
    callback = read_status({"MessageSid": ["SM" + "1" * 32], name: ["undelivered"], "ErrorCode": ["30003"]})

    assert callback == StatusCallback.model_validate(
        {"MessageSid": "SM" + "1" * 32, "MessageStatus": Status.UNDELIVERED, "ErrorCode": 30003}
    )


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"MessageSid": ["SM" + "1" * 32]},
        {"MessageSid": ["SM" + "1" * 32], "MessageStatus": ["exploded"]},
        {"MessageSid": ["SM" + "1" * 32], "MessageStatus": ["sent", "sent"]},
        {"MessageSid": ["SM" + "1" * 32], "MessageStatus": ["sent"], "ErrorCode": ["30003; DROP"]},
    ],
    ids=str,
)
def test_a_callback_twilio_does_not_send_is_unreadable(form):
    assert isinstance(read_status(form), UnreadableForm)


def test_the_sandboxs_callbacks_are_signed_for_the_messages_own_address(
    sandbox, application, web_settings, twilio_settings
):
    path = "/api/twilio/status/41d7"
    sent = Twilio(twilio_settings).send(SHOP, ANA, "Hi", status_callback=application.url + path, validity_seconds=60)

    form, headers, _ = application.received(path)

    assert why_refused(web_settings, signed_url(web_settings, path), form, headers["X-Twilio-Signature"]) is None
    assert read_status(form).message_sid == sent.sid


@given(st.dictionaries(st.sampled_from([*FORM, "SmsSid", "OptOutType"]), st.lists(st.text(), max_size=2)))
def test_no_form_makes_the_reading_raise(form):
    assert isinstance(read_text(FORM | form), InboundText | UnreadableForm)
    assert isinstance(read_status(FORM | form), StatusCallback | UnreadableForm)


def signed(form=FORM, *, token=AUTH_TOKEN, url=URL):
    return RequestValidator(token).compute_signature(url, _Listed(form))


class _Listed(dict):
    """A form with the method `getlist`, which Twilio's validator requires."""

    getlist = dict.__getitem__
