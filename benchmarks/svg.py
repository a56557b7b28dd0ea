"""Draws bar and line charts as SVG for light and dark pages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, LABEL, BAR, GAP = 760, 330, 16, 6
COLOURS = ("#2563eb", "#d97706", "#059669", "#db2777", "#7c3aed")
STYLE = """<style>
text { font: 12px system-ui, sans-serif; fill: #1f2937 } .head { font-weight: 600; font-size: 14px }
.soft { fill: #6b7280 } .rule { stroke: #9ca3af; stroke-width: 1; fill: none } .bound { stroke: #dc2626 }
@media (prefers-color-scheme: dark) { text { fill: #e5e7eb } .soft { fill: #9ca3af } .rule { stroke: #6b7280 } }
</style>"""

Point = tuple[float, float]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _text(x: float, y: float, words: str, *, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def _line(start: Point, end: Point, kind: str = "rule") -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def _page(title: str, height: float, parts: Sequence[str]) -> str:
    size = f'viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(title)}">'
    return "\n".join([head, STYLE, _text(0, 16, title, kind="head"), *parts, "</svg>\n"])


def _legend(series: Sequence[str], y: float) -> list[str]:
    parts, x = [], float(LABEL)
    for number, name in enumerate(series):
        colour = COLOURS[number % len(COLOURS)]
        parts += [
            f'<rect x="{x:.0f}" y="{y - 9:.0f}" width="10" height="10" fill="{colour}"/>',
            _text(x + 14, y, name),
        ]
        x += 30 + 6.6 * len(name)
    return parts if len(series) > 1 else []


def bars(title: str, groups: Mapping[str, Mapping[str, float]], *, unit: str, bound: float | None = None) -> str:
    """A group of bars per name, one bar per series; `bound` is a line across all."""
    series = list(dict.fromkeys(name for group in groups.values() for name in group))
    most = max([*(value for group in groups.values() for value in group.values()), bound or 0]) or 1
    if bound is not None:
        # A bar far beyond the bound must not make all others short; its number shows the value.
        most = min(most, 3 * bound)
    per = (WIDTH - LABEL - 80) / most
    parts, y = _legend(series, 40), 52.0 if len(series) > 1 else 32.0
    for name, group in groups.items():
        parts.append(_text(LABEL - 8, y + BAR * len(group) / 2 + 4, name, anchor="end"))
        for one, value in group.items():
            fill, length = COLOURS[series.index(one) % len(COLOURS)], min(value, most) * per
            parts.append(f'<rect x="{LABEL}" y="{y:.1f}" width="{length:.1f}" height="{BAR - 2}" fill="{fill}"/>')
            parts.append(_text(LABEL + length + 5, y + BAR - 5, f"{_number(value)} {unit}", kind="soft"))
            y += BAR
        y += GAP
    if bound is not None:
        parts.append(_line((LABEL + bound * per, 26), (LABEL + bound * per, y), "rule bound"))
    return _page(title, y + 4, parts)


def lines(title: str, series: Mapping[str, Mapping[float, float]], *, unit: str, along: str) -> str:
    """A line per series; the x axis is logarithmic."""
    left, right, top, bottom = 60, WIDTH - 190, 40, 280
    xs = sorted({x for points in series.values() for x in points})
    most = max(value for points in series.values() for value in points.values()) * 1.1
    low, high = math.log10(xs[0]), math.log10(xs[-1])

    def place(x: float, value: float) -> Point:
        share = (math.log10(x) - low) / ((high - low) or 1)
        return left + share * (right - left), bottom - value / most * (bottom - top)

    parts = [_line((left, bottom), (right, bottom)), _line((left, top), (left, bottom))]
    parts += [_text(place(x, 0)[0], bottom + 16, _number(x), kind="soft", anchor="middle") for x in xs]
    parts += [_text((left + right) / 2, bottom + 34, along, kind="soft", anchor="middle")]
    for step in range(5):
        value = most * step / 4
        parts.append(_text(left - 6, place(xs[0], value)[1] + 4, _number(value), kind="soft", anchor="end"))
    parts.append(_text(left - 6, top - 10, unit, kind="soft", anchor="end"))
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in sorted(points.items())))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<rect x="{right + 12}" y="{top + 20 * number - 9}" width="10" height="10" fill="{colour}"/>')
        parts.append(_text(right + 27, top + 20 * number, name))
    return _page(title, bottom + 44, parts)
