"""docs/reference/texts.md: every text to customers, and the variables that a shop's own wording can use."""

from docs.generator.markdown import code, page, table
from domain.templates import TEMPLATES, TextTemplate

INTRODUCTION = """\
`domain/templates/` contains the texts in every language; this page shows the English texts. A shop's own wording is a
row in `shop_texts`, by text and language (for the shop's own language, it is a column `template_...` of `shops`). A
text without a required variable is rejected when it is saved."""


def texts_page() -> str:
    """Returns the page, with one row for each kind of text."""
    rows = ((code(kind.value), _text(template), _variables(template)) for kind, template in TEMPLATES.items())
    return page("Texts", INTRODUCTION, table(("Text", "English default", "Variables (required in bold)"), rows))


def _text(template: TextTemplate) -> str:
    return code(template.defaults["en"])


def _variables(template: TextTemplate) -> str:
    names = sorted(template.variables)
    return ", ".join(f"**{name}**" if name in template.required else name for name in names)
