"""What a customer's text means: accepts, declines, opts out, opts in again, or must be asked back.

Whole words only, nothing as a substring. An opt-out beats all else; a yes beside a no is no answer; a question is
none either, unless it begins with a yes ("Yes, what time?"). The words are in `reply_words.py`.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum

from domain.reply_words import WORDS, Meaning


class Reply(Enum):
    YES = "yes"
    NO = "no"
    STOP = "stop"
    START = "start"
    UNCLEAR = "unclear"


# Twilio delivers at most 1600 characters; what somebody pastes beyond that is no answer to an offer.
LONGEST_BODY = 1600

_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼʹ`´′＇"))
# Tapbacks arrive as: Liked “A slot opened ... Reply YES to book.” A quoted sentence is ours, not the customer's.
_QUOTED_SENTENCE = re.compile(r"[\"“”„«»](?:[^\s\"“”„«»]*\s+){3,}[^\"“”„«»]*[\"“”«»]")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_CLAUSE = re.compile(r"([^.,:;!?\n]*)([.,:;!?\n]*)")
_EMOJI = "".join(
    c for languages in WORDS.values() for entries in languages.values() for c in entries if ord(c) > 0x2000
)
_WORD = re.compile(rf"[^\W_]+|[{_EMOJI}]")

_MEANINGS: dict[tuple[str, ...], Meaning] = {
    tuple(entry.split()): meaning
    for meaning, languages in WORDS.items()
    for entries in languages.values()
    for entry in entries.split(", ")
}
_LONGEST_ENTRY = max(map(len, _MEANINGS))

_OPT_OUTS = {Meaning.OPT_OUT, Meaning.OPT_OUT_AT_EDGE, Meaning.OPT_OUT_ALONE}
_ACCEPTING = {Meaning.YES, Meaning.MILD_YES, Meaning.YES_ALONE}
_ALONE = {
    Meaning.START_ALONE: Reply.START,
    Meaning.YES_ALONE: Reply.YES,
    Meaning.NO_ALONE: Reply.NO,
}

Clause = tuple[list[Meaning], bool]
"""The meanings of one clause without the polite words, and whether it ends in a question mark."""


def classify(body: str) -> Reply:
    """Never raises; the time taken is linear in the body's length, of which 1600 characters are read."""
    clauses = list(_clauses(_normalised(body)))
    if _opts_out(clauses):
        return Reply.STOP
    everything = {meaning for meanings, _ in clauses for meaning in meanings}
    asks = any(question for _, question in clauses)
    if len(everything) == 1 and not asks and (alone := _ALONE.get(next(iter(everything)))):
        return alone
    return _verdict({meaning for meanings, question in clauses for meaning in _answers(meanings, question)})


def _opts_out(clauses: list[Clause]) -> bool:
    everything = [meaning for meanings, _ in clauses for meaning in meanings]
    if everything and _OPT_OUTS.issuperset(everything):
        return True
    edges = [edge for meanings, _ in clauses if meanings for edge in (meanings[0], meanings[-1])]
    return Meaning.OPT_OUT in everything or Meaning.OPT_OUT_AT_EDGE in edges


def _answers(meanings: list[Meaning], question: bool) -> list[Meaning]:
    """What a clause says: all of it, or of a question only the yes that it begins with ("yes what time is it?")."""
    if not question:
        return meanings
    more_than_yes = not _ACCEPTING.issuperset(meanings)
    return [Meaning.YES] if meanings[:1] == [Meaning.YES] and more_than_yes else []


def _verdict(said: set[Meaning]) -> Reply:
    if Meaning.YES in said and Meaning.NO in said:
        return Reply.UNCLEAR
    if Meaning.NO in said:
        return Reply.NO
    if Meaning.MILD_NO in said and Meaning.YES not in said:
        return Reply.NO
    accepts = Meaning.YES in said or (Meaning.MILD_YES in said and Meaning.MILD_HEDGE not in said)
    return Reply.YES if accepts and Meaning.HEDGE not in said else Reply.UNCLEAR


def _normalised(body: str) -> str:
    """Small letters, without accents, apostrophes, invisible marks, quoted sentences and stretching ("yesss")."""
    text = body[:LONGEST_BODY].translate(_APOSTROPHES)
    text = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).casefold()
    text = _QUOTED_SENTENCE.sub(" ", text)
    text = unicodedata.normalize("NFKD", text)
    text = "".join(c for c in text if unicodedata.category(c) not in {"Mn", "Cf", "Sk"})
    return _STRETCHED.sub(r"\1", text)


def _clauses(text: str) -> Iterator[Clause]:
    for words, end in _CLAUSE.findall(text):
        meanings: list[Meaning] = [m for m in _meanings(_WORD.findall(words)) if m is not Meaning.POLITE]
        if meanings:
            yield meanings, "?" in end


def _meanings(words: list[str]) -> Iterator[Meaning]:
    start = 0
    while start < len(words):
        sizes = range(min(_LONGEST_ENTRY, len(words) - start), 0, -1)
        size = next((n for n in sizes if tuple(words[start : start + n]) in _MEANINGS), 1)
        yield _MEANINGS.get(tuple(words[start : start + size]), Meaning.UNKNOWN)
        start += size
