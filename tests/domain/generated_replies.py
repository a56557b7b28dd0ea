"""Generates texts that are not a YES: negations, quoted messages and automatic replies."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from domain.message_variables import MessageContext, ShopVoice, compose
from domain.reply_words import WORDS, ReplyMeaning
from domain.templates import TextKind

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
LOCALES = {"en": "en_GB", "es": "es_ES", "fr": "fr_FR", "de": "de_DE"}


def offer(language: str, *, hours: int = 25, minutes: int = 30, deposit: int = 2000) -> str:
    shop = ShopVoice(name="Aurora", locale=LOCALES[language])
    starts_at = NOW.replace(minute=minutes) + timedelta(hours=hours)
    context = MessageContext(shop=shop, starts_at=starts_at, now=NOW, deposit=deposit)
    return compose(TextKind.OFFER, context)


OFFERS = {language: offer(language) for language in LOCALES}

ACCEPTING = {
    language: [
        entry
        for meaning in (ReplyMeaning.YES, ReplyMeaning.ACCEPT)
        for entry in WORDS[meaning].get(language, "").split(", ")
        if entry.isascii() and entry != "why not"
    ]
    for language in LOCALES
}

NEGATED = {
    "en": [
        *["I do not {}", "i don't {}", "Please do not {}", "not {}", "Not {} sorry", "We are not able to {}"],
        *["never {}", "I would never {}", "I can't {}", "I cannot {}", "We won't {}", "it isn't {}", "No {}"],
        *["I never said {}", "do NOT {} please", "Don't {}!", "Sorry, I can not {}", "{} is not possible", "{}? No."],
        *["This is not a {}", "I am unable to {}", "no. not {}", "That doesn't mean {}", "{} not", "I didn't say {}"],
    ],
    "es": [
        *["no {}", "No, no {}", "nunca {}", "ahora no {}", "no puedo {}", "Lo siento, no {}", "{} no", "jamás {}"],
        *["no digo {}", "No es {}", "Gracias pero no {}", "no he dicho {}", "sin {}"],
    ],
    "fr": [
        *["Je ne {} pas", "je {} pas", "pas {}", "Non, pas {}", "Jamais {}", "{} non", "Désolé, ce n'est pas {}"],
        *["je n'ai pas dit {}", "Je ne peux pas dire {}", "{} mais non", "surtout pas {}"],
    ],
    "de": [
        *[
            "nicht {}",
            "Ich {} nicht",
            "{} nicht",
            "leider nicht {}",
            "Nein, nicht {}",
            "Niemals {}",
            "{}, leider nein",
        ],
        *["Ich habe nicht {} gesagt", "Das ist nicht {}", "kein {}", "{} leider nicht"],
    ],
}

WRAPPERS: list[str] = [
    *[
        "Fwd: {}",
        "FW: {}",
        '"{}"',
        "“{}”",
        "„{}“",
        "«{}»",
        "{}",
        "> {}",
        "{} ???",
        "What? {}",
        "You wrote: {}",
        "<<{}>>",
    ],
    *["-------- Original message --------\n{}", "Begin forwarded message:\n\n{}", "'{}'", "[{}]", "* {} *", "|{}|"],
    *[
        "On Mon, 30 Nov 2026 at 09:12, Aurora wrote:\n> {}",
        "From: Aurora\nTo: me\n\n{}",
        "RE: {}",
        "my mum got this: {}",
    ],
    *["Liked “{}”", "Loved “{}”", "Laughed at “{}”", "Emphasized “{}”", "Questioned “{}”", "Disliked “{}”"],
    *["Reacted 👍 to “{}”", "Removed 👍 from “\u200a{}\u200a”", "\u200a\u200b👍\u200b to “\u200a{}\u200a”\u200a"],
    *["Le gustó “{}”", "Quitó 👍 de “{}”", "A aimé « {} »", "A réagi avec 👍 à « {} »", "Gefällt „{}“"],
    *[
        "Hat „{}“ mit „Gefällt mir“ markiert",
        "Reagierte mit 👍 auf „{}“",
        "Ha reaccionado con ❤️ a «{}»",
        "Unknown “{}”",
    ],
]

MACHINES = [
    *["Thank you for contacting {b}. We will confirm your request shortly.", "Auto-reply: {b} is closed. {y}"],
    *["This number does not accept text messages. {y}", "Automatic reply: {y} I am out of the office until Monday."],
    *[
        "Thanks for your message! {b} is open daily, book online at {b}.example",
        "We got your text. {y} timing - sale!",
    ],
    *["{b}: thank you for texting us! Reply YES to confirm you accept our terms.", "{y}! Thanks for contacting {b}."],
    *[
        "I'm driving right now. I'll get back to you later. {y}",
        "Hi! You reached {b}. Sure, someone will confirm soon.",
    ],
    *["Gracias por contactar con {b}. Le confirmaremos su cita. {y}", "Respuesta automática: {y}, vuelvo el lunes"],
    *["Merci de nous avoir contactés. {b} vous confirme bientôt.", "Réponse automatique : absent. {y}"],
    *["Vielen Dank für Ihre Nachricht. {y}. Wir melden uns.", "Abwesenheitsnotiz: {y}, ich bin nicht im Büro"],
    *["Free Msg: Unable to send message - Message Blocking is active. {y}", "Your appointment at {b} is confirmed."],
]
BUSINESSES = [
    "Riverside Garage",
    "Hill Dental",
    "OK Cabs",
    "Perfect Nails",
    "Yes Catering",
    "Sure Cuts",
    "Clínica Sol",
]


def generated(count: int, *, seed: int) -> Iterator[tuple[str, list[str]]]:
    """Yields generated texts, each with our preceding messages."""
    chance = random.Random(seed)
    for number in range(count):
        yield KINDS[number % len(KINDS)](chance)


def _negation(chance: random.Random) -> tuple[str, list[str]]:
    language = chance.choice(sorted(NEGATED))
    body = chance.choice(NEGATED[language]).format(chance.choice(ACCEPTING[language]))
    return _typed(chance, body), [OFFERS[language]]


def _quotation(chance: random.Random) -> tuple[str, list[str]]:
    language = chance.choice(sorted(OFFERS))
    ours = offer(
        language, hours=chance.randrange(2, 60), minutes=chance.randrange(60), deposit=chance.randrange(9999)
    )
    words = ours.split()
    quoted = " ".join(words[: chance.randrange(4, len(words) + 1)]) + chance.choice(["", "", "…", "..."])
    if chance.random() < 0.2:
        quoted = quoted.replace(" ", "\n", chance.randrange(3))
    return _typed(chance, chance.choice(WRAPPERS).format(quoted)), [ours, "Reminder: see you on Monday."]


def _machine(chance: random.Random) -> tuple[str, list[str]]:
    language = chance.choice(sorted(ACCEPTING))
    business, accepting = chance.choice(BUSINESSES), chance.choice(ACCEPTING[language])
    return _typed(chance, chance.choice(MACHINES).format(b=business, y=accepting.capitalize())), [OFFERS[language]]


def _typed(chance: random.Random, body: str) -> str:
    """Varies the text as different phones and people would."""
    return chance.choice(TYPED)(body)


TYPED: list[Callable[[str], str]] = [
    lambda body: body,
    lambda body: body,
    str.upper,
    str.lower,
    lambda body: body.replace("'", "’"),
    lambda body: f"{body}!!",
    lambda body: f"Hi, {body}",
    lambda body: f"{body}\n\nSent from my iPhone",
    lambda body: f"{body} 🙏",
    lambda body: f"  {body}\u200b ",
]
KINDS = [_negation, _quotation, _machine]
