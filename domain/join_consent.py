"""The consent of customers who join a waiting list by themselves, and the limits on the codes they request."""

from dataclasses import dataclass

VERSION = "1"
"""Raise it with every change of the wording. A form with another version is refused, and shows the new wording."""

WORDING: dict[str, str] = {
    "en": "{shop} may text me about appointments that come free and about my place on the waiting list. "
    "I can leave the list at any time by replying LEAVE, and end all texts by replying STOP.",
    "es": "{shop} puede enviarme mensajes de texto sobre citas que se liberen y sobre mi lugar en la lista de "
    "espera. Puedo dejar la lista respondiendo SALIR y no recibir más mensajes respondiendo STOP.",
    "fr": "{shop} peut m'envoyer des SMS sur les créneaux qui se libèrent et sur ma place dans la liste d'attente. "
    "Je peux quitter la liste en répondant QUITTER et ne plus recevoir de SMS en répondant STOP.",
    "de": "{shop} darf mir SMS über freie Termine und meinen Platz auf der Warteliste senden. "
    "Ich kann die Liste mit der Antwort VERLASSEN verlassen und alle SMS mit der Antwort STOP beenden.",
}


def wording(language: str, shop: str) -> str:
    """The sentence beside the box, in one of the keys of WORDING."""
    return WORDING[language].replace("{shop}", shop)


@dataclass(frozen=True, slots=True)
class JoinLimits:
    """The most codes: to one phone line in all shops, for one visitor, for one shop, and in all."""

    line_hour: int = 3
    line_day: int = 5
    visitor_hour: int = 10
    shop_hour: int = 60
    all_hour: int = 500


LIMITS = JoinLimits()
