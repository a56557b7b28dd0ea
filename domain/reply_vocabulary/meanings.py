"""The meanings of a word or phrase in a reply."""

from enum import Enum


class ReplyMeaning(Enum):
    OPT_OUT = "opts out anywhere in the text"
    OPT_OUT_AT_EDGE = "opts out at the beginning or end of a clause"
    OPT_OUT_ALONE = "opts out if it is the whole message"
    START_ALONE = "lifts the opt-out if it is the whole message"
    LEAVE_ALONE = "leaves the waiting list if it is the whole message"
    HELP_ALONE = "asks for help if it is the whole message"
    WHO = "asks who the sender is, at the beginning of a clause"
    AUTOMATIC = "belongs to an automatic reply, anywhere in the text"
    YES = "accepts at the beginning of the message"
    ACCEPT = "accepts if the message contains only accepting words"
    YES_ALONE = "like ACCEPT, but has another meaning next to any other word"
    NO = "declines anywhere in the text"
    NO_ALONE = "declines if it is the whole message"
    NOT = "declines if it is the whole clause, and turns an accepting word in the same clause into a no"
    BUT = "begins a new clause, and withdraws a yes or makes it conditional"
    HEDGE = "withdraws a yes or makes it conditional"
    POLITE = "neither accepts nor declines, and is ignored"
    FORMAL = "neither accepts nor declines, and may be automatic: all other words of the message must accept"
    NEUTRAL = "neither accepts nor declines, but contains a word that has a meaning by itself"
    OTHER_TIME = "names a day, a time or a number that our texts do not name"
    UNKNOWN = "any other word"


Entries = dict[ReplyMeaning, dict[str, str]]
"""Comma-separated entries, by meaning and language."""
