"""Renders e-mails to customers as text and HTML with the same content. `email_texts.py` contains the wording."""

from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from domain.date_wording import language_of
from domain.email_texts import EMAIL_TEXTS, FRAMES
from domain.message_variables import MessageContext, value_of
from domain.templates import OFFERS, TextKind
from domain.templating import render
from domain.typography import typeset

_FILES = Environment(
    loader=PackageLoader("messaging"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
)


USED = ("shop", "name", "place", "date", "amount", "deposit", "until", "moved_from", "paid", "link")
"""The variables of an e-mail."""


@dataclass(frozen=True, slots=True)
class RenderedEmail:
    subject: str
    text: str
    html: str


def render_email(kind: TextKind, context: MessageContext, *, unsubscribe_url: str = "") -> RenderedEmail:
    """Renders the e-mail. Removes links and line breaks from names. The HTML template escapes every value.

    An e-mail without a link has no button. An e-mail without `unsubscribe_url` has no footer.
    """
    language = language_of(context.shop.locale)
    wording, frame = EMAIL_TEXTS[kind][language], FRAMES[language]
    values = {name: value_of(kind, name, context) for name in USED}
    parts = {
        "greeting": render(frame.greeting, values) if values["name"] else "",
        "opening": render(wording.opening, values),
        "facts": [(frame.when, values["date"]), (frame.where, values["place"])],
        "button": render(wording.button, values) if values["link"] else "",
        "link": values["link"],
        "shop": values["shop"],
        "why": render(frame.why_offer if kind in OFFERS else frame.why, values) if unsubscribe_url else "",
        "stop": frame.stop,
        "colon": frame.colon,
        "unsubscribe_url": unsubscribe_url,
    }
    rendered = (_FILES.get_template(f"email.{ending}").render(parts) for ending in ("txt", "html"))
    return RenderedEmail(*(typeset(text, language) for text in (render(wording.subject, values), *rendered)))
