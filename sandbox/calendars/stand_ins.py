"""The stand-ins, keyed by the kind of calendar, and their routes."""

from flask import Blueprint

from sandbox.calendars import acuity, calcom, google, ics, square
from sandbox.calendars.stand_in import StandIn

STAND_INS: dict[str, StandIn] = {
    one.kind: one for one in (calcom.CALCOM, square.SQUARE, acuity.ACUITY, google.GOOGLE, ics.ICS)
}
BLUEPRINTS: tuple[Blueprint, ...] = (calcom.bp, square.bp, acuity.bp, google.bp, ics.bp)
