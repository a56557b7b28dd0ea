"""Classifies a customer's text.

First, `reply_text.py` removes everything that the sender did not write: reactions, quoted lines, forwarded messages
and parts of the shop's recent texts. The remaining words are looked up in `reply_words.py` as whole words, longest
entry first. The first matching rule in `RULES` then decides, in this order:

1. An opt-out takes precedence over everything else.
2. An automatic reply is not an answer, even if it contains a YES.
3. START, LEAVE, HELP or "who is this?".
4. A text that consists only of courtesies.
5. A no: a declining word, or a negation and an accepting word in the same clause. If the text also contains a "yes",
   it is unclear.
6. A yes: the text begins with a yes, or consists only of accepting words. A text that is negated or conditional
   ("but", "if", "instead"), that asks to cancel, or that names a time that the shop's texts do not contain, is not a
   yes.
7. Any other text is unclear.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from domain.reply_text import OurTexts, beside_reaction, plain, without_quotes, words_of
from domain.reply_words import NUMBER_WORDS, OPT_OUT_STEMS, STAYING, TIME_WORDS, WORDS, ReplyMeaning, entries_of


class Reply(Enum):
    YES = "yes"
    NO = "no"
    STOP = "stop"
    START = "start"
    LEAVE = "leave"
    HELP = "help"
    WHO = "who"
    AUTOMATIC = "automatic"
    REACTION = "reaction"
    COURTESY = "courtesy"
    UNCLEAR = "unclear"


# Twilio delivers at most 1600 characters.
LONGEST_BODY = 1600

_LONGEST_NUMBER = 4
_SHORTEST_QUOTATION = 12
"""A text with fewer characters, such as "Yes please", can't contain a quotation."""

_MEANINGS: dict[tuple[str, ...], ReplyMeaning] = {
    entry: meaning for meaning, words in WORDS.items() for entry in entries_of(words)
}
_LONGEST_ENTRY = max(map(len, _MEANINGS))

_OPT_OUTS = frozenset({ReplyMeaning.OPT_OUT, ReplyMeaning.OPT_OUT_AT_EDGE, ReplyMeaning.OPT_OUT_ALONE})
_ACCEPTING = frozenset({ReplyMeaning.YES, ReplyMeaning.ACCEPT, ReplyMeaning.YES_ALONE})
_DENYING = frozenset({ReplyMeaning.NO, ReplyMeaning.NO_ALONE, ReplyMeaning.NOT})
_SPOILING = _DENYING | {
    *(ReplyMeaning.BUT, ReplyMeaning.HEDGE, ReplyMeaning.OTHER_TIME, ReplyMeaning.OPT_OUT_ALONE, ReplyMeaning.WHO),
}
_BUT = frozenset(entries_of(WORDS[ReplyMeaning.BUT]))
_STAYING = frozenset(entries_of(STAYING))
_SIZES_OF_STAYING = sorted({len(entry) for entry in _STAYING})
_NEGATED_BY_STAYING = frozenset({ReplyMeaning.OPT_OUT, ReplyMeaning.OPT_OUT_ALONE})


@dataclass(frozen=True, slots=True)
class Clause:
    """The words between two punctuation marks. `meanings` contains the meanings of all words except polite ones."""

    meanings: tuple[ReplyMeaning, ...]
    asks: bool
    """Whether the clause ends with a question mark."""

    @property
    def declines(self) -> bool:
        meanings = frozenset(self.meanings)
        negates_yes = ReplyMeaning.NOT in meanings and bool(meanings & _ACCEPTING)
        only_negates = meanings - {ReplyMeaning.BUT} == {ReplyMeaning.NOT}
        return not self.asks and (ReplyMeaning.NO in meanings or negates_yes or only_negates)


@dataclass(frozen=True, slots=True)
class ReplyMeanings:
    """The clauses of a text that have a known meaning."""

    clauses: tuple[Clause, ...]

    @property
    def meanings(self) -> list[ReplyMeaning]:
        return [meaning for clause in self.clauses for meaning in clause.meanings]

    def only(self, *meanings: ReplyMeaning) -> bool:
        """Whether the text has a meaning, and all its words have one of these meanings."""
        return bool(self.clauses) and frozenset(meanings).issuperset(self.meanings)

    @property
    def asks(self) -> bool:
        return any(clause.asks for clause in self.clauses)


def classify(body: str, *, sent: Iterable[str] = ()) -> Reply:
    """Returns the meaning of `body`. `sent` contains the shop's recent texts to the sender's number.

    Never raises. Reads only the first 1600 characters, in linear time.
    """
    text = plain(body[:LONGEST_BODY])
    beside = beside_reaction(text)
    if beside == "":
        return Reply.REACTION
    our_texts = OurTexts.of(body[:LONGEST_BODY] for body in sent)
    parsed = _parsed(without_quotes(beside or text), our_texts)
    if not parsed.clauses and _parsed(text, OurTexts.of(())).only(*_OPT_OUTS):
        return Reply.STOP
    return next((reply for reply, fits in RULES if fits(parsed)), Reply.UNCLEAR)


def needs_our_texts(body: str) -> bool:
    """Whether `classify` needs the recent texts, because the body may quote one of them or names a time."""
    return len(body) >= _SHORTEST_QUOTATION or any(map(_is_time, words_of(plain(body))))


def _is_time(word: str) -> bool:
    """Whether the word can name a time or an amount. Longer numbers are phone numbers."""
    if word.isdigit():
        return len(word) <= _LONGEST_NUMBER
    return word[0].isdigit() or word in TIME_WORDS or word in NUMBER_WORDS


def _opts_out(parsed: ReplyMeanings) -> bool:
    edges = {edge for clause in parsed.clauses for edge in (clause.meanings[0], clause.meanings[-1])}
    return parsed.only(*_OPT_OUTS) or ReplyMeaning.OPT_OUT in parsed.meanings or ReplyMeaning.OPT_OUT_AT_EDGE in edges


def _leaves(parsed: ReplyMeanings) -> bool:
    return ReplyMeaning.LEAVE_ALONE in parsed.meanings and parsed.only(ReplyMeaning.LEAVE_ALONE, ReplyMeaning.FORMAL)


def _asks_who(parsed: ReplyMeanings) -> bool:
    """Whether a clause begins with the question, or only a yes precedes it, as on the telephone."""
    return any(
        next((meaning for meaning in clause.meanings if meaning not in _ACCEPTING), None) is ReplyMeaning.WHO
        for clause in parsed.clauses
    )


def _contradicts_itself(parsed: ReplyMeanings) -> bool:
    """Whether the text contains both a yes and a no."""
    return (
        ReplyMeaning.YES in parsed.meanings and not _DENYING.isdisjoint(parsed.meanings) and not _denies_yes(parsed)
    )


def _denies_yes(parsed: ReplyMeanings) -> bool:
    """Whether every yes follows a negation in its clause, as in "I am not saying yes"."""
    return all(
        ReplyMeaning.NOT in clause.meanings[: clause.meanings.index(ReplyMeaning.YES)]
        for clause in parsed.clauses
        if ReplyMeaning.YES in clause.meanings
    )


def _declines(parsed: ReplyMeanings) -> bool:
    return parsed.only(ReplyMeaning.NO_ALONE) or any(clause.declines for clause in parsed.clauses)


def _accepts(parsed: ReplyMeanings) -> bool:
    first = parsed.clauses[0]
    if not _SPOILING.isdisjoint(parsed.meanings):
        return False
    if parsed.only(*_ACCEPTING, ReplyMeaning.FORMAL):
        return not parsed.asks
    bare_question = first.asks and _ACCEPTING.issuperset(first.meanings)
    return (
        first.meanings[0] is ReplyMeaning.YES and ReplyMeaning.YES_ALONE not in parsed.meanings and not bare_question
    )


Rule = tuple[Reply, Callable[[ReplyMeanings], bool]]

RULES: tuple[Rule, ...] = (
    (Reply.STOP, _opts_out),
    (Reply.AUTOMATIC, lambda parsed: ReplyMeaning.AUTOMATIC in parsed.meanings),
    (Reply.START, lambda parsed: parsed.only(ReplyMeaning.START_ALONE) and not parsed.asks),
    (Reply.LEAVE, lambda parsed: _leaves(parsed) and not parsed.asks),
    (Reply.HELP, lambda parsed: parsed.only(ReplyMeaning.HELP_ALONE)),
    (Reply.WHO, _asks_who),
    (Reply.COURTESY, lambda parsed: not parsed.clauses or parsed.only(ReplyMeaning.FORMAL)),
    (Reply.UNCLEAR, _contradicts_itself),
    (Reply.NO, _declines),
    (Reply.YES, _accepts),
)


def _parsed(text: str, our_texts: OurTexts) -> ReplyMeanings:
    words = our_texts.removed_from(words_of(text))
    return ReplyMeanings(tuple(clause for clause in _clauses(words, our_texts) if clause.meanings))


def _clauses(words: list[str], our_texts: OurTexts) -> Iterator[Clause]:
    clause: list[str] = []
    ended = asks = False
    for word in [*words, "\n", ""]:
        mark = word in ".,:;!?\n" and word != ""
        if (ended and not mark) or (word,) in _BUT:
            yield Clause(tuple(m for m in _meanings(clause, our_texts) if m is not ReplyMeaning.POLITE), asks)
            clause, ended, asks = [], False, False
        if mark:
            ended, asks = True, asks or word == "?"
        else:
            clause.append(word)


def _meanings(words: list[str], our_texts: OurTexts) -> Iterator[ReplyMeaning]:
    start = 0
    stays = False
    while start < len(words):
        sizes = range(min(_LONGEST_ENTRY, len(words) - start), 0, -1)
        size = next((n for n in sizes if tuple(words[start : start + n]) in _MEANINGS), 1)
        meaning = _MEANINGS.get(tuple(words[start : start + size])) or _meaning_of_unlisted(words[start], our_texts)
        # The second of two opt-outs continues the first one: "don't remove me / from the list".
        stays = meaning in _NEGATED_BY_STAYING and (stays or _is_negated(words, start))
        yield ReplyMeaning.NEUTRAL if stays else meaning
        start += size


def _is_negated(words: list[str], start: int) -> bool:
    return any(tuple(words[max(0, start - size) : start]) in _STAYING for size in _SIZES_OF_STAYING)


def _meaning_of_unlisted(word: str, our_texts: OurTexts) -> ReplyMeaning:
    if word.startswith(OPT_OUT_STEMS):
        return ReplyMeaning.OPT_OUT
    if not our_texts.words or not _is_time(word):
        return ReplyMeaning.UNKNOWN
    return ReplyMeaning.POLITE if our_texts.name(word) else ReplyMeaning.OTHER_TIME
