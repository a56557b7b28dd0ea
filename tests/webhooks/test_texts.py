"""A customer's text is recorded once, together with its task, before Twilio receives the response."""

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from tests.builders import a_shop
from tests.credentials import AUTH_TOKEN
from tests.webhooks.callers import TwilioCaller, a_sid, rows, the_only
from webhooks.app import create_app

EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


def test_a_yes_is_recorded_and_becomes_an_acceptance(session, twilio, shop):
    answer = twilio.texts(MessageSid="SM" + "1" * 32, From="+15550000009", To=shop.sms_from, Body="Yes please")

    assert (answer.status_code, answer.mimetype, answer.text) == (200, "text/xml", EMPTY_TWIML)
    event, task = the_only(session, "webhook_events"), the_only(session, "pending_tasks")
    assert (event.provider, event.event_id, event.type, event.shop_id) == (
        "twilio",
        "SM" + "1" * 32,
        "inbound",
        shop.id,
    )
    assert (event.payload["From"], event.payload["Body"]) == ("+15550000009", "Yes please")
    assert event.handled_at is None
    assert (task.name, task.args, task.webhook_event_id, task.shop_id) == (
        "accept_offer",
        ["SM" + "1" * 32],
        event.id,
        shop.id,
    )


@pytest.mark.parametrize(
    ("body", "task"),
    [
        ("YES", "accept_offer"),
        ("No thanks", "decline_offer"),
        ("STOP", "opt_out"),
        ("please stop texting me", "opt_out"),
        ("START", "opt_in"),
        ("what time?", "ask_back"),
        ("", "ask_back"),
        ("A\x00B \U0001f600", "ask_back"),
    ],
)
def test_the_words_of_a_text_determine_its_task(session, twilio, shop, body, task):
    assert twilio.texts(To=shop.sms_from, Body=body).status_code == 200
    assert the_only(session, "pending_tasks").name == task


@pytest.mark.parametrize(
    ("took_it_for", "body", "task"),
    [
        ("STOP", "Basta", "opt_out"),
        ("STOP", "yes", "opt_out"),
        ("START", "YES", "accept_offer"),
        ("START", "UNSTOP", "opt_in"),
        ("START", "hello", "ask_back"),
        ("HELP", "HELP", "ask_back"),
    ],
)
def test_the_carriers_own_opt_out_counts_and_its_opt_in_does_not(session, twilio, shop, took_it_for, body, task):
    twilio.texts(To=shop.sms_from, Body=body, OptOutType=took_it_for)
    assert the_only(session, "pending_tasks").name == task


def test_the_same_text_again_is_answered_and_changes_nothing(session, twilio, shop):
    sid = a_sid()
    for body in ("YES", "YES", "NO"):
        assert twilio.texts(MessageSid=sid, To=shop.sms_from, Body=body).text == EMPTY_TWIML
    assert the_only(session, "webhook_events").payload["Body"] == "YES"
    assert the_only(session, "pending_tasks").name == "accept_offer"


def test_a_text_by_whatsapp_finds_its_shop(session, twilio):
    shop = a_shop(session, sms_from=None, whatsapp_from="+15559000001")
    session.commit()
    twilio.texts(To="whatsapp:+15559000001", From="whatsapp:+15550000009", Body="YES")
    assert the_only(session, "pending_tasks").shop_id == shop.id


def test_a_text_to_a_number_of_no_shop_is_kept_and_nothing_is_done(session, twilio, shop):
    assert twilio.texts(To="+15559999999", Body="YES").status_code == 200
    event = the_only(session, "webhook_events")
    assert event.handled_at is not None
    assert event.outcome == "no shop has this number"
    assert rows(session, "pending_tasks") == []


@pytest.mark.parametrize(
    "odd",
    [
        {"From": "PIZZA"},
        {"From": "+1555\x000000001"},
        {"To": ""},
        {"From": ["+15550000001", "+15550000002"]},
        {"NumMedia": "many"},
        {"MessageSid": "é"},
        {"MessageSid": ["SM" + "1" * 32, "SM" + "2" * 32]},
    ],
)
def test_a_signed_but_unreadable_text_is_stored_once(session, twilio, shop, odd):
    form = {"MessageSid": "SM" + "1" * 32, "To": shop.sms_from, "Body": "YES"} | odd
    assert [twilio.texts(**form).status_code for _ in range(2)] == [200, 200]
    event = the_only(session, "webhook_events")
    assert event.outcome.startswith("unreadable: ")
    assert event.handled_at is not None
    assert rows(session, "pending_tasks") == []


def test_an_empty_form_with_a_good_signature_is_kept_too(session, twilio):
    assert twilio.posts("/api/twilio/inbound", {}).status_code == 200
    assert the_only(session, "webhook_events").event_id.startswith("sha256:")


@pytest.mark.parametrize(
    "sent",
    [
        {"headers": {"X-Twilio-Signature": ""}},
        {"headers": {"X-Twilio-Signature": "wrong"}},
        {"headers": {"X-Twilio-Signature": "\xe9" * 28}},
        {"query_string": "x=1"},
        {"content_type": "multipart/form-data; boundary=x"},
        {"content_type": "application/json"},
    ],
)
def test_an_unsigned_text_is_rejected(session, twilio, shop, sent):
    answer = twilio.posts(
        "/api/twilio/inbound", {"MessageSid": "SM" + "1" * 32, "To": shop.sms_from, "Body": "YES"}, **sent
    )
    assert (answer.status_code, answer.json) == (403, {"error": "Forbidden"})
    assert rows(session, "webhook_events") == []


@pytest.mark.parametrize(
    "address",
    [
        "http://book.example.com",
        "https://book.example.com:8443",
        "https://evil.example.com",
        "https://book.example.com/x",
    ],
)
def test_a_signature_for_another_address_opens_nothing(client, address):
    assert TwilioCaller(client, address=address).texts(Body="YES").status_code == 403


def test_a_signature_for_the_other_endpoint_opens_nothing(client, twilio):
    form = {"MessageSid": "SM" + "1" * 32, "AccountSid": "AC" + "5" * 32}
    headers = {"X-Twilio-Signature": twilio.signature("/api/twilio/status/1", form)}
    assert twilio.posts("/api/twilio/inbound", form, headers=headers).status_code == 403


def test_the_address_comes_from_the_settings_and_not_from_the_request(twilio, shop):
    proxied = {"Host": "inner:8000", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example.com"}
    form = {"MessageSid": "SM" + "1" * 32, "To": shop.sms_from, "Body": "YES"}
    assert twilio.posts("/api/twilio/inbound", form, headers=proxied).status_code == 200


def test_a_text_for_another_account_is_rejected(twilio):
    assert twilio.texts(AccountSid="AC" + "6" * 32, Body="YES").status_code == 403


def test_a_query_is_part_of_what_is_signed(twilio, shop):
    path = "/api/twilio/inbound?shop=1&x=%20"
    assert twilio.posts(path, {"MessageSid": "SM" + "1" * 32, "To": shop.sms_from, "Body": "YES"}).status_code == 200


def test_without_a_token_the_endpoint_is_shut(endpoints_on, database_url, redis_url, carrier_of):
    for token in ("", AUTH_TOKEN):
        shut = endpoints_on(database_url, redis_url, twilio_auth_token="")
        assert carrier_of(shut, token).texts(Body="YES").status_code == 403


def test_the_former_token_is_good_while_it_is_rotated(endpoints_on, database_url, redis_url, carrier_of):
    rotating = endpoints_on(database_url, redis_url, twilio_auth_token="new", twilio_auth_token_previous="old")
    answers = [carrier_of(rotating, token).texts(Body="YES").status_code for token in ("new", "old", "older")]
    assert answers == [200, 200, 403]


def test_a_body_that_is_signed_but_no_form_is_of_the_wrong_type(session, twilio):
    path = "/api/twilio/inbound"
    headers = {"X-Twilio-Signature": twilio.signature(path, {})}
    answer = twilio.client.post(path, data=b"{}", content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json) == (415, {"error": "Unsupported Media Type"})
    assert rows(session, "webhook_events") == []


def test_the_log_names_the_event_but_not_the_customer(session, twilio, shop):
    with capture_logs(processors=[merge_contextvars]) as lines:
        twilio.texts(To=shop.sms_from, From="+15550000009", Body="YES", MessageSid="SM" + "1" * 32)
    assert [(line["event"], line["route"], line["status"]) for line in lines] == [
        ("request", "/api/twilio/inbound", 200)
    ]
    assert lines[0]["webhook_event_id"] == str(the_only(session, "webhook_events").id)
    assert not any(private in str(lines) for private in ("+15550000009", shop.sms_from, "YES"))


@pytest.fixture
def carrier_of():
    return lambda wiring, token: TwilioCaller(create_app(wiring).test_client(), token=token)


SID = "SM" + "0123456789abcdef" * 2


@pytest.mark.parametrize(
    "sid",
    [
        SID + "NumMedia0",
        SID + "NumMedia",
        SID.upper(),
        SID[:-1],
        SID + "0",
        SID + "\n",
        " " + SID,
        "CA" + SID[2:],
        "",
    ],
)
def test_a_text_without_a_sid_of_twilios_shape_is_kept_and_nothing_is_done(session, twilio, shop, sid):
    """Twilio's signed string has no separators, so the id SM...NumMedia0 could repeat an old YES under another id."""
    assert twilio.texts(MessageSid=sid, To=shop.sms_from, Body="YES").status_code == 200
    event = the_only(session, "webhook_events")
    assert event.outcome == "unreadable: MessageSid has an unexpected value"
    assert event.event_id.startswith("sha256:")
    assert rows(session, "pending_tasks") == []


def test_an_old_yes_under_a_new_id_carries_the_old_signature_and_is_not_taken(session, twilio, shop):
    first = {"MessageSid": SID, "NumMedia": "0", "From": "+15550000001", "To": shop.sms_from, "Body": "YES"}
    again = {"MessageSid": SID + "NumMedia0", "From": "+15550000001", "To": shop.sms_from, "Body": "YES"}
    path = "/api/twilio/inbound"
    assert twilio.signature(path, first) == twilio.signature(path, again)
    for form in (first, again):
        assert twilio.posts(path, form).status_code == 200
    assert [task.name for task in rows(session, "pending_tasks")] == ["accept_offer"]


def test_two_ids_for_one_text_are_not_twilios(session, twilio, shop):
    twilio.texts(MessageSid=SID, SmsSid="SM" + "f" * 32, To=shop.sms_from, Body="YES")
    assert the_only(session, "webhook_events").outcome == "unreadable: MessageSid and SmsSid differ"
    assert rows(session, "pending_tasks") == []


def test_media_messages_have_ids_of_their_own(session, twilio, shop):
    twilio.texts(MessageSid="MM" + SID[2:], SmsSid="MM" + SID[2:], To=shop.sms_from, Body="YES")
    assert [task.name for task in rows(session, "pending_tasks")] == ["accept_offer"]
