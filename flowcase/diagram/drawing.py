"""Drawings: writes a workflow as an SVG picture, of plain shapes and real text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from flowcase.diagram.captions import Captions
from flowcase.diagram.chart import (
    BAND,
    CLOCK_ROOM,
    PADDING,
    Box,
    Chart,
    Line,
    Link,
    Step,
    chart,
)
from flowcase.diagram.layout import Arrangement, Place, arrange
from flowcase.diagram.legend import SIZE, Entry, legend, owners_of
from flowcase.diagram.measure import wrapped
from flowcase.workflows.rules import Workflow

FONTS = (
    "'Noto Sans CJK SC', 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', 'Source Han Sans SC', "
    "'WenQuanYi Zen Hei', 'Droid Sans Fallback', Arial, 'Liberation Sans', 'DejaVu Sans', "
    "sans-serif"
)
_INK, _QUIET, _LINE, _HOT, _PAPER = "#1b2430", "#4a5563", "#66727f", "#c81e1e", "#ffffff"
_FINAL = "#eef0f2"
_OWNERS = (
    *("#dbeafe", "#dcfce7", "#fef3c7", "#ede9fe", "#fce7f3"),
    *("#cffafe", "#ffedd5", "#e7e5e4", "#ecfccb", "#fee2e2"),
)
_LOW, _HIGH = (196, 181, 253), (76, 29, 149)  # of the tiers
_MARGIN, _NARROWEST, _CORNER = 24.0, 560.0, 6.0
_HEAD = 17.0
#: Controls, formats (which turn text round), surrogates, private and unknown ones, line breaks.
_FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def draw(workflow: Workflow, lang: str = "en", path: Sequence[Step] = ()) -> str:
    """Return a workflow as an SVG picture.

    lang: "zh" or "en", of the titles. path: moves to be drawn in red, as the prover found them.
    Each text is escaped, there are no scripts and nothing is loaded; the paper is white, on dark
    pages too. The same workflow and path give the same picture.
    Errors: FlowcaseError naming the extra, if the layout library is not installed.
    """
    captions = Captions(workflow, lang)
    drawn = chart(captions, path)
    sizes = {name: box.size for name, box in drawn.boxes.items()}
    found = arrange(sizes, [(link.source, link.dest) for link in drawn.links])
    return "\n".join(_Picture(captions, drawn, found, tuple(path)).lines()) + "\n"


@dataclass(frozen=True, slots=True)
class _Picture:
    captions: Captions
    chart: Chart
    found: Arrangement
    path: tuple[Step, ...]

    def lines(self) -> Iterator[str]:
        """Yield the picture: head, links, boxes, legend."""
        room = max(self.found.width, _NARROWEST)
        titles = wrapped(self._title, _HEAD, room, bold=True)
        top = _MARGIN + len(titles) * _HEAD * 1.4 + 34
        entries, below = legend(self.captions, self.chart, self.path, room)
        width, height = room + 2 * _MARGIN, top + self.found.height + 28 + below + _MARGIN
        yield from self._opened(width, height)
        y = _MARGIN + _HEAD
        for text in titles:
            yield _text(text, _MARGIN, y, _HEAD, bold=True)
            y += _HEAD * 1.4
        document = self.captions.workflow.document
        version = self.captions.say(f"version {document.version}", f"第 {document.version} 版")
        yield _text(f"{document.name} · {version}", _MARGIN, y, SIZE, colour=_QUIET)
        x = _MARGIN + (room - self.found.width) / 2
        yield f'<g transform="translate({_n(x)} {_n(top)})">'
        yield from self._links()
        for name, box in self.chart.boxes.items():
            yield from self._box(box, self.found.places[name])
        yield "</g>"
        yield f'<g transform="translate({_n(_MARGIN)} {_n(top + self.found.height + 28)})">'
        for entry in entries:
            yield from self._entry(entry)
        yield from ("</g>", "</svg>")

    @property
    def _title(self) -> str:
        return self.captions.workflow.document.title.in_language(self.captions.language)

    def _opened(self, width: float, height: float) -> Iterator[str]:
        key = f"flowcase-{self.captions.workflow.digest[:12]}"
        states = [name for name, box in self.chart.boxes.items() if box.kind == "state"]
        named = ", ".join(self.captions.state(name) for name in states)
        told = self.captions.say(
            f"A state diagram of {len(states)} states: {named}.",
            f"状态图，共 {len(states)} 个状态：{named}。",
        )
        language = "zh-Hans" if self.captions.language == "zh" else "en"
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}" height="{_n(height)}" '
            f'viewBox="0 0 {_n(width)} {_n(height)}" role="img" xml:lang="{language}" '
            f'aria-labelledby="{key}-title {key}-desc" font-family="{FONTS}">'
        )
        yield f'<title id="{key}-title">{_safe(self._title)}</title>'
        yield f'<desc id="{key}-desc">{_safe(told)}</desc>'
        yield f'<rect class="paper" width="100%" height="100%" rx="8" fill="{_PAPER}"/>'

    def _links(self) -> Iterator[str]:
        """Yield the lines, those of the path last, so that nothing hides them."""
        pairs = list(zip(self.chart.links, self.found.routes, strict=True))
        for link, points in sorted(pairs, key=lambda pair: pair[0].hot):
            yield from _link(link, points)

    def _box(self, box: Box, place: Place) -> Iterator[str]:
        if box.kind == "start":
            x, y = place.x + place.width / 2, place.y + place.height / 2
            yield f'<circle class="start" cx="{_n(x)}" cy="{_n(y)}" r="7" fill="{_ink(box.hot)}"/>'
            return
        if box.kind == "label":
            yield _rect("label", place, f'rx="3" fill="{_PAPER}"')
            yield from _lines(box.lines, place.x + 4, place.y + 2)
            return
        yield "<g>"
        yield f"<title>{_safe(box.hint)}</title>"
        stroke = _ink(box.hot) if box.hot or box.final else _LINE
        width = 2.5 if box.hot else 1.2
        fill = _FINAL if box.owner is None else self._owner_colour(box.owner)
        rounded = f'rx="{_n(_CORNER)}"'
        yield _rect(
            "state", place, f'{rounded} fill="{fill}" stroke="{stroke}" stroke-width="{width}"'
        )
        if box.final:
            inner = Place(place.x + 3, place.y + 3, place.width - 6, place.height - 6)
            yield _rect("final", inner, f'rx="4" fill="none" stroke="{stroke}" stroke-width="1"')
        if box.tier is not None:
            band = Place(place.x + 3, place.y + 4, BAND - 2, place.height - 8)
            yield _rect("tier", band, f'rx="2" fill="{self._tier_colour(box.tier)}"')
        yield from _lines(box.lines, place.x + PADDING + BAND / 2, place.y + PADDING)
        yield "</g>"

    def _entry(self, entry: Entry) -> Iterator[str]:
        x, y = entry.x, entry.y
        if entry.sign in ("owner", "final"):
            fill = self._owner_colour(entry.about) if entry.sign == "owner" else _FINAL
            place = Place(x, y - 6, 16, 12)
            yield _rect("sign", place, f'rx="3" fill="{fill}" stroke="{_LINE}"')
            if entry.sign == "final":
                inner = Place(x + 2.5, y - 3.5, 11, 7)
                yield _rect("sign", inner, f'rx="2" fill="none" stroke="{_INK}"')
        elif entry.sign == "tier":
            fill = self._tier_colour(entry.about)
            yield _rect("sign", Place(x + 6, y - 7, BAND - 2, 14), f'rx="2" fill="{fill}"')
        elif entry.sign == "start":
            yield f'<circle class="sign" cx="{_n(x + 8)}" cy="{_n(y)}" r="6" fill="{_INK}"/>'
        elif entry.sign == "clock":
            yield _clock(x + 8, y, _INK)
        colour = _HOT if entry.hot else _INK
        yield _text(entry.text, entry.text_x, y + SIZE * 0.36, SIZE, colour=colour)

    def _owner_colour(self, owner: str) -> str:
        return _OWNERS[owners_of(self.chart).index(owner) % len(_OWNERS)]

    def _tier_colour(self, tier: str) -> str:
        """Return the darker the higher the tier."""
        workflow = self.captions.workflow
        share = workflow.tier_rank(tier) / max(len(workflow.document.tiers) - 1, 1)
        mixed = (round(low + (high - low) * share) for low, high in zip(_LOW, _HIGH, strict=True))
        return "#" + "".join(f"{part:02x}" for part in mixed)


def _link(link: Link, points: Sequence[tuple[float, float]]) -> Iterator[str]:
    colour, width = (_HOT, 2.2) if link.hot else (_LINE, 1.2)
    tip = ""
    if link.arrow:
        (x, y), (before_x, before_y) = points[-1], points[-2]
        length = max(abs(x - before_x) + abs(y - before_y), 0.001)
        along_x, along_y = (x - before_x) / length, (y - before_y) / length
        back_x, back_y, side_x, side_y = x - 8 * along_x, y - 8 * along_y, -4 * along_y, 4 * along_x
        corners = ((x, y), (back_x + side_x, back_y + side_y), (back_x - side_x, back_y - side_y))
        shape = " ".join(f"{_n(each[0])},{_n(each[1])}" for each in corners)
        tip = f'<polygon class="tip" points="{shape}" fill="{colour}"/>'
        points = (*points[:-1], (x - 6 * along_x, y - 6 * along_y))  # ends within the tip
    path = _curve(points)
    yield (
        f'<path class="link" d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>{tip}'
    )


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """Return a line through points with rounded corners, as the data of an SVG path."""
    said = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for before, (x, y), after in zip(points, points[1:], points[2:], strict=False):
        into, out = _near((x, y), before), _near((x, y), after)
        said.append(f"L{_n(into[0])} {_n(into[1])} Q{_n(x)} {_n(y)} {_n(out[0])} {_n(out[1])}")
    return " ".join([*said, f"L{_n(points[-1][0])} {_n(points[-1][1])}"])


def _near(corner: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """Return the point on the way from a corner where its rounding begins or ends."""
    (x, y), (other_x, other_y) = corner, other
    length = max(abs(other_x - x) + abs(other_y - y), 0.001)
    share = min(_CORNER, length / 2) / length
    return x + (other_x - x) * share, y + (other_y - y) * share


def _lines(lines: Sequence[Line], x: float, y: float) -> Iterator[str]:
    """Yield a box's lines from the upper left corner of the first."""
    for line in lines:
        base = y + line.height / 2 + line.size * 0.36
        colour = _HOT if line.hot else _QUIET if line.quiet else _INK
        if line.clock:
            yield _clock(x + 5, y + line.height / 2, colour)
        inset = CLOCK_ROOM if line.inset else 0.0
        yield _text(line.text, x + inset, base, line.size, bold=line.bold, colour=colour)
        y += line.height


def _text(
    text: str, x: float, y: float, size: float, *, bold: bool = False, colour: str = _INK
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}"{weight} fill="{colour}">'
        f"{_safe(text)}</text>"
    )


def _rect(kind: str, place: Place, rest: str) -> str:
    return (
        f'<rect class="{kind}" x="{_n(place.x)}" y="{_n(place.y)}" width="{_n(place.width)}" '
        f'height="{_n(place.height)}" {rest}/>'
    )


def _clock(x: float, y: float, colour: str) -> str:
    """Return the sign of a clock around a point; no emoji, which few fonts have."""
    return (
        f'<path class="clock" d="M{_n(x - 4.5)} {_n(y)} a4.5 4.5 0 1 0 9 0 a4.5 4.5 0 1 0 -9 0 '
        f'M{_n(x)} {_n(y - 2.8)} V{_n(y)} H{_n(x + 2.2)}" fill="none" stroke="{colour}" '
        'stroke-width="1.1"/>'
    )


def _ink(hot: bool) -> str:
    return _HOT if hot else _INK


def _n(number: float) -> str:
    """Return a length to a tenth of a pixel, without a needless end."""
    return f"{round(number, 1) + 0.0:.1f}".removesuffix(".0")


def _safe(text: str) -> str:
    """Return a text as XML text: escaped, and without what XML forbids or what turns it round."""
    return escape(
        "".join(
            "\N{REPLACEMENT CHARACTER}" if _forbidden(character) else character
            for character in text
        )
    )


def _forbidden(character: str) -> bool:
    return character != "\n" and unicodedata.category(character) in _FORBIDDEN
