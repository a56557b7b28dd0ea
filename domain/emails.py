"""E-mails to customers, as text and as HTML that says the same. The words stand in `letter_words.py`."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from domain.date_wording import language_of
from domain.email_texts import FRAMES, LETTERS, EmailFrame
from domain.full_stops import fill
from domain.names import LONGEST_ADDRESS, plain_name
from domain.templates import TextKind

STYLE = "font:16px/1.5 sans-serif;color:#1d2229;max-width:32em;margin:0 auto;padding:1.5em"
BUTTON = (
    "background:#1d4ed8;color:#fff;padding:.7em 1.2em;border-radius:.4em;text-decoration:none;display:inline-block"
)
SMALL = "font-size:13px;color:#5b6470"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailContent:
    """What a letter tells. `when` and `amount` are in words already; `link` is where its button leads, `stop` where
    one ends such letters; each may be empty."""

    shop: str
    place: str
    name: str
    when: str
    amount: str = ""
    link: str = ""
    stop: str = ""


@dataclass(frozen=True, slots=True)
class RenderedEmail:
    subject: str
    text: str
    html: str


def render_email(kind: TextKind, about: EmailContent, *, locale: str) -> RenderedEmail:
    """What people typed loses links and line breaks; everything is escaped in the HTML."""
    language = language_of(locale)
    words, frame = LETTERS[kind][language], FRAMES[language]
    shop, name = plain_name(about.shop), plain_name(about.name)
    place = plain_name(about.place, longest=LONGEST_ADDRESS) or shop
    values = {"shop": shop, "name": name, "place": place, "when": about.when, "amount": about.amount}
    parts = _Parts(
        greeting=fill(frame.greeting, **values) if name else "",
        opening=fill(words.opening, **values),
        facts=((frame.when, about.when), (frame.where, place)),
        button=fill(words.button, **values) if about.link else "",
        why=fill(frame.why, **values) if about.stop else "",
        frame=frame,
        about=about,
        shop=shop,
    )
    return RenderedEmail(fill(words.subject, **values), "\n\n".join(_as_text(parts)), "\n".join(_as_html(parts)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    greeting: str
    opening: str
    facts: tuple[tuple[str, str], ...]
    button: str
    why: str
    frame: EmailFrame
    about: EmailContent
    shop: str


def _as_text(parts: _Parts) -> Iterator[str]:
    if parts.greeting:
        yield parts.greeting
    yield parts.opening
    yield "\n".join(f"{name}: {value}" for name, value in parts.facts)
    if parts.button:
        yield f"{parts.button}: {parts.about.link}"
    yield parts.shop
    if parts.why:
        yield f"{parts.why} {parts.frame.stop}: {parts.about.stop}"


def _as_html(parts: _Parts) -> Iterator[str]:
    yield f'<!doctype html><html><head><meta charset="utf-8"></head><body><div style="{STYLE}">'
    if parts.greeting:
        yield f"<p>{escape(parts.greeting)}</p>"
    yield f"<p>{escape(parts.opening)}</p>"
    lines = "<br>".join(f"{escape(name)}: <strong>{escape(value)}</strong>" for name, value in parts.facts)
    yield f"<p>{lines}</p>"
    if parts.button:
        yield f'<p><a href="{escape(parts.about.link)}" style="{BUTTON}">{escape(parts.button)}</a></p>'
    yield f"<p>{escape(parts.shop)}</p>"
    if parts.why:
        stop = f'<a href="{escape(parts.about.stop)}">{escape(parts.frame.stop)}</a>'
        yield f'<p style="{SMALL}">{escape(parts.why)} {stop}.</p>'
    yield "</div></body></html>"
