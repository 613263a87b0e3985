"""Drawings: nothing lies on anything else, nothing of a title runs, the path is red."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pylopdf_fonts_zh_cn
import pytest
from click.testing import CliRunner
from PIL import Image, ImageFont

from flowcase.cli.root import root
from flowcase.diagram.captions import Captions
from flowcase.diagram.chart import chart
from flowcase.diagram.drawing import draw
from flowcase.diagram.measure import width_of, wrapped
from flowcase.diagram.raster import raster
from flowcase.errors import FlowcaseError
from flowcase.workflows.document import read_workflow, shipped_workflows
from flowcase.workflows.rules import Workflow
from tests.small import DOCUMENT
from tests.test_diagram import HOSTILE, small

SVG = "{http://www.w3.org/2000/svg}"
FONT = pylopdf_fonts_zh_cn.sans_path()
RED = "#c81e1e"
Point = tuple[float, float]


@dataclass(frozen=True)
class Step:
    """A move as the prover tells it."""

    who: str
    trigger: str
    source: str | None
    dest: str
    rung: str | None = None
    at: datetime = datetime(2022, 9, 23, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Area:
    """A rectangle of the picture, by its corners; what it is, and the texts that begin in it."""

    what: str
    left: float
    top: float
    right: float
    bottom: float

    def holds(self, other: Area) -> bool:
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )

    def meets(self, other: Area, *, by: float = 0.5) -> bool:
        return (
            self.left + by < other.right
            and other.left + by < self.right
            and self.top + by < other.bottom
            and other.top + by < self.bottom
        )


@dataclass
class Seen:
    """What is in a picture, in pixels of the page."""

    width: float
    height: float
    boxes: list[Area] = field(default_factory=list)
    texts: list[Area] = field(default_factory=list)
    links: list[list[Point]] = field(default_factory=list)


def seen(svg: str) -> Seen:
    """Return what is in a picture, measured by the font that it is drawn with."""
    top = ElementTree.fromstring(svg)
    found = Seen(float(top.attrib["width"]), float(top.attrib["height"]))
    for element, x, y in _shifted(top, 0.0, 0.0):
        attributes = element.attrib
        if attributes.get("class") in ("state", "label"):
            left, upper = x + float(attributes["x"]), y + float(attributes["y"])
            right = left + float(attributes["width"])
            lower = upper + float(attributes["height"])
            found.boxes.append(Area(attributes["class"], left, upper, right, lower))
        elif element.tag == f"{SVG}text":
            size, text = float(attributes["font-size"]), element.text or ""
            width = ImageFont.truetype(FONT, 100).getlength(text) * size / 100
            left, base = x + float(attributes["x"]), y + float(attributes["y"])
            found.texts.append(Area(text, left, base - 0.8 * size, left + width, base + size * 0.2))
        elif attributes.get("class") == "link":
            numbers = [float(each) for each in re.findall(r"-?[0-9.]+", attributes["d"])]
            pairs = zip(numbers[::2], numbers[1::2], strict=True)
            found.links.append([(x + each[0], y + each[1]) for each in pairs])
    return found


def _shifted(
    element: ElementTree.Element, x: float, y: float
) -> Iterator[tuple[ElementTree.Element, float, float]]:
    moved = re.match(r"translate\(([-0-9.]+) ([-0-9.]+)\)", element.get("transform", ""))
    if moved:
        x, y = x + float(moved[1]), y + float(moved[2])
    yield element, x, y
    for child in element:
        yield from _shifted(child, x, y)


def faults(found: Seen) -> list[str]:
    """Return what lies on what, runs through what, or leaves its place."""
    said = [f"{a} on {b}" for a, b in combinations(found.boxes, 2) if a.meets(b)]
    said += [f"{a} over {b}" for a, b in combinations(found.texts, 2) if a.meets(b)]
    page = Area("page", 0, 0, found.width, found.height)
    said += [f"{text} off the page" for text in found.texts if not page.holds(text)]
    for text in found.texts:
        said += [
            f"{text} out of {box}" for box in found.boxes if text.meets(box) and not box.holds(text)
        ]
    for points in found.links:
        for (x, y), (to_x, to_y) in pairwise(points):
            run = Area("", min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y))
            said += [f"a line through {box}" for box in found.boxes if _crosses(run, box)]
    return said


def _crosses(run: Area, box: Area) -> bool:
    """Whether a piece of a line, level or upright, goes more than a pixel into a box."""
    return (
        run.left < box.right - 1
        and box.left + 1 < run.right
        and run.top < box.bottom - 1
        and box.top + 1 < run.bottom
    )


def maze(seed: int) -> Workflow:
    """A document with many states, and transitions between them every way."""
    chance = random.Random(seed)
    names = [f"s{number}" for number in range(chance.randint(2, 14))]
    text = """
name = "maze"
version = 1
closed_loop = false
title = { zh = "迷宫，其标题甚长而不可一行写尽也", en = "A maze with a title that goes on and on" }
intake = { dest = "s0", by = ["anyone"], party = "none" }
roles.desk.title = { zh = "办事大厅综合受理窗口", en = "the desk" }
roles.mayor.title = { zh = "市长", en = "the mayor, who has been here for a very long time indeed" }
"""
    for name in names:
        text += f'[states.{name}]\nowner = "{chance.choice(["desk", "mayor"])}"\n'
        if chance.random() < 0.5:
            title = " ".join(["状态", "Wherever"] * chance.randint(1, 9))
            text += f'title = {{ zh = "{title}", en = "{title}" }}\n'
    text += "[states.over]\nfinal = true\n"
    for number in range(chance.randint(3, 40)):
        sources = chance.sample(names, chance.randint(1, min(4, len(names))))
        text += f'[[transitions]]\ntrigger = "move_{chance.randint(0, number)}"\n'
        text += f'source = {sources}\nby = ["{chance.choice(["desk", "mayor"])}"]\n'
        if chance.random() < 0.8:
            text += f'dest = "{chance.choice([*names, "over"])}"\n'
    text += "".join(
        f'[[transitions]]\ntrigger = "out"\nsource = "{a}"\ndest = "{b}"\nby = ["desk"]\n'
        for a, b in zip(names, [*names[1:], "over"], strict=True)
    )
    return read_workflow(text)


DRAWN = {
    **shipped_workflows(),
    "small": read_workflow(DOCUMENT),
    **{f"maze-{seed}": maze(seed) for seed in range(12)},
}


@pytest.fixture(scope="module")
def mayor_line() -> Workflow:
    return shipped_workflows()["mayor_line"]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", DRAWN)
def test_nothing_lies_on_anything_else(name: str, language: str) -> None:
    workflow = DRAWN[name]
    path = [
        Step(transition.by[0], transition.trigger, source, transition.dest or source)
        for transition in workflow.transitions
        for source in transition.sources
    ]
    for shown in (path, []):
        found = seen(draw(workflow, language, shown))
        assert len([box for box in found.boxes if box.what == "state"]) == len(
            workflow.document.states
        )
        assert found.links
        assert faults(found) == []


def test_what_lies_on_something_else_is_seen(mayor_line: Workflow) -> None:
    svg = draw(mayor_line)
    moved, one, other = seen(svg), seen(svg), seen(svg)
    first, second = moved.boxes[:2]
    moved.boxes[1] = Area("state", first.left + 9, first.top + 9, second.right, second.bottom)
    assert any(" on " in fault for fault in faults(moved))
    box = one.boxes[3]
    one.links[0].append((box.left - 5, (box.top + box.bottom) / 2))
    one.links[0].append((box.right + 5, (box.top + box.bottom) / 2))
    assert any("a line through" in fault for fault in faults(one))
    text = other.texts[5]
    other.texts[5] = Area(text.what, text.left, text.top, text.right + 900, text.bottom)
    assert any(" out of " in fault or " over " in fault for fault in faults(other))


@pytest.mark.parametrize("title", HOSTILE)
def test_no_title_can_become_more_than_text(title: str) -> None:
    def kinds(svg: str) -> set[tuple[str, tuple[str, ...]]]:
        return {(each.tag, tuple(each.attrib)) for each in ElementTree.fromstring(svg).iter()}

    step = Step(title, title, "end", "note", title)
    svg = draw(read_workflow(small(title)), path=[step])
    known = kinds(draw(read_workflow(small()), path=[step]))
    assert kinds(svg) == known
    assert not {"script", "image", "use", "style", "a", "foreignObject"} & {
        tag.removeprefix(SVG) for tag, _ in known
    }
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\u2028\u2029]", svg)
    texts = "".join(ElementTree.fromstring(svg).itertext())
    shown = re.sub(r"[\u202e\u2028]", "\N{REPLACEMENT CHARACTER}", title)
    assert re.sub(r"\s", "", shown) in re.sub(r"\s", "", texts)


def test_a_picture_says_what_it_is_to_those_who_cannot_see_it(mayor_line: Workflow) -> None:
    top = ElementTree.fromstring(draw(mayor_line, "zh"))
    named = {each.get("id"): each.text for each in top if each.get("id")}
    assert top.get("role") == "img"
    assert list(named) == (top.get("aria-labelledby") or "").split()
    title, told = (str(text) for text in named.values())
    assert title == "企业市长直通车"
    assert all(
        state.title is not None and state.title.zh in told
        for state in mayor_line.document.states.values()
    )


def test_a_clock_stands_on_its_arrow_with_its_term(mayor_line: Workflow) -> None:
    boxes = chart(Captions(mayor_line, "en")).boxes.values()
    labels = [" ".join(line.text for line in box.lines) for box in boxes if box.kind == "label"]
    (lapse,) = [label for label in labels if label.startswith("lapse")]
    assert lapse == "lapse (supplement, 10 working days)"
    assert any("escalate (handling, 1 month / 10 working days)" in label for label in labels)
    assert any("with handling, at least 5 working days" in label for label in labels)


def test_owners_and_tiers_have_their_colours_and_final_states_two_borders(
    mayor_line: Workflow,
) -> None:
    top = ElementTree.fromstring(draw(mayor_line))
    fills: dict[str | None, set[str]] = {}
    states = mayor_line.document.states
    rects = [each for each in top.iter() if each.get("class") == "state"]
    drawn = chart(Captions(mayor_line, "en")).boxes.values()
    for box, rect in zip((box for box in drawn if box.kind == "state"), rects, strict=True):
        fills.setdefault(box.owner, set()).add(rect.attrib["fill"])
    assert all(len(each) == 1 for each in fills.values())
    assert len(set().union(*fills.values())) == len(fills) == 7
    tiers = [each.attrib["fill"] for each in top.iter() if each.get("class") == "tier"]
    assert len(set(tiers)) == len(tiers) == sum(state.tier is not None for state in states.values())
    final = [each for each in top.iter() if each.get("class") == "final"]
    assert len(final) == sum(state.final for state in states.values())


def test_a_path_is_red_and_told(mayor_line: Workflow) -> None:
    path = [
        Step("party", "open", None, "submitted"),
        Step("party", "withdraw", "submitted", "withdrawn"),
    ]
    top = ElementTree.fromstring(draw(mayor_line, path=path))
    red = [each for each in top.iter() if RED in (each.get("fill"), each.get("stroke"))]
    assert len([each for each in red if each.get("class") == "link"]) == 4  # to and from 2 labels
    assert len([each for each in red if each.get("class") == "state"]) == 2
    told = [each.text or "" for each in red if each.tag == f"{SVG}text"]
    assert "1. 2022-09-23 10:00  party: open → submitted" in told
    assert "2. 2022-09-23 10:00  party: withdraw → withdrawn" in told
    assert "withdraw (party)" in told
    assert RED not in draw(mayor_line)


def test_a_ring_on_the_path_names_its_clock(mayor_line: Workflow) -> None:
    ring = Step("clock", "ring", "submitted", "submitted", "triage due")
    assert "时钟 [受理时限：到期]：提醒</text>" in draw(mayor_line, "zh", [ring])
    assert "1. 2022-09-23 10:00  mars [soon]: go → nowhere" in draw(
        mayor_line, path=[Step("mars", "go", "here", "nowhere", "soon")]
    )


def test_the_same_workflow_gives_the_same_picture(mayor_line: Workflow) -> None:
    again = read_workflow(mayor_line.text)
    assert draw(again) == draw(mayor_line) != draw(mayor_line, "zh")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_png_shows_the_same_picture(mayor_line: Workflow, language: str) -> None:
    found = raster(mayor_line, language)
    top = ElementTree.fromstring(draw(mayor_line, language))
    assert found.language == language
    with Image.open(BytesIO(found.data)) as image:
        assert image.format == "PNG"
        for length, side in zip(image.size, ("width", "height"), strict=True):
            assert abs(length - 2 * float(top.attrib[side])) <= 2
        assert len(image.convert("RGB").getcolors(1 << 24) or []) > 50


def test_a_png_is_in_english_where_no_font_has_the_characters() -> None:
    rare = small("企业").replace('zh = "企业"', 'zh = "企业\U00030001"')
    assert raster(read_workflow(rare), "zh").language == "en"
    assert raster(read_workflow(small("企业")), "zh").language == "zh"


@pytest.mark.parametrize("library, form", [("graphlay", "svg"), ("resvg_py", "png")])
def test_without_its_libraries_a_picture_names_the_extra(
    library: str, form: str, mayor_line: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(FlowcaseError, match=r"pip install 'flowcase\[diagram\]'"):
        draw(mayor_line) if form == "svg" else raster(mayor_line)


def test_no_text_is_wider_than_it_is_measured() -> None:
    font = ImageFont.truetype(FONT, 100)
    top = ElementTree.fromstring(draw(DRAWN["mayor_line"]))
    texts = [each.text or "" for each in top.iter(f"{SVG}text")]
    assert len(texts) > 50
    for text in [*texts, *map(chr, range(33, 127)), "“企业”——逾期提级（10个工作日）…→↑"]:
        assert font.getlength(text) <= width_of(text, 100) + 0.01, text
    assert width_of("企业", 100) < 1.1 * font.getlength("企业")


def test_a_text_is_broken_between_words_and_loses_nothing() -> None:
    for text in (
        "one two  three",
        "企业市长直通车，试行",
        "w" * 300,
        "",
        "mixed 企业 text（试行）",
    ):
        lines = wrapped(text, 10, 60)
        assert all(width_of(line, 10) <= 60 for line in lines)
        assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    assert wrapped("one two three", 10, 45) == ("one two", "three")


def test_a_picture_is_written_to_a_file(tmp_path: Path) -> None:
    run, out = CliRunner(), tmp_path / "line.png"
    said = run.invoke(root, ["diagram", "mayor_line", "--format", "png", "-o", str(out)])
    assert said.exit_code == 0, said.output
    assert out.read_bytes().startswith(b"\x89PNG")
    assert run.invoke(root, ["diagram", "mayor_line", "--format", "png"]).stdout_bytes == (
        out.read_bytes()
    )
    text = run.invoke(root, ["diagram", "mayor_line", "--format", "svg", "--lang", "zh"]).stdout
    assert text == draw(DRAWN["mayor_line"], "zh")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    out = str(tmp_path / "nowhere" / "line.svg")
    said = CliRunner().invoke(root, ["diagram", "mayor_line", "--format", "svg", "-o", out])
    assert said.exit_code == 2
    assert "cannot write" in said.stderr
