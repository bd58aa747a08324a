"""Pictures as SVG text: a few shapes, axes that read, every word escaped; no script, no font, no address."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

INK, GREY, PALE, BLUE, RED = "#1d2733", "#66727f", "#c9d3dd", "#2f6fb0", "#c2502e"
TICKS = 5


def text(x: float, y: float, words: str, *, size: int = 12, fill: str = INK, anchor: str = "start") -> str:
    """Write words; `y` is their base line.

    >>> text(1, 2, "<b>")
    '<text x="1.0" y="2.0" font-size="12" fill="#1d2733" text-anchor="start">&lt;b&gt;</text>'
    """
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}" text-anchor="{anchor}">{escape(words)}</text>'
    )


def line(x1: float, y1: float, x2: float, y2: float, stroke: str, *, dash: str = "", width: float = 1.0) -> str:
    """Draw a line."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" '
        f'stroke-width="{width:g}"{dashed}/>'
    )


def rect(x: float, y: float, width: float, height: float, fill: str, hint: str = "") -> str:
    """Draw a bar; the hint shows where a pointer rests on it."""
    title = f"<title>{escape(hint)}</title>" if hint else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{max(height, 0):.1f}" '
        f'fill="{fill}">{title}</rect>'
    )


def picture(width: float, height: float, title: str, shapes: Sequence[str]) -> str:
    """Put shapes into a picture; the title is what screen readers say."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" font-family="system-ui, sans-serif"><title>{escape(title)}</title>'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(shapes)}</svg>'
    )


def round_step(span: float) -> float:
    """Give a step of 1, 2 or 5 times a power of ten that parts a span into about five.

    >>> round_step(23.0), round_step(0.4)
    (5.0, 0.1)
    """
    raw = max(span, 1e-12) / TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    return float(next(power * step for step in (1, 2, 5, 10) if raw <= power * step * (1 + 1e-9)))


@dataclass(frozen=True)
class Bars:
    """A panel of bars over whole numbers 0, 1, ..., with a title, a scale on the left and marks below.

    Parameters
    ----------
    x, y, width, height
        Of the whole panel.
    count
        Number of bars.
    highest
        What the top of the scale has to hold.
    """

    x: float
    y: float
    width: float
    height: float
    count: int
    highest: float

    @property
    def ground(self) -> float:
        """Base line of the bars."""
        return self.y + self.height - 34

    @property
    def left(self) -> float:
        """Where the first bar begins."""
        return self.x + 46

    @property
    def pitch(self) -> float:
        """From one bar to the next."""
        return (self.width - 56) / max(self.count, 1)

    def at(self, value: float) -> float:
        """Height of a value on the page."""
        top = self.y + 34
        return self.ground - (self.ground - top) * value / self.highest if self.highest > 0 else self.ground

    def middle(self, number: float) -> float:
        """Middle of the bar of that number on the page."""
        return self.left + (number + 0.5) * self.pitch

    def frame(self, title: str, below: str, least: float = 0.0) -> list[str]:
        """Draw title, scale and base line; the scale's steps are `least` at least: 1 where nothing comes in parts."""
        step = max(round_step(self.highest), least)
        shapes = [text(self.x, self.y + 14, title, size=13)]
        marks = int(self.highest / step + 1e-9) if self.highest > 0 else 0
        for mark in range(marks + 1):
            height = self.at(mark * step)
            shapes.append(line(self.left, height, self.left + self.count * self.pitch, height, "#e6ebf0"))
            shapes.append(text(self.left - 6, height + 4, f"{mark * step:g}", size=11, fill=GREY, anchor="end"))
        shapes.append(line(self.left, self.ground, self.left + self.count * self.pitch, self.ground, GREY))
        shapes.append(
            text(self.left + self.count * self.pitch, self.y + self.height - 2, below, size=11, fill=GREY, anchor="end")
        )
        return shapes

    def bar(self, number: int, value: float, fill: str, hint: str) -> str:
        """Draw a bar."""
        gap = min(self.pitch * 0.15, 3.0)
        top = self.at(value)
        return rect(self.left + number * self.pitch + gap / 2, top, self.pitch - gap, self.ground - top, fill, hint)

    def mark(self, number: float, words: str) -> str:
        """Write a mark below the bar of that number."""
        return text(self.middle(number), self.ground + 14, words, size=11, fill=GREY, anchor="middle")
