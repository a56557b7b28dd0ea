"""What customers write, and what it means."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.replies import Reply, classify
from domain.reply_words import WORDS, Meaning

SAID = {
    Reply.YES: [
        *[
            "Yes please",
            "YES!",
            "y",
            "Y.",
            "yeah ok",
            "Sí",
            "si",
            "oui",
            "Ja bitte",
            "yes",
            " YES ",
            "yesss",
            "yep!!!",
        ],
        *["👍", "👍🏽", "ok 👍", "Yes👍", "Ok", "sure", "D'accord", "Oui, s’il vous plaît", "gerne", "Sí, por favor"],
        *["Y\u200bE\u200dS", "\ufeffYes", "ＹＥＳ", "yes\u00a0please", "“Yes”", "yes_please", "\u202eYES\u202c"],
        *["yes no problem", "no problem, yes", "Yes, can't wait!", "Sí, no hay problema", "pas de souci, oui"],
        *["yes I don't mind", "Yes I'm not busy", "Yes, see you tomorrow", "yes but I'll be 5 minutes late"],
        *["Yes, what time?", "yes what time is it?", "can I pay cash? yes", "stop by at 5? yes", "YES 10:30"],
        *["yes, at the end of the day", "Why not!", "I'll take it", "I’ll take it"],
        *["Liked “A slot opened tomorrow at 10:30. Reply YES to book. £20 deposit applies.”"],
    ],
    Reply.NO: [
        *["no", "No.", "n", "no thanks", "not today", "Not today", "sorry, I can't", "sorry, I can’t", "I cant"],
        *["already booked elsewhere", "nope", "noooo", "👎", "no thanks 👍", "ok no", "maybe not", "I'm good thanks"],
        *["non merci", "nein danke", "heute nicht", "no puedo", "hoy no", "claro que no", "Gerne ein andermal"],
        *["I can't stop by today", "Can't come, cancel", "No, do you have tomorrow?", "busy", "I can not"],
        *["Disliked “A slot opened tomorrow at 10:30. Reply YES to book. £20 deposit applies.”"],
    ],
    Reply.STOP: [
        *["STOP", "stop", "Stop.", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL", "cancel"],
        *[
            "stop please",
            "cancel please!",
            "STOP STOP",
            "stoooop",
            "🛑",
            "opt-out",
            "Opt out",
            "ｓｔｏｐ",
            "S\u200bTOP",
        ],
        *["please stop texting me", "stop texting me", "remove me", "unsubscribe me", "take me off your list"],
        *["no more texts", "Don't text me again", "do not contact me", "leave me alone", "wrong number"],
        *["arrêtez", "Abmelden", "baja", "nicht mehr schreiben", "bitte keine SMS mehr", "no me escriban más"],
        *["désabonnez-moi", "ne m’écrivez plus", "Yes. STOP", "yes stop", "no, stop", "stop it", "Stop! I said yes"],
        *["yes, stop texting me", "can you stop texting me?"],
    ],
    Reply.START: ["START", "start", "Start please", "unstop", "UNSTOP!"],
    Reply.UNCLEAR: [
        *["", " ", "?", "maybe", "what time?", "yesterday", "yes?", "is it yes?", "¿Sí?", "ok?", "why not?"],
        *["no, yes I mean no", "yes/no", "yes or no", "maybe yes", "I'm not sure", "ok let me check", "no deposit?"],
        *["thanks", "no problem", "who is this?", "cancel my appointment", "can we start at 5", "nobody", "notyes"],
        *[
            "great but I'm working",
            "where is the bus stop?",
            "The end",
            "eyes",
            "okra",
            "stopwatch",
            "\x00",
            "\ud800",
        ],
    ],
}
CASES = [(body, reply) for reply, bodies in SAID.items() for body in bodies]

MEANS_ALONE = {
    Meaning.OPT_OUT: Reply.STOP,
    Meaning.OPT_OUT_AT_EDGE: Reply.STOP,
    Meaning.OPT_OUT_ALONE: Reply.STOP,
    Meaning.START_ALONE: Reply.START,
    Meaning.YES: Reply.YES,
    Meaning.MILD_YES: Reply.YES,
    Meaning.YES_ALONE: Reply.YES,
    Meaning.NO: Reply.NO,
    Meaning.MILD_NO: Reply.NO,
    Meaning.NO_ALONE: Reply.NO,
    Meaning.HEDGE: Reply.UNCLEAR,
    Meaning.MILD_HEDGE: Reply.UNCLEAR,
    Meaning.POLITE: Reply.UNCLEAR,
    Meaning.NEUTRAL: Reply.UNCLEAR,
}
ENTRIES = [
    (entry, meaning)
    for meaning, languages in WORDS.items()
    for entries in languages.values()
    for entry in entries.split(", ")
]
OPT_OUTS = [entry for entry, meaning in ENTRIES if meaning is Meaning.OPT_OUT]
ANY_ENTRY = st.sampled_from([entry for entry, _ in ENTRIES])


@pytest.mark.parametrize(("body", "reply"), CASES, ids=[repr(body) for body, _ in CASES])
def test_a_reply_is_understood(body: str, reply: Reply) -> None:
    assert classify(body) is reply


@pytest.mark.parametrize(("entry", "meaning"), ENTRIES)
def test_every_entry_of_the_table_means_what_its_heading_says(entry: str, meaning: Meaning) -> None:
    assert classify(entry) is MEANS_ALONE[meaning]


def test_no_entry_stands_under_two_headings() -> None:
    headings: dict[str, set[Meaning]] = {}
    for entry, meaning in ENTRIES:
        headings.setdefault(entry, set()).add(meaning)
    assert {entry: found for entry, found in headings.items() if len(found) > 1} == {}


@given(st.text())
def test_any_text_at_all_gets_an_answer(body: str) -> None:
    assert classify(body) in Reply


@given(ANY_ENTRY, ANY_ENTRY, st.sampled_from(["", "!", ".", " !!", "\n", "\u200b"]))
def test_capitals_and_punctuation_change_nothing(first: str, second: str, end: str) -> None:
    body = f"{first}, {second}"
    assert classify(f"  {body.upper()}{end}") is classify(body)


@given(ANY_ENTRY, st.sampled_from(OPT_OUTS), ANY_ENTRY)
def test_an_opt_out_beats_whatever_stands_around_it(before: str, opt_out: str, after: str) -> None:
    assert classify(f"{before}. {opt_out}. {after}") is Reply.STOP


@given(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.sampled_from(["yes", "no", "stop", "start"]))
def test_a_word_inside_another_is_not_that_word(letters: str, word: str) -> None:
    known = {entry for entry, _ in ENTRIES}
    longer = f"{word}q{letters}"
    assert longer in known or classify(longer) is Reply.UNCLEAR


@pytest.mark.parametrize("unit", ["yes ", '"a ', "“a b c d e", "?!", "\ufdfa", "stop by ", "a", "👍", "e\u0301"])
def test_ten_megabytes_take_no_longer_than_a_text(unit: str) -> None:
    body = unit * (10_000_000 // len(unit))
    begun = time.perf_counter()
    assert classify(body) in Reply
    assert time.perf_counter() - begun < 1
