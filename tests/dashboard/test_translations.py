"""The customer pages take every text from the catalogue, which is complete in each language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest
from flask.testing import FlaskClient
from jinja2 import Environment, nodes
from sqlalchemy.orm import Session

from dashboard import error_pages
from dashboard.catalogues import TRANSLATED, catalogue
from dashboard.customer import booking_texts, offer_texts, payment_texts, wishes_form
from domain.wishes import WISH_FIELDS
from providers.stripe import decline_codes
from tests.dashboard.scenes import a_hold, a_paid_booking, change

PACKAGE = Path(__file__).parents[2] / "dashboard"
TEMPLATES = [
    *sorted((PACKAGE / "templates" / "customer").glob("*.html")),
    *(PACKAGE / "templates" / name for name in ("base.html", "failure.html", "pieces.html")),
]
SCRIPTS = [PACKAGE / "static" / name for name in ("pay.js", "countdown.js", "watch.js", "clock.js", "card_form.js")]
MODULES = [*sorted((PACKAGE / "customer").glob("*.py")), PACKAGE / "formatting.py", PACKAGE / "error_pages.py"]
READ_ALOUD = {"aria-label", "placeholder", "title", "alt"}
PROSE = re.compile(r"[A-Z][a-z']+ [a-z]|[a-z] [a-z]+ [a-z]")
JINJA = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)


def in_template(path: Path) -> Iterator[str]:
    tree = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "_" and isinstance(call.args[0], nodes.Const):
            yield call.args[0].value


def in_module(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        match call:
            case ast.Call(func=ast.Name(id="translate"), args=[ast.Constant(value=str(message)), *_]):
                yield message


def in_tables() -> Iterator[str]:
    for stages in (payment_texts.PAY, payment_texts.BALANCE, booking_texts.BOOKING, offer_texts.OFFER):
        for texts in stages.values():
            yield from (texts.state, texts.title, texts.lead)
    yield from (payment_texts.PAY_IN_FULL, payment_texts.NOT_RELEASED, payment_texts.PREPARING_SLOWLY)
    yield from (booking_texts.HELD_UNTIL, offer_texts.MOVE, offer_texts.ANSWER_BY, offer_texts.PAY_BY)
    yield from (*wishes_form.PROBLEMS, *wishes_form.LABELS, *(field.words for field in WISH_FIELDS))
    for failure in (*error_pages.FAILURES.values(), error_pages.FORM_TOO_OLD):
        yield from (failure.title, failure.lead)
    for table in (decline_codes.DECLINE_CODES, decline_codes.ERROR_CODES):
        yield from (meaning.customer for meaning in table.values())
    yield decline_codes.WITHOUT_REASON.customer


@cache
def messages() -> frozenset[str]:
    called = (message for path in TEMPLATES for message in in_template(path))
    return frozenset([*called, *(message for path in MODULES for message in in_module(path)), *in_tables()])


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated_and_no_other(language: str) -> None:
    found = catalogue(language)

    assert set(found) == messages()
    assert [message for message, translation in found.items() if not translation.strip()] == []
    names = {message: _names(translation) for message, translation in found.items()}
    assert names == {message: _names(message) for message in found}


def test_no_line_breaks_before_a_french_mark() -> None:
    assert catalogue("fr")["Questions? Call {shop}: {phone}"] == "Des questions\u00a0? Appelez {shop}\u00a0: {phone}"


def _names(message: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(message) if name}


class Texts(HTMLParser):
    """Collects text nodes and the attributes that a screen reader reads aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in READ_ALOUD]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_text_of_a_template_bypasses_the_catalogue(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    texts = Texts()
    texts.feed(JINJA.sub("", source))
    assert [text for text in texts.found if re.search(r"[A-Za-z]{2}", text.replace("tel:", ""))] == []

    tree = Environment(autoescape=True).parse(source)
    shown = (const for output in tree.find_all(nodes.Output) for const in _constants(output))
    assert [text for text in shown if re.match(r"[A-Z][a-z]|.*[a-z] [a-z]", text)] == []


def _constants(node: nodes.Node) -> Iterator[str]:
    """Yields the strings that the node outputs unchanged. Arguments of calls are excluded."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Const) and isinstance(child.value, str):
            yield child.value
        elif not isinstance(child, nodes.Call | nodes.Compare | nodes.TemplateData):
            yield from _constants(child)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_text_of_a_module_bypasses_the_catalogue(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    # SQL, log events, enum values and error names for scripts are not texts of the interface.
    shorts = {failure.short for failure in error_pages.FAILURES.values()} | {error_pages.FORM_TOO_OLD.short}
    enums = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Assign) and _is_lower(node.value)}
    found = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | enums
    ]
    assert [text for text in found if PROSE.search(text) and text not in messages() | shorts] == []


def _is_lower(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.islower()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_text_of_a_script_bypasses_the_catalogue(path: Path) -> None:
    code = re.sub(r"^\s*//.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    strings = re.findall(r'"([^"\n]*)"|`([^`]*)`', code)
    assert [one or other for one, other in strings if PROSE.search(one or other)] == []


@pytest.mark.parametrize(
    ("locale", "title", "when"),
    [
        ("es_ES", "Pague 20 GBP para reservar", "viernes, 4 de diciembre de 2037"),
        ("fr_FR", "Payez 20 £GB pour réserver", "vendredi 4 décembre 2037"),
        ("de_DE", "Zahlen Sie 20 £, um zu buchen", "Freitag, 4. Dezember 2037"),
    ],
)
def test_the_pages_are_in_the_customers_language(
    session: Session, web: FlaskClient, locale: str, title: str, when: str
) -> None:
    scene = a_hold(session)
    change(session, "customers", scene.customer, locale=locale)

    page = web.get(scene.pay).text

    assert f'<html lang="{locale[:2]}">' in page
    assert title in page
    assert when in page
    assert f'<html lang="{locale[:2]}">' in web.get(scene.manage).text


def test_without_one_the_shops_locale_decides(session: Session, web: FlaskClient) -> None:
    scene = a_paid_booking(session, shop={"locale": "es_ES"})

    assert "Su cita" in web.get(scene.manage).text
    assert "SUMMARY:Cut and finish con Lou" in web.get(f"{scene.manage}/appointment.ics").text


def test_a_locale_without_a_catalogue_gets_english(session: Session, web: FlaskClient) -> None:
    scene = a_hold(session, shop={"locale": "da_DK"})

    assert '<html lang="en">' in web.get(scene.pay).text


def test_a_declined_card_is_explained_in_the_customers_language(session: Session, web: FlaskClient) -> None:
    scene = a_hold(session, payment={"failures": 1, "failure_code": "insufficient_funds"})
    change(session, "customers", scene.customer, locale="de_DE")

    assert "nicht gedeckt" in web.get(scene.pay).text
    assert "nicht gedeckt" in web.get(f"{scene.pay}/status").json["notice"]  # type: ignore[index]


def test_a_link_that_nobody_knows_is_answered_in_the_browsers_language(web: FlaskClient) -> None:
    answer = web.get("/pay/not-a-token-of-ours", headers={"Accept-Language": "fr-CH, fr;q=0.9, en;q=0.8"})

    assert answer.status_code == 404
    assert '<html lang="fr">' in answer.text
    assert "Page introuvable" in answer.text
