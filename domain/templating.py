"""Renders the templates of texts, and validates a shop's own wording.

A shop's wording may use only {{ variables }} and {% if %}, so that no loop, call or filter can slow a worker down or
read other data. If a shop's wording is invalid, the default wording is sent.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from domain import segments
from domain.full_stops import mark, settle
from domain.templates import TEMPLATES, TextKind

LONGEST_SOURCE = 1000
# Jinja compiles nested templates much more slowly than long ones. The defaults need 30 nodes and a depth of 4.
MOST_NODES, DEEPEST = 200, 12
MOST_SEGMENTS = 4

_SMS = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.If,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.Const,
)
TOO_COMPLICATED = "The text is too complicated."

_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_ASKS_FOR_CANCEL = re.compile(r"\bCANCEL\b|\b(?i:reply|text|send|answer|write)\b[^.!?\n]{0,20}\b(?i:cancel)\b")

_SAMPLE = {
    "shop": "The Corner Barber Shop",
    "when": "Wednesday 30 September at 10:30",
    "date": "Wednesday 30 September at 10:30",
    "until": "10:45",
    "moved_from": "Thursday 1 October at 15:00",
    "place": "12 Station Road, Newtown",
    "link": "https://example.com/pay/0123456789abcdef0123456789abcdef",
    "amount": "£20.50",
    "paid": "£20.50",
    "phone": "+44 20 7946 0000",
    "offer": "A slot opened tomorrow at 10:30. Reply YES to book.",
    "service": "Cut and finish",
    "performer": "Mira",
    "name": "Ana Silva",
    "code": "123456",
    "minutes": "10",
}
# The values of three samples: a deposit is due, the whole price is due, and nothing is due.
_SAMPLES = [
    _SAMPLE | {"deposit": deposit, "prepayment": prepayment}
    for deposit, prepayment in [("£20.50", ""), ("£20.50", "£20.50"), ("", "")]
]


def text_of(kind: TextKind, values: Mapping[str, str], *, language: str, own: str | None = None) -> str:
    """Returns the text in the shop's `own` wording if that is valid, otherwise in the default wording.

    The default exists in en, es, fr and de. English is used for other languages.
    """
    if own and not _problems(kind, own) and (text := render(own, values)):
        return text
    defaults = TEMPLATES[kind].defaults
    return render(defaults.get(language, defaults["en"]), values)


def render(source: str, values: Mapping[str, str]) -> str:
    """Renders a template as plain text. Drops the template's full stop after a value that ends in a full stop."""
    return settle(_compiled(source).render(mark(values))).strip()


def check_template(kind: TextKind, source: str) -> list[str]:
    """Returns the problems of a shop's own wording as sentences. The list is empty if the wording is valid."""
    return list(_problems(kind, source))


@lru_cache(maxsize=1024)
def _problems(kind: TextKind, source: str) -> tuple[str, ...]:
    if len(source) > LONGEST_SOURCE:
        return (f"The text is longer than {LONGEST_SOURCE} characters.",)
    try:
        tree = _SMS.parse(source)
        if _is_too_large(tree):
            return (TOO_COMPLICATED,)
        return tuple(_problems_of_form(kind, tree)) or tuple(dict.fromkeys(_problems_of_text(kind, source)))
    except TemplateSyntaxError as error:
        return (f"The text can't be read: {error.message} (line {error.lineno}).",)
    except (TemplateError, RecursionError, SyntaxError, MemoryError):
        return (TOO_COMPLICATED,)


def _is_too_large(tree: nodes.Template) -> bool:
    """Whether the template exceeds a limit. Counts level by level, because recursion would fail for deep nesting."""
    level: list[nodes.Node] = [tree]
    seen = 0
    for _ in range(DEEPEST):
        seen += len(level)
        level = [child for node in level for child in node.iter_child_nodes()]
        if not level:
            return seen > MOST_NODES
    return True


def _problems_of_form(kind: TextKind, tree: nodes.Template) -> Iterator[str]:
    if not all(isinstance(node, _ALLOWED) for node in tree.find_all(nodes.Node)):
        yield "Only {{ variables }} and {% if %} can be used."
    known = TEMPLATES[kind].variables
    for name in sorted({node.name for node in tree.find_all(nodes.Name)} - known):
        yield f"{{{{ {name} }}}} isn't a variable of this text. Use: {', '.join(sorted(known))}."


def _problems_of_text(kind: TextKind, source: str) -> Iterator[str]:
    required = TEMPLATES[kind].required
    for sample in _SAMPLES:
        text = render(source, sample)
        if not text:
            yield "The text is empty."
        for name in sorted(required):
            if sample[name] not in text:
                yield f"{{{{ {name} }}}} must be in the text."
        if "link" in required and sample["link"] in text and _URL.findall(text) != [sample["link"]]:
            yield "Use {{ link }} exactly once, at the end or followed by a space, and no other address."
        if _ASKS_FOR_CANCEL.search(text):
            yield "The text must not ask for CANCEL as a reply: carriers treat it as an opt-out."
        if segments.count(text).segments > MOST_SEGMENTS:
            yield f"The text is longer than {MOST_SEGMENTS} SMS segments."


@lru_cache(maxsize=1024)
def _compiled(source: str) -> Template:
    return _SMS.from_string(source)
