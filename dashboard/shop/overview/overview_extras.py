"""Further values of the overview from other features, each with a template that shop/overview.html includes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from dashboard.shop.overview import first_day, what_if

OverviewExtra = Callable[[Session], dict[str, Any]]
"""Reads within the page's transaction, limited to the signed-in shop; returns values of the template."""

EXTRAS: tuple[OverviewExtra, ...] = (first_day.overview_values, what_if.values)
