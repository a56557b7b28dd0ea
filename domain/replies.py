"""What a customer's text means.

First, whatever its sender did not write is removed: a phone's reaction, quoted lines, forwarded messages, our own
recent texts (`reply_text.py`). The words that remain are looked up (`reply_words.py`), the longest entry first, and
never as a part of another word. Then the first of the `RULES` that fits decides, in this order:

1. An opt-out beats all else.
2. An automatic answer answers nothing, whatever words it holds.
3. START, HELP and "who is this?".
4. A text that says nothing beyond courtesies.
5. A no: a declining word, or a negation with an accepting word in one clause. With a "yes" elsewhere it is unclear.
6. A yes: it leads, or accepting words are all that is said; nothing denies it, nothing makes it depend on something
   ("but", "if", "instead"), and it names no time that our texts don't name.
7. Anything else is unclear.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from domain.reply_text import OurTexts, beside_reaction, plain, without_quotes, words_of
from domain.reply_vocabulary.times import TIME_WORDS
from domain.reply_words import OPT_OUT_STEMS, WORDS, ReplyMeaning, entries_of


class Reply(Enum):
    YES = "yes"
    NO = "no"
    STOP = "stop"
    START = "start"
    HELP = "help"
    WHO = "who"
    AUTOMATIC = "automatic"
    REACTION = "reaction"
    COURTESY = "courtesy"
    UNCLEAR = "unclear"


# Twilio delivers at most 1600 characters; what somebody pastes beyond that is no answer to an offer.
LONGEST_BODY = 1600

_SHORTEST_QUOTATION = 12
"""Characters. "Yes please" quotes nothing."""

_MEANINGS: dict[tuple[str, ...], ReplyMeaning] = {
    entry: meaning for meaning, words in WORDS.items() for entry in entries_of(words)
}
_LONGEST_ENTRY = max(map(len, _MEANINGS))

_OPT_OUTS = frozenset({ReplyMeaning.OPT_OUT, ReplyMeaning.OPT_OUT_AT_EDGE, ReplyMeaning.OPT_OUT_ALONE})
_ACCEPTING = frozenset({ReplyMeaning.YES, ReplyMeaning.ACCEPT, ReplyMeaning.YES_ALONE})
_DENYING = frozenset({ReplyMeaning.NO, ReplyMeaning.NO_ALONE, ReplyMeaning.NOT})
_SPOILING = _DENYING | {ReplyMeaning.HEDGE, ReplyMeaning.OTHER_TIME}


@dataclass(frozen=True, slots=True)
class Clause:
    """What stands between two marks of punctuation. `meanings`: without the polite words."""

    meanings: tuple[ReplyMeaning, ...]
    asks: bool
    """It ends in a question mark."""

    @property
    def declines(self) -> bool:
        said = frozenset(self.meanings)
        denies_accepting = ReplyMeaning.NOT in said and bool(said & _ACCEPTING)
        return not self.asks and (ReplyMeaning.NO in said or denies_accepting or said == {ReplyMeaning.NOT})


@dataclass(frozen=True, slots=True)
class ReplyMeanings:
    """A whole text: the clauses in which something is said."""

    clauses: tuple[Clause, ...]

    @property
    def meanings(self) -> list[ReplyMeaning]:
        return [meaning for clause in self.clauses for meaning in clause.meanings]

    def only(self, *meanings: ReplyMeaning) -> bool:
        """Something is said, and all of it is one of these."""
        return bool(self.clauses) and frozenset(meanings).issuperset(self.meanings)

    @property
    def asks(self) -> bool:
        return any(clause.asks for clause in self.clauses)


def classify(body: str, *, sent: Iterable[str] = ()) -> Reply:
    """`sent`: our recent texts to this number. Never raises; reads the first 1600 characters, in linear time."""
    text = plain(body[:LONGEST_BODY])
    beside = beside_reaction(text)
    if beside == "":
        return Reply.REACTION
    ours = OurTexts.of(body[:LONGEST_BODY] for body in sent)
    said = _said(without_quotes(beside or text), ours)
    if not said.clauses and _said(text, OurTexts.of(())).only(*_OPT_OUTS):
        return Reply.STOP
    return next((reply for reply, fits in RULES if fits(said)), Reply.UNCLEAR)


def needs_our_texts(body: str) -> bool:
    """Whether it takes our recent texts to classify this: it may quote one, or it names a time."""
    return len(body) >= _SHORTEST_QUOTATION or any(map(_is_time, words_of(plain(body))))


def _is_time(word: str) -> bool:
    return word[0].isdigit() or word in TIME_WORDS


def _opts_out(said: ReplyMeanings) -> bool:
    edges = {edge for clause in said.clauses for edge in (clause.meanings[0], clause.meanings[-1])}
    return said.only(*_OPT_OUTS) or ReplyMeaning.OPT_OUT in said.meanings or ReplyMeaning.OPT_OUT_AT_EDGE in edges


def _asks_who(said: ReplyMeanings) -> bool:
    return any(clause.meanings[0] is ReplyMeaning.WHO for clause in said.clauses)


def _contradicts_itself(said: ReplyMeanings) -> bool:
    """A yes in one place, and a no in another."""
    return ReplyMeaning.YES in said.meanings and not _DENYING.isdisjoint(said.meanings) and not _denies_yes(said)


def _denies_yes(said: ReplyMeanings) -> bool:
    """Each yes has a negation before it in its clause: "I am not saying yes"."""
    return all(
        ReplyMeaning.NOT in clause.meanings[: clause.meanings.index(ReplyMeaning.YES)]
        for clause in said.clauses
        if ReplyMeaning.YES in clause.meanings
    )


def _declines(said: ReplyMeanings) -> bool:
    return said.only(ReplyMeaning.NO_ALONE) or any(clause.declines for clause in said.clauses)


def _accepts(said: ReplyMeanings) -> bool:
    first = said.clauses[0]
    if not _SPOILING.isdisjoint(said.meanings):
        return False
    if said.only(*_ACCEPTING, ReplyMeaning.FORMAL):
        return not said.asks
    bare_question = first.asks and _ACCEPTING.issuperset(first.meanings)
    return first.meanings[0] is ReplyMeaning.YES and ReplyMeaning.YES_ALONE not in said.meanings and not bare_question


Rule = tuple[Reply, Callable[[ReplyMeanings], bool]]

RULES: tuple[Rule, ...] = (
    (Reply.STOP, _opts_out),
    (Reply.AUTOMATIC, lambda said: ReplyMeaning.AUTOMATIC in said.meanings),
    (Reply.START, lambda said: said.only(ReplyMeaning.START_ALONE) and not said.asks),
    (Reply.HELP, lambda said: said.only(ReplyMeaning.HELP_ALONE)),
    (Reply.WHO, _asks_who),
    (Reply.COURTESY, lambda said: not said.clauses or said.only(ReplyMeaning.FORMAL)),
    (Reply.UNCLEAR, _contradicts_itself),
    (Reply.NO, _declines),
    (Reply.YES, _accepts),
)


def _said(text: str, ours: OurTexts) -> ReplyMeanings:
    words = ours.removed_from(words_of(text))
    return ReplyMeanings(tuple(clause for clause in _clauses(words, ours) if clause.meanings))


def _clauses(words: list[str], ours: OurTexts) -> Iterator[Clause]:
    clause: list[str] = []
    ended = asks = False
    for word in [*words, "\n", ""]:
        mark = word in ".,:;!?\n" and word != ""
        if ended and not mark:
            yield Clause(tuple(m for m in _meanings(clause, ours) if m is not ReplyMeaning.POLITE), asks)
            clause, ended, asks = [], False, False
        if mark:
            ended, asks = True, asks or word == "?"
        else:
            clause.append(word)


def _meanings(words: list[str], ours: OurTexts) -> Iterator[ReplyMeaning]:
    start = 0
    while start < len(words):
        sizes = range(min(_LONGEST_ENTRY, len(words) - start), 0, -1)
        size = next((n for n in sizes if tuple(words[start : start + n]) in _MEANINGS), 1)
        yield _MEANINGS.get(tuple(words[start : start + size])) or _meaning_of_strange(words[start], ours)
        start += size


def _meaning_of_strange(word: str, ours: OurTexts) -> ReplyMeaning:
    if word.startswith(OPT_OUT_STEMS):
        return ReplyMeaning.OPT_OUT
    if not ours.words or not _is_time(word):
        return ReplyMeaning.UNKNOWN
    return ReplyMeaning.POLITE if ours.name(word) else ReplyMeaning.OTHER_TIME
