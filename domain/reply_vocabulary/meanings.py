"""The meanings of a word or phrase in a reply."""

from enum import Enum


class ReplyMeaning(Enum):
    OPT_OUT = "opts out anywhere in the text"
    OPT_OUT_AT_EDGE = "opts out as the first or last word of a clause"
    OPT_OUT_ALONE = "opts out as the whole message"
    START_ALONE = "lifts the opt-out as the whole message"
    LEAVE_ALONE = "leaves the waiting list as the whole message"
    HELP_ALONE = "asks for help as the whole message"
    WHO = "asks who is writing, at the beginning of a clause"
    AUTOMATIC = "is written by a machine, anywhere in the text"
    YES = "accepts at the beginning of the message"
    ACCEPT = "accepts where nothing but accepting words is said"
    YES_ALONE = "the same, and means something else beside any other word"
    NO = "declines anywhere in the text"
    NO_ALONE = "declines as the whole message"
    NOT = "declines by itself, and turns an accepting word beside it into a no"
    HEDGE = "takes a yes back, or makes it depend on something"
    POLITE = "says nothing either way, and is overlooked"
    FORMAL = "says nothing either way, but a machine may be writing: a yes after it must be all that is said"
    NEUTRAL = "holds a word that means something else by itself"
    OTHER_TIME = "names a day, a time or a number that our texts don't name"
    UNKNOWN = "any other word"


Entries = dict[ReplyMeaning, dict[str, str]]
"""Comma-separated entries, by meaning and language."""
