"""Replies of customers and their meanings."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import replies, reply_text, reply_words
from domain.replies import RULES, Reply, classify, needs_our_texts
from domain.reply_text import OurTexts, beside_reaction, plain, without_quotes, words_of
from domain.reply_words import WORDS, ReplyMeaning, entries_of
from tests.domain.generated_replies import OFFERS, generated
from tests.effort import long_except, repeats

OFFER = OFFERS["en"]
AT_HALF_PAST_TWO = "A slot opened tomorrow at 14:30. Reply YES to book. £14.00 deposit applies."
AT_TWO_PM = "A slot opened tomorrow at 2:00 PM. Reply YES to book."


def corpus() -> list[tuple[Reply, str]]:
    """Reads replies.tsv.

    Each line contains the meaning, the text with Python's string escapes, and an optional note.
    """
    rows = (Path(__file__).parent / "replies.tsv").read_text(encoding="utf-8").splitlines()
    return [(Reply(verdict), _unescaped(body)) for verdict, body in (row.split("\t")[:2] for row in rows)]


def _unescaped(body: str) -> str:
    return body.encode("latin-1", "backslashreplace").decode("unicode_escape")


CORPUS = corpus()

MEANS_ALONE = {
    ReplyMeaning.OPT_OUT: Reply.STOP,
    ReplyMeaning.OPT_OUT_AT_EDGE: Reply.STOP,
    ReplyMeaning.OPT_OUT_ALONE: Reply.STOP,
    ReplyMeaning.START_ALONE: Reply.START,
    ReplyMeaning.LEAVE_ALONE: Reply.LEAVE,
    ReplyMeaning.HELP_ALONE: Reply.HELP,
    ReplyMeaning.WHO: Reply.WHO,
    ReplyMeaning.AUTOMATIC: Reply.AUTOMATIC,
    ReplyMeaning.YES: Reply.YES,
    ReplyMeaning.ACCEPT: Reply.YES,
    ReplyMeaning.YES_ALONE: Reply.YES,
    ReplyMeaning.NO: Reply.NO,
    ReplyMeaning.NO_ALONE: Reply.NO,
    ReplyMeaning.NOT: Reply.NO,
    ReplyMeaning.BUT: Reply.UNCLEAR,
    ReplyMeaning.HEDGE: Reply.UNCLEAR,
    ReplyMeaning.POLITE: Reply.COURTESY,
    ReplyMeaning.FORMAL: Reply.COURTESY,
    ReplyMeaning.NEUTRAL: Reply.UNCLEAR,
}
ENTRIES = [(" ".join(entry), meaning) for meaning, words in WORDS.items() for entry in entries_of(words)]
OPT_OUTS = [entry for entry, meaning in ENTRIES if meaning is ReplyMeaning.OPT_OUT]
ANY_ENTRY = st.sampled_from([entry for entry, _ in ENTRIES])


@pytest.mark.parametrize("verdict", Reply)
def test_the_replies_of_the_corpus_are_understood(verdict: Reply) -> None:
    found = {body: classify(body, sent=[OFFER]) for reply, body in CORPUS if reply is verdict}
    assert {body: reply for body, reply in found.items() if reply is not verdict} == {}


def test_the_corpus_is_large_and_has_every_verdict() -> None:
    assert len({body for _, body in CORPUS}) == len(CORPUS) >= 300
    assert {reply for reply, _ in CORPUS} == set(Reply) == {reply for reply, _ in RULES} | {Reply.REACTION}


@pytest.mark.parametrize("seed", long_except(repeats(1, most=10), 0))
def test_none_of_ten_thousand_negations_quotes_and_automatic_answers_is_a_yes(seed: int) -> None:
    found = [body for body, sent in generated(1_000, seed=seed) if classify(body, sent=sent) is Reply.YES]
    assert found == []


@pytest.mark.parametrize("language", sorted(OFFERS))
def test_every_yes_of_the_corpus_is_one_beside_an_offer_in_any_language(language: str) -> None:
    plain_yes = [body for reply, body in CORPUS if reply is Reply.YES and not needs_our_texts(body)]
    assert [body for body in plain_yes if classify(body, sent=[OFFERS[language]]) is not Reply.YES] == []


@pytest.mark.parametrize("meaning", MEANS_ALONE)
def test_every_entry_of_the_table_means_what_its_heading_says(meaning: ReplyMeaning) -> None:
    strays = {entry: reply for entry, its in ENTRIES if its is meaning and (reply := classify(entry))}
    assert {entry: reply for entry, reply in strays.items() if reply is not MEANS_ALONE[meaning]} == {}


def test_no_entry_has_two_meanings() -> None:
    headings: dict[str, set[ReplyMeaning]] = {}
    for entry, meaning in ENTRIES:
        headings.setdefault(entry, set()).add(meaning)
    assert {entry: found for entry, found in headings.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("body", "sent", "reply"),
    [
        ("Yes 11am please", [], Reply.YES),
        ("Yes 11am please", [OFFER], Reply.UNCLEAR),
        ("Yes 1030", [OFFER], Reply.YES),
        ("Yes 10h30", [OFFER], Reply.YES),
        ("ok 10.30", [OFFER], Reply.YES),
        ("Yes for 2 people", [OFFER], Reply.UNCLEAR),
        ("Yes 10:30 am", [OFFER], Reply.YES),
        ("Yes 10:30pm", [OFFER], Reply.UNCLEAR),
        ("Yes 22:30", [OFFER], Reply.UNCLEAR),
        ("Yes 20:30", [OFFER], Reply.UNCLEAR),
        ("Yes 10:20", [OFFER], Reply.UNCLEAR),
        ("Yes half ten", [OFFER], Reply.YES),
        ("Yes half eleven", [OFFER], Reply.UNCLEAR),
        ("Yes ten thirty", [OFFER], Reply.YES),
        *[
            (f"Yes {time}", [AT_HALF_PAST_TWO], Reply.YES)
            for time in ("2:30", "2.30pm", "14:30", "14h30", "2:30 p.m.")
        ],
        *[(f"Yes {time}", [AT_HALF_PAST_TWO], Reply.UNCLEAR) for time in ("2:30am", "2pm", "14:00", "half three")],
        *[(f"Yes {time}", [AT_TWO_PM], Reply.YES) for time in ("2:00", "2pm", "2 PM", "14:00", "2 o'clock", "at 2")],
        *[(f"Yes {time}", [AT_TWO_PM], Reply.UNCLEAR) for time in ("2am", "2:30", "02:00 a.m.", "12pm", "at three")],
        ("Yes 12pm", ["A slot opened tomorrow at 12:00. Reply YES to book."], Reply.YES),
        ("Yes 12am", ["A slot opened tomorrow at 12:00. Reply YES to book."], Reply.UNCLEAR),
    ],
)
def test_a_yes_to_a_time_that_was_not_offered_is_unclear(body: str, sent: list[str], reply: Reply) -> None:
    assert classify(body, sent=sent) is reply


@given(st.text())
def test_any_text_at_all_gets_an_answer(body: str) -> None:
    assert classify(body) in Reply
    assert classify(body, sent=[body]) is not Reply.YES or len(body.split()) < 4


@given(ANY_ENTRY, ANY_ENTRY, st.sampled_from(["", "!", ".", " !!", "\n", "\u200b"]))
def test_capitals_and_punctuation_change_nothing(first: str, second: str, end: str) -> None:
    body = f"{first}, {second}"
    assert classify(f"  {body.upper()}{end}") is classify(body)


@given(ANY_ENTRY, st.sampled_from(OPT_OUTS), ANY_ENTRY)
def test_an_opt_out_takes_precedence_over_all_other_words(before: str, opt_out: str, after: str) -> None:
    assert classify(f"{before}. {opt_out}. {after}") is Reply.STOP


@given(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.sampled_from(["yes", "no", "stop", "start"]))
def test_a_word_inside_another_is_not_that_word(letters: str, word: str) -> None:
    known = {entry for entry, _ in ENTRIES}
    longer = f"{word}q{letters}"
    assert longer in known or classify(longer) is Reply.UNCLEAR


PATTERNS = [
    value
    for module in (replies, reply_text, reply_words)
    for value in vars(module).values()
    if isinstance(value, re.Pattern)
]
STEPS: list[Callable[[str], object]] = [
    *[pattern.findall for pattern in PATTERNS],
    *[pattern.search for pattern in PATTERNS],
    plain,
    words_of,
    without_quotes,
    beside_reaction,
    lambda body: OurTexts.of([body]).removed_from(words_of(body)),
    classify,
    lambda body: classify(body, sent=[body] * 20),
]
LONG = 64 * 1024
UNITS = [
    *[
        '"',
        '"    ',
        '"' + " " * 28,
        '"a ',
        "“a b c d e",
        " ",
        "\n",
        ">",
        "> ",
        "-",
        "-- original message ",
        "wrote:\n",
    ],
    *["?!", ".", "a", "aa", "aaab", "1", "10:30 ", "a@", "@a", "yes ", "stop by ", "no ", "liked “", "👍 to “"],
    *["👍", "e\u0301", "\ufdfa", "\u200b", "\u200a", "ß", "\ud800", "\x00"],
]


@pytest.mark.parametrize("length", [4096, pytest.param(LONG, marks=pytest.mark.long)])
@pytest.mark.parametrize("start", ["", '"', "liked “"], ids=ascii)
def test_no_step_takes_longer_than_linear_time(start: str, length: int) -> None:
    """64 KiB take well under a second of processor time. A backtracking expression would take hours."""
    took = {
        unit: seconds_of_all_steps((start + unit * length)[: length // len(plain(unit) or unit)]) for unit in UNITS
    }
    assert {unit: seconds for unit, seconds in took.items() if seconds > 10 * length / LONG} == {}


def seconds_of_all_steps(body: str) -> float:
    begun = time.process_time()
    for step in STEPS:
        step(body)
    return time.process_time() - begun


@pytest.mark.parametrize(
    ("body", "needed"),
    [
        ("Yes please", False),
        ("No", False),
        ("Yes Fri", True),
        ("ok 11", True),
        ("Fwd: A slot opened", True),
        ("", False),
    ],
)
def test_short_answers_are_judged_without_our_texts(body: str, needed: bool) -> None:
    assert needs_our_texts(body) is needed


def test_there_are_expressions_to_try() -> None:
    assert len(PATTERNS) >= 3
