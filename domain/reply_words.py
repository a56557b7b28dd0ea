"""The whole reply vocabulary, by meaning."""

from collections.abc import Mapping

from domain.reply_vocabulary.answering import ANSWERING
from domain.reply_vocabulary.automatic import AUTOMATIC
from domain.reply_vocabulary.meanings import Entries, ReplyMeaning
from domain.reply_vocabulary.opting_out import OPT_OUT_STEMS, OPTING_OUT, STAYING
from domain.reply_vocabulary.passing_over import PASSING_OVER
from domain.reply_vocabulary.times import NUMBER_WORDS, TIME_WORDS

__all__ = ["NUMBER_WORDS", "OPT_OUT_STEMS", "STAYING", "TIME_WORDS", "WORDS", "ReplyMeaning", "entries_of"]

WORDS: Entries = {**OPTING_OUT, **AUTOMATIC, **ANSWERING, **PASSING_OVER}


def entries_of(words: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Returns the comma-separated entries of all languages, each as a tuple of words."""
    return [tuple(entry.split()) for entries in words.values() for entry in entries.split(", ")]
