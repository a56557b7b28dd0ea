"""E-mail through Resend (the sandbox) and SMTP (a minimal server), behind one interface."""

import socketserver
from dataclasses import replace
from uuid import uuid4

import pytest

from providers.email.choice import ResendAtFirstUse, UnconfiguredSender, email_sender
from providers.email.port import Email, EmailFailureKind, EmailNotSent, EmailSent
from providers.email.resend import ResendSender
from providers.email.smtp import SmtpSender
from settings.email import EmailSettings
from tests.serving import on_a_thread
from tests.waiting import PATIENCE_SECONDS

CODE = Email(to="ana@example.com", subject="Your code", text="123456", html="<p>123456</p>")


def test_resend_carries_one_email_per_key(email_settings, sandbox):
    sender, key = ResendSender(email_settings), str(uuid4())

    first, again = sender.send(CODE, idempotency_key=key), sender.send(CODE, idempotency_key=key)

    assert isinstance(first, EmailSent)
    assert again == first
    asked = sandbox.ledger("/emails")[-1]
    assert asked["idempotency_key"] == key
    assert asked["params"]["from"] == "Corner Barber <hello@corner.example>"


@pytest.mark.parametrize("fault", ["rate_limited", "server_error", "timeout_after"])
def test_trouble_at_resend_is_later_because_the_key_makes_it_safe(email_settings, sandbox, fault):
    sandbox.fault("resend:emails.send", fault, delay_ms=1200 if fault == "timeout_after" else 0)

    assert ResendSender(email_settings).send(CODE, idempotency_key=str(uuid4())).kind is EmailFailureKind.LATER


def test_a_wrong_resend_key_is_ours_to_fix(sandbox):
    stranger = ResendSender(EmailSettings(resend_api_key="re_wrong", resend_api_url=sandbox.url))

    assert stranger.send(CODE, idempotency_key="k").kind is EmailFailureKind.OURS_TO_FIX


def test_smtp_carries_an_email_with_a_message_id_made_of_the_key(smtp):
    sent = smtp.sender.send(CODE, idempotency_key="k")

    assert isinstance(sent, EmailSent)
    assert sent == smtp.sender.send(CODE, idempotency_key="k")
    assert f"Message-ID: {sent.id}" in smtp.mails[0]
    assert "To: ana@example.com" in smtp.mails[0]


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({"RCPT": "550 no such user"}, EmailFailureKind.REFUSED),
        ({"RCPT": "451 greylisted"}, EmailFailureKind.LATER),
        ({"MAIL": "421 busy"}, EmailFailureKind.LATER),
        ({"DATA-END": "554 spam"}, EmailFailureKind.REFUSED),
        ({"DATA-END": None}, EmailFailureKind.UNKNOWN),
        ({"EHLO": None}, EmailFailureKind.LATER),
    ],
    ids=str,
)
def test_every_answer_of_a_mail_server_is_a_value(smtp, answers, kind):
    smtp.answers.update(answers)

    refused = smtp.sender.send(CODE, idempotency_key="k")

    assert isinstance(refused, EmailNotSent)
    assert refused.kind is kind
    assert "ana@" not in refused.reason


def test_a_mail_server_that_is_not_there_is_later():
    nobody = SmtpSender(EmailSettings(smtp_host="127.0.0.1", smtp_port=9, smtp_security="none"))

    assert nobody.send(CODE, idempotency_key="k").kind is EmailFailureKind.LATER


@pytest.mark.parametrize(
    "email",
    [
        Email(to="ana@example.com\nBcc: all@example.com", subject="x", text="x"),
        Email(to="ana@example.com", subject="x\nBcc: all@example.com", text="x"),
        Email(to="nobody", subject="x", text="x"),
        Email(to="", subject="x", text="x"),
    ],
    ids=str,
)
def test_nobody_writes_headers_of_his_own(smtp, email):
    refused = smtp.sender.send(email, idempotency_key="k")

    assert refused == EmailNotSent(EmailFailureKind.REFUSED, "The address or the subject is not valid in an e-mail.")
    assert smtp.mails == []


@pytest.mark.parametrize("to", ["anna@müller.example", "anna@MÜLLER.example", "anna@xn--mller-kva.example"])
def test_a_domain_with_other_letters_is_sent_in_ascii(smtp, email_settings, sandbox, to):
    email = replace(CODE, to=to)

    assert isinstance(smtp.sender.send(email, idempotency_key="k"), EmailSent)
    assert smtp.asked[-1] == "rcpt TO:<anna@xn--mller-kva.example>"
    assert "To: anna@xn--mller-kva.example" in smtp.mails[0]
    assert isinstance(ResendSender(email_settings).send(email, idempotency_key=str(uuid4())), EmailSent)
    assert sandbox.ledger("/emails")[-1]["params"]["to"] == ["anna@xn--mller-kva.example"]


def test_other_letters_before_the_at_sign_are_sent_where_the_server_takes_them(smtp):
    smtp.answers["EHLO"] = "250-mail\r\n250-8BITMIME\r\n250 SMTPUTF8"

    assert isinstance(smtp.sender.send(replace(CODE, to="jörg@müller.example"), idempotency_key="k"), EmailSent)
    assert smtp.asked[-1] == "rcpt TO:<jörg@xn--mller-kva.example>"
    assert "To: jörg@xn--mller-kva.example" in smtp.mails[0]


def test_a_server_that_takes_only_ascii_is_a_clear_refusal(smtp):
    refused = smtp.sender.send(replace(CODE, to="jörg@example.com"), idempotency_key="k")

    assert (refused.kind, "SMTPUTF8" in refused.reason, "jörg" in refused.reason) == (
        EmailFailureKind.REFUSED,
        True,
        False,
    )
    assert smtp.mails == []


def test_a_shop_may_write_from_a_domain_with_other_letters(smtp):
    email = replace(CODE, sender='"Salon Müller" <hallo@müller.example>')

    assert isinstance(smtp.sender.send(email, idempotency_key="k"), EmailSent)
    assert "<hallo@xn--mller-kva.example>" in smtp.mails[0]


def test_the_settings_choose_the_carrier():
    assert isinstance(email_sender(EmailSettings(smtp_host="mail")), SmtpSender)
    assert isinstance(email_sender(EmailSettings(resend_api_key="re_1", smtp_host="mail")), ResendAtFirstUse)
    nobody = email_sender(EmailSettings())
    assert isinstance(nobody, UnconfiguredSender)
    assert nobody.send(CODE, idempotency_key="k").kind is EmailFailureKind.OURS_TO_FIX


class Dialogue(socketserver.StreamRequestHandler):
    """A minimal SMTP server with a response for each verb. The response None closes the connection."""

    def handle(self):
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "RCPT":
                self.server.asked.append(line)
            if not self.say(self.server.answers.get(verb, "354 go on" if verb == "DATA" else "250 ok")):
                return
            if verb == "DATA" and not self.take():
                return

    def say(self, answer):
        if answer is not None:
            self.wfile.write(answer.encode() + b"\r\n")
        return answer is not None

    def take(self):
        lines = []
        while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
            lines.append(line)
        self.server.mails.append("\n".join(lines))
        return self.say(self.server.answers.get("DATA-END", "250 taken"))


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Dialogue)
        self.answers, self.mails, self.asked = {}, [], []
        port = self.server_address[1]
        self.sender = SmtpSender(
            EmailSettings(
                smtp_host="127.0.0.1", smtp_port=port, smtp_security="none", email_timeout_seconds=PATIENCE_SECONDS
            )
        )


@pytest.fixture
def smtp():
    with on_a_thread(MailServer()) as server:
        yield server
