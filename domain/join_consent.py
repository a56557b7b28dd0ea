"""The consent of customers who join a waiting list on the join page, and the limits for codes that they request."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from domain.channels import Channel

VERSION = "2"
"""The version, to be increased whenever the wording changes. A form with another version is shown again."""

SMS_WORDING: dict[str, str] = {
    "en": "{shop} may text me about appointments that come free and about my place on the waiting list. "
    "I can leave the list at any time by replying LEAVE, and end all texts by replying STOP.",
    "es": "{shop} puede enviarme mensajes de texto sobre citas que se liberen y sobre mi lugar en la lista de "
    "espera. Puedo dejar la lista en cualquier momento respondiendo SALIR y no recibir más mensajes "
    "respondiendo STOP.",
    "fr": "{shop} peut m'envoyer des SMS sur les créneaux qui se libèrent et sur ma place dans la liste d'attente. "
    "Je peux quitter la liste à tout moment en répondant QUITTER et ne plus recevoir de SMS en répondant STOP.",
    "de": "{shop} darf mir SMS über freie Termine und meinen Platz auf der Warteliste senden. "
    "Ich kann mich jederzeit mit der Antwort VERLASSEN von der Liste abmelden und mit STOP alle SMS beenden.",
}

WHATSAPP_WORDING: dict[str, str] = {
    "en": "{shop} may send me WhatsApp messages about appointments that come free. "
    "I can end them at any time by replying STOP.",
    "es": "{shop} puede enviarme mensajes de WhatsApp sobre citas que se liberen. "
    "Puedo dejar de recibirlos en cualquier momento respondiendo STOP.",
    "fr": "{shop} peut m'envoyer des messages WhatsApp sur les créneaux qui se libèrent. "
    "Je peux y mettre fin à tout moment en répondant STOP.",
    "de": "{shop} darf mir WhatsApp-Nachrichten über freie Termine senden. "
    "Ich kann sie jederzeit mit der Antwort STOP beenden.",
}
EMAIL_WORDING: dict[str, str] = {
    "en": "{shop} may e-mail me about appointments that come free. I can end the e-mails at any time with the link "
    "in each of them.",
    "es": "{shop} puede enviarme correos sobre citas que se liberen. Puedo dejar de recibirlos en cualquier momento "
    "con el enlace de cada correo.",
    "fr": "{shop} peut m'envoyer des e-mails sur les créneaux qui se libèrent. Je peux y mettre fin à tout moment "
    "avec le lien de chaque e-mail.",
    "de": "{shop} darf mir E-Mails über freie Termine senden. Ich kann sie jederzeit mit dem Link in jeder E-Mail "
    "beenden.",
}
WORDING: dict[Channel, dict[str, str]] = {
    Channel.SMS: SMS_WORDING,
    Channel.WHATSAPP: WHATSAPP_WORDING,
    Channel.EMAIL: EMAIL_WORDING,
}

EMAIL_LINK_LIFE = timedelta(days=7)
"""The validity period of a link that confirms consent to e-mails."""
EMAILS_A_DAY = 3
"""The maximum number of e-mails with such a link to one address in a day, from all shops together."""


def wording(channel: Channel, language: str, shop: str) -> str:
    """Returns the sentence next to the channel's checkbox. `language` is one of the languages of WORDING."""
    return WORDING[channel][language].replace("{shop}", shop)


def email_proof(key: str, entry_id: UUID, email: str) -> str:
    """Returns the secret (128 bits, hexadecimal) that only an e-mail to this address contains."""
    return hmac.digest(key.encode(), f"e-mail consent:{entry_id}:{email}".encode(), sha256)[:16].hex()


def proves_email(proof: str, *, keys: Sequence[str], entry_id: UUID, email: str) -> bool:
    """Whether `proof` was derived from one of the keys. Compares in constant time."""
    return any(hmac.compare_digest(proof.encode(), email_proof(key, entry_id, email).encode()) for key in keys)


@dataclass(frozen=True, slots=True)
class JoinLimits:
    """The maximum numbers of codes for one phone line (in all shops), for one visitor, for one shop, and in total."""

    line_hour: int = 3
    line_day: int = 5
    visitor_hour: int = 10
    shop_hour: int = 60
    all_hour: int = 500


LIMITS = JoinLimits()
