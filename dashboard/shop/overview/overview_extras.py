"""Additional values for the overview from other features. shop/overview.html includes their templates."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from dashboard.shop.overview import first_day, what_if

OverviewExtra = Callable[[Session], dict[str, Any]]
"""Returns values for the template. Reads in the page's transaction, which is limited to the signed-in shop."""

EXTRAS: tuple[OverviewExtra, ...] = (first_day.overview_values, what_if.values)
