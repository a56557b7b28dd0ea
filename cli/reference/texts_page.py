"""docs/reference/texts.md: every text a customer may get, and what a shop's own wording may hold."""

from cli.reference.markdown import code, page, table
from domain.templates import TEMPLATES, TextTemplate

INTRODUCTION = """\
The words stand in `domain/templates.py`, in every language; here is the English. Those a shop may word itself are
columns of `shops` (`template_...`); a wording that lacks what it must hold is refused when it is saved."""


def texts_page() -> str:
    """By kind."""
    rows = ((code(kind.value), _text(template), _variables(template)) for kind, template in TEMPLATES.items())
    return page("Texts", INTRODUCTION, table(("Text", "English default", "May hold (must hold)"), rows))


def _text(template: TextTemplate) -> str:
    return code(template.defaults["en"])


def _variables(template: TextTemplate) -> str:
    names = sorted(template.variables)
    return ", ".join(f"**{name}**" if name in template.required else name for name in names)
