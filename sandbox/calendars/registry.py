"""The stand-ins by kind, and their routes."""

from flask import Blueprint

from sandbox.calendars import calcom
from sandbox.calendars.stand_in import StandIn

STAND_INS: dict[str, StandIn] = {one.kind: one for one in (calcom.CALCOM,)}
BLUEPRINTS: tuple[Blueprint, ...] = (calcom.bp,)
