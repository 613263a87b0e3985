"""Charts: what is to be drawn of a workflow, as boxes of text and links between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from flowcase.diagram.captions import Caption, Captions, joined
from flowcase.diagram.measure import width_of, wrapped
from flowcase.workflows.rules import Transition, Workflow

PADDING, CLOCK_ROOM, BAND = 9.0, 14.0, 6.0
TITLE, OWNER, LABEL, INNER = 13.0, 11.0, 11.0, 10.0
_ROOM, _LEAST = 250.0, 120.0
_MOST_INNER = 10
_SPACED = 1.4  # lines, of their size
START = "start"


class Step(Protocol):
    """One move of a path, or one passing of time; see flowcase.check."""

    @property
    def who(self) -> str: ...  # noqa: D102 - the prover's words
    @property
    def trigger(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str | None: ...  # noqa: D102
    @property
    def dest(self) -> str: ...  # noqa: D102
    @property
    def rung(self) -> str | None: ...  # noqa: D102
    @property
    def at(self) -> datetime | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text in a box. clock: after the sign of one. inset: as far in. hot: on the path."""

    text: str
    size: float
    bold: bool = False
    quiet: bool = False
    clock: bool = False
    inset: bool = False
    hot: bool = False

    @property
    def height(self) -> float:
        """How much it takes of its box's height, in pixels."""
        return self.size * _SPACED

    @property
    def width(self) -> float:
        """How wide it is at most, in pixels."""
        return width_of(self.text, self.size, bold=self.bold) + CLOCK_ROOM * self.inset


@dataclass(frozen=True, slots=True)
class Box:
    """A state, the label of a link, or the start.

    owner: who is accountable in it. hint: what is told of it on request.
    """

    kind: Literal["state", "label", "start"]
    lines: tuple[Line, ...]
    owner: str | None = None
    tier: str | None = None
    final: bool = False
    hot: bool = False
    hint: str = ""

    @property
    def size(self) -> tuple[float, float]:
        """Width and height, in pixels."""
        if self.kind == "start":
            return 16.0, 16.0
        widest = max(line.width for line in self.lines)
        height = sum(line.height for line in self.lines)
        if self.kind == "label":
            return widest + 8.0, height + 4.0
        return max(widest + 2 * PADDING + BAND, _LEAST), height + 2 * PADDING


@dataclass(frozen=True, slots=True)
class Link:
    """A line from box to box. arrow: it ends in a state, not in its label."""

    source: str
    dest: str
    arrow: bool
    hot: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn. everywhere: the moves that may be made in every state that is not final."""

    boxes: Mapping[str, Box]
    links: tuple[Link, ...]
    everywhere: tuple[str, ...]


def chart(captions: Captions, path: Sequence[Step] = ()) -> Chart:
    """Return what is to be drawn of a workflow; what is on the path is hot."""
    workflow = captions.workflow
    inner = {name: joined(_inner(captions, name)) for name in workflow.document.states}
    common = _everywhere(workflow, inner)
    boxes = {START: Box("start", (), hot=any(step.trigger == "open" for step in path))}
    for name, own in inner.items():
        boxes[name] = _state(captions, name, [each for each in own if each not in common], path)
    links: list[Link] = []
    arrows = list(_arrows(captions))
    for number, arrow in enumerate(arrows):
        taken = _taken(arrow, path)
        label = f"{number}"  # no state is called so: its name begins with a letter
        lines = [
            line
            for caption in arrow.captions
            for line in _caption_lines(
                caption, LABEL, hot=any(step.trigger == caption.trigger for step in taken)
            )
        ]
        boxes[label] = Box("label", tuple(lines), hot=bool(taken))
        sources = {step.source or START for step in taken}
        links += [Link(each, label, arrow=False, hot=each in sources) for each in arrow.sources]
        links.append(Link(label, arrow.dest, arrow=True, hot=bool(taken)))
    return Chart(_in_order(boxes, arrows), tuple(links), tuple(each.text for each in common))


def _in_order(boxes: Mapping[str, Box], arrows: Sequence[_Arrow]) -> dict[str, Box]:
    """Return the boxes from above: the states as the document has them, labels at their ends.

    A label stands before the state it leads to, or after it if all it comes from stands below.
    """
    states = [name for name, box in boxes.items() if box.kind != "label"]
    rank = {name: float(number) for number, name in enumerate(states)}
    for number, arrow in enumerate(arrows):
        upwards = all(rank[source] > rank[arrow.dest] for source in arrow.sources)
        rank[f"{number}"] = rank[arrow.dest] + (0.5 if upwards else -0.5)
    return dict(sorted(boxes.items(), key=lambda item: rank[item[0]]))


@dataclass(frozen=True, slots=True)
class _Arrow:
    """What leads to one state from the same sources."""

    sources: tuple[str, ...]
    dest: str
    captions: tuple[Caption, ...]


def _arrows(captions: Captions) -> Iterator[_Arrow]:
    """Yield the arrows: a trigger that leads from many states to one is said once."""
    workflow = captions.workflow
    sources: dict[tuple[str, Caption], list[str]] = {}
    for transition, source in _moves(workflow):
        dest = transition.dest or source
        if dest != source:
            caption = captions.move(transition, source.removeprefix(START))
            named = sources.setdefault((dest, caption), [])
            if source not in named:
                named.append(source)
    arrows: dict[tuple[str, tuple[str, ...]], list[Caption]] = {}
    for (dest, caption), named in sources.items():
        arrows.setdefault((dest, tuple(named)), []).append(caption)
    for (dest, among), said in arrows.items():
        yield _Arrow(among, dest, joined(said))


def _moves(workflow: Workflow) -> Iterator[tuple[Transition, str]]:
    yield workflow.intake, START
    for transition in workflow.transitions:
        for source in transition.sources:
            yield transition, source


def _taken(arrow: _Arrow, path: Sequence[Step]) -> list[Step]:
    triggers = {caption.trigger for caption in arrow.captions}
    return [
        step
        for step in path
        if step.dest == arrow.dest
        and (step.source or START) in arrow.sources
        and step.trigger in triggers
    ]


def _inner(captions: Captions, state: str) -> Iterator[Caption]:
    """Yield what may be done in a state without leaving it, requests about clocks left out."""
    for transition, source in _moves(captions.workflow):
        if source == state and transition.dest in (None, state) and transition.request is None:
            yield captions.move(transition, source)


def _everywhere(workflow: Workflow, inner: Mapping[str, Sequence[Caption]]) -> list[Caption]:
    """Return what may be done in each of several states that are not final."""
    going = [name for name, state in workflow.document.states.items() if not state.final]
    if len(going) < 3:
        return []
    first, *others = going
    return [
        caption
        for caption in inner[first]
        if not caption.by_clock and all(caption in inner[other] for other in others)
    ]


def _state(captions: Captions, name: str, inner: Sequence[Caption], path: Sequence[Step]) -> Box:
    state = captions.workflow.document.states[name]
    title = captions.state(name)
    lines = [Line(text, TITLE, bold=True) for text in wrapped(title, TITLE, _ROOM, bold=True)]
    about = [] if state.owner is None else [captions.who(state.owner)]
    about += [] if state.tier is None else [f"↑ {captions.tier(state.tier)}"]
    if about:
        text = " · ".join(about)
        lines += [Line(each, OWNER, quiet=True) for each in wrapped(text, OWNER, _ROOM)]
    lines += _inner_lines(captions, name, inner, path)
    hint = "\n".join([" · ".join([title, *about]), *(caption.text for caption in inner)])
    return Box(
        "state",
        tuple(lines),
        owner=state.owner,
        tier=state.tier,
        final=state.final,
        hot=any(name in (step.source, step.dest) for step in path),
        hint=hint,
    )


def _inner_lines(
    captions: Captions, state: str, inner: Sequence[Caption], path: Sequence[Step]
) -> list[Line]:
    """Return a state's own moves: what clocks fire line by line, the others by name in a row."""
    on_path = {step.trigger for step in path if step.source == step.dest == state}
    named = dict.fromkeys(caption.trigger for caption in inner if not caption.by_clock)
    row = captions.say(", ", "、").join(
        captions.trigger(trigger) for trigger in named if trigger not in on_path
    )
    lines = [Line(text, INNER) for text in wrapped(row, INNER, _ROOM)] if row else []
    for trigger in named:
        if trigger in on_path:
            own = Caption(trigger, captions.trigger(trigger), by="", by_clock=False)
            lines += _caption_lines(own, INNER, hot=True)
    for caption in inner:
        if caption.by_clock:
            lines += _caption_lines(caption, INNER, hot=caption.trigger in on_path)
    if len(lines) > _MOST_INNER:
        return [*lines[: _MOST_INNER - 1], Line("…", INNER)]
    return lines


def _caption_lines(caption: Caption, size: float, *, hot: bool) -> list[Line]:
    clock = caption.by_clock
    return [
        Line(text, size, clock=clock and number == 0, inset=clock, hot=hot)
        for number, text in enumerate(wrapped(caption.text, size, _ROOM - CLOCK_ROOM * clock))
    ]
