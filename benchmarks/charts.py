"""Line charts as SVG, without a library: axes with few round ticks, lines with their names at the end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 70, 130, 40, 56
COLOURS = ("#0b6e99", "#c2410c", "#4d7c0f", "#7e22ce", "#475569")
NAME_GAP = 15  # pixels between names at the ends of lines
TICKS = 5


@dataclass(frozen=True)
class Line:
    """A named line through points."""

    name: str
    points: Sequence[tuple[float, float]]
    steps: bool = False


@dataclass(frozen=True)
class Scale:
    """Maps values from `low` to `high` onto pixels from `begin` to `end`."""

    low: float
    high: float
    begin: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Return the pixel of a value."""
        low, high, value = (math.log(x) if self.log else x for x in (self.low, self.high, value))
        return self.begin + (value - low) / (high - low) * (self.end - self.begin)

    @property
    def ticks(self) -> list[float]:
        """Round values within the scale."""
        if self.log:
            powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            marks = [step * 10.0**power for power in powers for step in (1, 2, 3, 5)]
        else:
            step = 10.0 ** math.floor(math.log10((self.high - self.low) / TICKS))
            step = next(step * k for k in (1, 2, 5, 10) if (self.high - self.low) / (step * k) <= TICKS)
            marks = [step * k for k in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]
        return [mark for mark in marks if self.low <= mark <= self.high]


def chart(
    title: str, lines: Sequence[Line], *, x: str, y: str, note: str = "", log_x: bool = False, from_zero: bool = True
) -> str:
    """Return a line chart as the text of an SVG.

    Parameters
    ----------
    title, note
        Above the chart, and in small letters below it (where the data comes from).
    lines
        At most five, with points in any order.
    x, y
        What the axes count, with the unit.
    log_x
        Whether the horizontal axis is logarithmic.
    from_zero
        Whether the vertical axis begins at zero; else somewhat below the least value.

    Raises
    ------
    ValueError
        When there is nothing to draw.
    """
    xs = [point[0] for line in lines for point in line.points]
    ys = [point[1] for line in lines for point in line.points]
    if not xs:
        raise ValueError(f"{title}: there are no points to draw")
    room = (max(ys) - min(ys)) or abs(max(ys)) or 1.0
    floor = 0.0 if from_zero else max(0.0, min(ys) - 0.1 * room)
    across = Scale(min(xs), max(xs) if max(xs) > min(xs) else min(xs) + 1, LEFT, WIDTH - RIGHT, log_x)
    up = Scale(floor, max(ys) + 0.05 * room, HEIGHT - BOTTOM, TOP)
    body = [*_axes(across, up, x, y), *_lines(lines, across, up)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">'
    back = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    told = [_text(LEFT, 22, title, 15, "#111", weight="bold"), _text(LEFT, HEIGHT - 6, note, 9, "#666")]
    return "\n".join([head, back, *told, *body, "</svg>"]) + "\n"


def _axes(across: Scale, up: Scale, x: str, y: str) -> list[str]:
    made = []
    for tick in up.ticks:
        made.append(f'<path d="M{LEFT} {up(tick):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        made.append(_text(LEFT - 6, up(tick) + 4, f"{tick:,.10g}", 11, "#444", anchor="end"))
    for tick in across.ticks:
        made.append(f'<path d="M{across(tick):.1f} {HEIGHT - BOTTOM}v4" stroke="#444"/>')
        made.append(_text(across(tick), HEIGHT - BOTTOM + 17, f"{tick:,.10g}", 11, "#444", anchor="middle"))
    made.append(f'<path d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}" fill="none" stroke="#444"/>')
    made.append(_text(LEFT, TOP - 5, y, 11, "#444"))
    made.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 32, x, 11, "#444", anchor="middle"))
    return made


def _lines(lines: Sequence[Line], across: Scale, up: Scale) -> list[str]:
    made, ends = [], []
    for line, colour in zip(lines, COLOURS, strict=False):
        points = sorted(line.points)
        spots = [(across(a), up(b)) for a, b in points]
        path = f"M{spots[0][0]:.1f} {spots[0][1]:.1f}"
        for a, b in spots[1:]:
            path += f"H{a:.1f}V{b:.1f}" if line.steps else f"L{a:.1f} {b:.1f}"
        made.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        made += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>' for a, b in spots if not line.steps]
        ends.append((spots[-1][1], line.name, colour))
    last = float("-inf")
    for height, name, colour in sorted(ends):
        last = max(height, last + NAME_GAP)
        made.append(_text(WIDTH - RIGHT + 8, last + 4, name, 12, colour))
    return made


def _text(x: float, y: float, text: str, size: int, fill: str, *, anchor: str = "start", weight: str = "normal") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}"'
    return f'<text {place} text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>'
