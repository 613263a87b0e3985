"""Charts: bars as inline SVG, drawn with nothing but text; every value stands beside its bar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from unicodedata import east_asian_width

#: Width of a chart in its own units; it scales with the page.
WIDTH = 720
_ROW, _BAR, _GAP = 26, 16, 12
_LABEL_MOST = 240
#: Columns are never wider than if they were so many.
_FEWEST = 12
_CHARACTER = 7.2


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: how much, and the CSS class that colours it."""

    value: float
    kind: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: what it is of, its parts from left to right, and what is written behind it."""

    label: str
    parts: tuple[Part, ...]
    said: str


def bars(title: str, drawn: Sequence[Bar], *, full: float | None = None) -> str:
    """Return horizontal bars as an SVG element. full: what a whole width means; None: the longest.

    title: what a reader who cannot see it is told.
    """
    return "\n".join(_bars(title, drawn, full))


def columns(
    title: str, heights: Sequence[tuple[str, int]], *, marks: Sequence[tuple[float, str]]
) -> str:
    """Return vertical columns as an SVG element: their labels and heights, left to right.

    marks: lines across, at how many columns from the left (a fraction lies between two), and what
    is written at each.
    """
    return "\n".join(_columns(title, heights, marks))


def _bars(title: str, drawn: Sequence[Bar], full: float | None) -> Iterator[str]:
    left = min(max((_width(bar.label) for bar in drawn), default=0) + _GAP, _LABEL_MOST)
    right = max((_width(bar.said) for bar in drawn), default=0) + _GAP
    room = WIDTH - left - right
    longest = full or max((sum(part.value for part in bar.parts) for bar in drawn), default=0) or 1
    yield _open(title, _ROW * len(drawn) + 4)
    for number, bar in enumerate(drawn):
        top, x = number * _ROW + 4, left
        middle = top + _BAR - 4
        yield _text(left - _GAP / 2, middle, _cut(bar.label, left - _GAP), "label", "end")
        yield f'<rect class="track" x="{left:.1f}" y="{top}" width="{room:.1f}" height="{_BAR}"/>'
        for part in bar.parts:
            wide = room * part.value / longest
            if part.value:
                yield (
                    f'<rect class="{part.kind}" x="{x:.1f}" y="{top}" '
                    f'width="{max(wide, 1):.1f}" height="{_BAR}"/>'
                )
            x += wide
        yield _text(WIDTH - right + _GAP / 2, middle, bar.said, "value", "start")
    yield "</svg>"


def _columns(
    title: str, heights: Sequence[tuple[str, int]], marks: Sequence[tuple[float, str]]
) -> Iterator[str]:
    top, tall, foot = 50, 130, 20
    wide = WIDTH / max(len(heights), _FEWEST)
    highest = max((height for _, height in heights), default=0) or 1
    every = max(1, round(28 / wide))
    yield _open(title, top + tall + foot)
    for number, (_, height) in enumerate(heights):
        x, up = number * wide, tall * height / highest
        yield (
            f'<rect class="some" x="{x + wide * 0.1:.1f}" y="{top + tall - up:.1f}" '
            f'width="{wide * 0.8:.1f}" height="{up:.1f}"/>'
        )
    for number, (place, said) in enumerate(marks):
        x = (place + 0.5) * wide
        across, down = f'x1="{x:.1f}" x2="{x:.1f}"', f'y1="{6 + 14 * number}" y2="{top + tall}"'
        yield f'<line class="mark" {across} {down}/>'
        aside, anchor = (5, "start") if x < WIDTH / 2 else (-5, "end")
        yield _text(x + aside, 15 + 14 * number, said, "value", anchor)
    for number, (label, height) in enumerate(heights):
        middle, up = (number + 0.5) * wide, tall * height / highest
        if height and wide > 18:
            yield _text(middle, top + tall - up - 4, str(height), "value", "middle")
        if number % every == 0:
            yield _text(middle, top + tall + 15, label, "label", "middle")
    yield "</svg>"


def _open(title: str, height: float) -> str:
    said = escape(title)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{said}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{said}</title>'
    )


def _text(x: float, y: float, text: str, kind: str, anchor: str) -> str:
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _width(text: str) -> float:
    """Return about how wide a text is drawn."""
    return sum(_CHARACTER * (1.75 if east_asian_width(each) in "WF" else 1) for each in text)


def _cut(text: str, width: float) -> str:
    if _width(text) <= width:
        return text
    while text and _width(text) + 2 * _CHARACTER > width:
        text = text[:-1]
    return f"{text}…"
