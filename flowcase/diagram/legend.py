"""Legends: what the colours and signs of a picture mean, and the path that is red in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from flowcase.diagram.captions import Captions
from flowcase.diagram.chart import Chart, Step
from flowcase.diagram.measure import width_of, wrapped

SIZE, ROW = 11.0, 20.0
_SIGN, _GAP = 24.0, 20.0
_MOST_STEPS = 60

Sign = Literal["owner", "tier", "final", "clock", "start", ""]


@dataclass(frozen=True, slots=True)
class Entry:
    """A sign and what it means, at (x, y): of its row's middle, in pixels from the legend's corner.

    about: the owner or the tier whose colour it has.
    """

    sign: Sign
    about: str
    text: str
    x: float
    y: float
    hot: bool = False

    @property
    def text_x(self) -> float:
        """Where the text begins."""
        return self.x + (_SIGN if self.sign else 0.0)


def legend(
    captions: Captions, chart: Chart, path: Sequence[Step], width: float
) -> tuple[tuple[Entry, ...], float]:
    """Return the entries of a legend so wide, and its height; both in pixels."""
    entries: list[Entry] = []
    y = 0.0
    for row in _rows(captions, chart):
        x, any_in_row = 0.0, False
        for sign, about, text in row:
            (short, *_) = wrapped(text, SIZE, width - _SIGN)
            needed = _SIGN + width_of(short, SIZE)
            if any_in_row and x + needed > width:
                x, y = 0.0, y + ROW
            entries.append(Entry(sign, about, short, x, y + ROW / 2))
            x, any_in_row = x + needed + _GAP, True
        y += ROW if any_in_row else 0.0
    for text, hot in _sentences(captions, chart, path):
        for line in wrapped(text, SIZE, width):
            entries.append(Entry("", "", line, 0.0, y + ROW / 2, hot))
            y += ROW
    return tuple(entries), y


def _rows(captions: Captions, chart: Chart) -> Iterator[list[tuple[Sign, str, str]]]:
    owners = owners_of(chart)
    yield [("owner", owner, captions.who(owner)) for owner in owners]
    tiers = captions.workflow.document.tiers
    used = any(box.tier is not None for box in chart.boxes.values())
    yield [("tier", tier, captions.tier(tier)) for tier in tiers if used]
    signs: list[tuple[Sign, str, str]] = [
        ("start", "", captions.say("a case is opened", "立案")),
        ("final", "", captions.say("final state", "终结状态")),
    ]
    if any(line.clock for box in chart.boxes.values() for line in box.lines):
        signs.append(("clock", "", captions.say("fired by a clock", "由时钟触发")))
    yield signs


def owners_of(chart: Chart) -> list[str]:
    """Return whoever owns a state, each once, in the document's order."""
    return list(dict.fromkeys(box.owner for box in chart.boxes.values() if box.owner))


def _sentences(
    captions: Captions, chart: Chart, path: Sequence[Step]
) -> Iterator[tuple[str, bool]]:
    if chart.everywhere:
        moves = captions.say("; ", "；").join(chart.everywhere)
        yield captions.say(f"In every state: {moves}", f"各状态均可：{moves}"), False
    if path:
        yield captions.say("The path in red:", "红色路径："), True
    for number, step in enumerate(path[:_MOST_STEPS], start=1):
        yield f"{number}. {_told(captions, step)}", True
    if len(path) > _MOST_STEPS:
        more = len(path) - _MOST_STEPS
        yield captions.say(f"… and {more} more steps", f"……另有 {more} 步"), True


def _told(captions: Captions, step: Step) -> str:
    who = captions.who(step.who)
    rung = "" if step.rung is None else f" [{captions.rung(step.rung)}]"
    said = captions.trigger(step.trigger)
    if step.trigger in ("ring", "recompute"):
        said = captions.say("tells", "提醒")
    colon = captions.say(": ", "：")
    moved = "" if step.source == step.dest else f" → {captions.state(step.dest)}"
    when = f"{step.at:%Y-%m-%d %H:%M}  " if step.at is not None else ""
    return f"{when}{who}{rung}{colon}{said}{moved}"
