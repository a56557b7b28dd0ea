"""The whole reply vocabulary, by meaning."""

from domain.reply_vocabulary.answering import ANSWERING
from domain.reply_vocabulary.automatic import AUTOMATIC
from domain.reply_vocabulary.meanings import Entries, ReplyMeaning
from domain.reply_vocabulary.opting_out import OPT_OUT_STEMS, OPTING_OUT
from domain.reply_vocabulary.passing_over import PASSING_OVER

__all__ = ["OPT_OUT_STEMS", "WORDS", "ReplyMeaning", "entries_of"]

WORDS: Entries = {**OPTING_OUT, **AUTOMATIC, **ANSWERING, **PASSING_OVER}


def entries_of(words: dict[str, str]) -> list[tuple[str, ...]]:
    """Returns the comma-separated entries of all languages, each as a tuple of words."""
    return [tuple(entry.split()) for entries in words.values() for entry in entries.split(", ")]
