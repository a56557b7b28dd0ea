"""Translates the customer pages.

The code and the templates contain the English messages. `translations/<language>/LC_MESSAGES/messages.po` contains
the translations. The .po files are read directly, so neither a wheel nor a checkout needs a compile step.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from flask import Flask, g, has_request_context, request
from markupsafe import Markup, escape

from domain.date_wording import language_of
from domain.full_stops import fill
from domain.typography import typeset

FOLDER = Path(__file__).with_name("translations")
SOURCE_LANGUAGE = "en"
TRANSLATED = ("de", "es", "fr")
CUSTOMER_PATHS = ("/pay/", "/manage/", "/offer/", "/join/", "/waitlist/")


def install(app: Flask) -> None:
    """Adds `_(message, **values)` and `language()` to templates.

    Also reads all catalogues, so that errors in them appear at startup.
    """
    app.jinja_env.globals.update(_=translate, language=language)
    for name in TRANSLATED:
        catalogue(name)


@cache
def catalogue(name: str) -> Mapping[str, str]:
    """The translations into one of TRANSLATED, keyed by English message."""
    with (FOLDER / name / "LC_MESSAGES" / "messages.po").open("rb") as file:
        messages = read_po(file, locale=name)
    return {str(message.id): typeset(str(message.string), name) for message in messages if message.id}


def use_locale(locale: str) -> None:
    """Sets the language of the current response to that of `locale`, or to English if there is no catalogue."""
    g.language = language_of(locale)


def language() -> str:
    """The language of the current response.

    A page without a known customer, such as a 404 page, uses the best match for the Accept-Language header.
    """
    if not has_request_context():
        return SOURCE_LANGUAGE
    if "language" not in g:
        languages = (SOURCE_LANGUAGE, *TRANSLATED) if request.path.startswith(CUSTOMER_PATHS) else (SOURCE_LANGUAGE,)
        g.language = request.accept_languages.best_match(languages, SOURCE_LANGUAGE)
    return str(g.language)


def translate(message: str, **values: str) -> str:
    """Returns the message in the current language, with `values` replacing the names in braces.

    If any value is Markup, the result is Markup and all other values are escaped.
    """
    name = language()
    text = catalogue(name).get(message, message) if name in TRANSLATED else message
    if not any(isinstance(value, Markup) for value in values.values()):
        return fill(text, **values)
    return Markup(fill(str(escape(text)), **{key: str(escape(value)) for key, value in values.items()}))  # noqa: S704 - all parts are escaped
