"""Splits a reply into normalised words, and removes text that its sender did not write.

Removes quoted lines, forwarded messages, a phone's reaction to a text, and any sequence of words from the shop's
recent texts. Each step scans the text a fixed number of times, so the run time is linear in the length of the text.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from domain.reply_vocabulary import reactions
from domain.reply_words import NUMBER_WORDS, WORDS, entries_of

_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼʹ`´′＇"))
_QUOTATION_MARKS = '"“”„‟«»'
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_EMOJI = "".join(
    sorted(
        {c for words in WORDS.values() for entry in words.values() for c in entry if unicodedata.category(c) == "So"}
    )
)
_TOKEN = re.compile(rf"[^\W_]+(?:@[^\W_]+)?|[{_EMOJI}.,:;!?\n]")
_DIGITS = re.compile(r"\d+")
# A time with minutes ("10:30", "10.30 am", "10h30") or with am or pm ("2pm"). Amounts such as "£20.50" are excluded.
_MERIDIEM = r"(?:\s?([ap])\.?\s?m\b)"
_TIME = re.compile(
    rf"(?<![\w.,:£$€])([01]?\d|2[0-4])(?:\s?[:.h]\s?([0-5]\d)(?![\d]|[.,:]\d){_MERIDIEM}?|{_MERIDIEM})"
)
_TIME_WORD = re.compile(r"(\d{1,2})h(\d\d)([ap]?)")
_SYMBOL = re.compile(r"[^\W_]+|\*")
_ACCENTED = frozenset({"sí"})
"""Words whose accent changes the meaning: "sí" means yes, and "si" means if."""

_FORWARDED = (
    "original message",
    "forwarded message",
    "mensaje original",
    "mensaje reenviado",
    "message dorigine",
    "message original",
    "message transféré",
    "ursprüngliche nachricht",
    "originalnachricht",
    "weitergeleitete nachricht",
)
"""The headings of a quoted message, which follow a line of dashes."""

_WROTE = ("wrote:", "escribió:", "a écrit :", "a écrit:", "schrieb:")
"""The end of a line that introduces a quoted message."""

_BEFORE_SIGNATURE = "--"
"""The line above a signature (RFC 3676, 4.3), without its space."""

_SIGNATURES = (
    *("sent from my ", "sent via my ", "sent from yahoo", "sent from outlook", "sent from mail ", "get outlook for "),
    *("enviado desde mi ", "enviado desde el ", "enviado con mi ", "envoyé de mon ", "envoyé depuis "),
    *("gesendet von mein", "gesendet mit ", "von meinem iphone gesendet"),
)
_SIGNATURE_ENDS = ("gesendet", "gesendet.")
"""The beginnings and ends of lines that phones and e-mail programs add."""

_RUN = 4
"""The number of consecutive words from one of the shop's texts that are considered a quotation."""


def plain(body: str) -> str:
    """Converts to lower case, removes apostrophes and invisible characters, and collapses repeated letters ("yesss"
    becomes "yes").

    Keeps accents.
    """
    text = unicodedata.normalize("NFKC", body.translate(_APOSTROPHES)).translate(_APOSTROPHES).casefold()
    text = unicodedata.normalize("NFKC", text)
    text = "".join(c for c in text if unicodedata.category(c) not in {"Mn", "Cf", "Sk"})
    return _STRETCHED.sub(r"\1", text)


def words_of(text: str) -> list[str]:
    """Returns the words of a `plain` text without accents. Known emoji and punctuation marks are words too.

    Times become one word: "10h30" for 10:30, "2h00p" for 2 pm.
    """
    text = _TIME.sub(_time_word, text)
    return [word if word in _ACCENTED else _unaccented(word) for word in _TOKEN.findall(text)]


def _time_word(time: re.Match[str]) -> str:
    return f" {int(time[1])}h{time[2] or '00'}{time[3] or time[4] or ''} "


def _unaccented(word: str) -> str:
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFKD", word) if unicodedata.category(c) != "Mn")


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time of day as written. `meridiem` is "a", "p" or empty."""

    hour: int
    minute: int
    meridiem: str

    def may_be(self, ours: "ClockTime") -> bool:
        """Whether a customer can mean one of our times: "2:30" can be 14:30, but "10:30 pm" can't be 10:30.

        Our times always have am or pm if their clock has 12 hours.
        """
        if self.minute != ours.minute:
            return False
        if not self.meridiem and 1 <= self.hour <= 12:
            return self.hour % 12 == ours.hour_of_24 % 12
        return self.hour_of_24 == ours.hour_of_24

    @property
    def hour_of_24(self) -> int:
        if not self.meridiem:
            return self.hour % 24
        return self.hour % 12 + (12 if self.meridiem == "p" else 0)


def clock_time(word: str) -> ClockTime | None:
    """Parses a time in the format of `words_of`. Returns None for any other word."""
    found = _TIME_WORD.fullmatch(word)
    return ClockTime(int(found[1]), int(found[2]), found[3]) if found else None


@dataclass(frozen=True, slots=True)
class OurTexts:
    """The shop's recent texts to a number: sequences of words, single words ("1030" for 10:30) and times."""

    runs: frozenset[tuple[str, ...]]
    words: frozenset[str]
    times: tuple[ClockTime, ...] = ()

    @classmethod
    def of(cls, bodies: Iterable[str]) -> "OurTexts":
        runs: set[tuple[str, ...]] = set()
        known: set[str] = set()
        for body in bodies:
            words = [word for word in words_of(plain(body)) if word.isalnum()]
            runs.update(tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1))
            found = _DIGITS.findall(" ".join(words))
            known.update(words, found, map("".join, pairwise(found)))
        times = [time for time in map(clock_time, sorted(known)) if time]
        return cls(frozenset(runs), frozenset(known), tuple(times))

    def removed_from(self, words: list[str]) -> list[str]:
        """Returns the words that are not quoted from the shop's texts, and all punctuation."""
        places = [i for i, word in enumerate(words) if word.isalnum()]
        ours: set[int] = set()
        for start in range(len(places) - _RUN + 1):
            run = places[start : start + _RUN]
            if tuple(words[i] for i in run) in self.runs:
                ours.update(run)
        return [word for i, word in enumerate(words) if i not in ours]

    def name(self, time: str) -> bool:
        """Whether one of the shop's texts contains this day or time, or all digits of this word."""
        if clock := clock_time(time):
            return any(clock.may_be(ours) for ours in self.times)
        time = NUMBER_WORDS.get(time, time)
        return self.words.issuperset(_DIGITS.findall(time) or [time])


def without_quotes(text: str) -> str:
    """Removes quoted lines, a message that is quoted below the answer, and signatures, from a `plain` text."""
    kept: list[str] = []
    for line in map(str.strip, _before_forwarded(text).splitlines()):
        if line.endswith(_WROTE) or line == _BEFORE_SIGNATURE:
            break
        if not line.startswith((">", *_SIGNATURES)) and not line.endswith(_SIGNATURE_ENDS):
            kept.append(line)
    return "\n".join(kept)


def _before_forwarded(text: str) -> str:
    for heading in _FORWARDED:
        before, found, _ = text.partition(heading)
        if found and before.rstrip().endswith(("-", "_")):
            text = before.rstrip(" -_")
    return text


_BEFORE_QUOTE = frozenset(entries_of(reactions.BEFORE_QUOTE))
_AFTER_QUOTE = frozenset(entries_of(reactions.AFTER_QUOTE)) | {()}
_TO_ATTACHMENTS = frozenset(
    before + attachment
    for before in entries_of(reactions.WITHOUT_QUOTE)
    for attachment in entries_of({"": reactions.ATTACHMENTS})
)


def beside_reaction(text: str) -> str | None:
    """Returns the text that accompanies a phone's reaction, or "". Returns None if `plain` is not a reaction."""
    marks = [i for i, c in enumerate(text) if c in _QUOTATION_MARKS]
    if not marks:
        return "" if _symbols(text) in _TO_ATTACHMENTS else None
    if _symbols(text[: marks[0]]) not in _BEFORE_QUOTE:
        return None
    after = text[marks[-1] + 1 :] if len(marks) > 1 else ""
    return "" if _symbols(after) in _AFTER_QUOTE else after


def _symbols(text: str) -> tuple[str, ...]:
    """Returns the words of the text, with `*` for each sequence of emoji."""
    text = "".join(" * " if unicodedata.category(c) == "So" else c for c in text)
    words = [_unaccented(word) for word in _SYMBOL.findall(text)]
    return tuple(word for i, word in enumerate(words) if word != "*" or words[i - 1 : i] != ["*"])
