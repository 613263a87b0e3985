"""Charts: a trial, or several side by side, drawn as SVG or PNG; the only user of matplotlib."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

from flowcase.errors import InvalidInput
from flowcase.simulation.figures import Figures
from flowcase.workflows.rules import TitleKind

FORMATS = (".svg", ".png")

#: Families that have Chinese characters, by the names matplotlib knows them under.
CHINESE_FONTS = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN"),
    *("PingFang SC", "Microsoft YaHei", "SimHei", "Heiti SC", "WenQuanYi Micro Hei"),
    *("WenQuanYi Zen Hei", "Noto Sans CJK JP", "Source Han Sans", "Droid Sans Fallback"),
    *("Noto Serif CJK SC", "Noto Serif CJK JP", "SimSun", "Songti SC", "AR PL UMing CN"),
)
_DARK, _LIGHT, _WARM, _GOOD, _GREY = "#1f4e79", "#9dc3e6", "#c55a11", "#548235", "#7f7f7f"
_PALETTE = ("#1f4e79", "#2e75b6", "#9dc3e6", "#c55a11", "#f4b183", "#548235", "#a9d18e", "#7f7f7f")
#: How many clocks are drawn as lines where trials are compared: those that change most.
_MOST_LINES = 3
#: How many characters of a role's title stand in one line.
_WIDEST = 22


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart that was written: where, and in which language its labels are."""

    path: Path
    language: str


def require_drawable(path: str | Path) -> Path:
    """Return where a chart is to be written. Errors: InvalidInput for another kind of file, a
    folder that is not there, or if matplotlib is not installed.
    """
    target = Path(path)
    if target.suffix.lower() not in FORMATS:
        raise InvalidInput(
            f"a chart is written as {' or '.join(FORMATS)}; got {target.name[:80]!r}"
        )
    if not target.resolve().parent.is_dir():
        raise InvalidInput(f"there is no folder for the chart {target}; make it first")
    _library()
    return target


def draw(path: Path, runs: Sequence[tuple[int, Figures]], role: str, language: str) -> Drawn:
    """Draw one trial, or several by how many people hold a role (the numbers beside them).

    role: what was varied; not read for a single trial. language: "zh" where a font of this machine
    has its characters, else the labels are in English. The same figures give the same SVG.
    """
    matplotlib = _library()
    fonts = _chinese_fonts() if language == "zh" else []
    spoken = "zh" if fonts else "en"
    settings = {
        "font.family": [*fonts, "DejaVu Sans"],
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 11.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.unicode_minus": False,
        "svg.fonttype": "none",  # a text stays a text: it can be searched and translated
        "svg.hashsalt": "flowcase",
    }
    with matplotlib.rc_context(settings):
        sheet = _Sheet(spoken, runs[0][1])
        figure = sheet.one() if len(runs) == 1 else sheet.compared(runs, role)
        kind = path.suffix.lower().removeprefix(".")
        metadata: dict[str, Any] = {"Date": None} if kind == "svg" else {"Software": None}
        try:
            figure.savefig(path, format=kind, dpi=140, metadata=metadata)
        except OSError as error:
            raise InvalidInput(f"cannot write the chart {path}: {error.strerror}") from None
    return Drawn(path, spoken)


def _library() -> Any:
    try:
        import matplotlib as library
    except ModuleNotFoundError:
        raise InvalidInput("charts need matplotlib: pip install 'flowcase[charts]'") from None
    return library


def _chinese_fonts() -> list[str]:
    from matplotlib import font_manager

    present = {each.name for each in font_manager.fontManager.ttflist}
    return [name for name in CHINESE_FONTS if name in present][:1]


class _Sheet:
    """A sheet of four charts."""

    def __init__(self, language: str, figures: Figures) -> None:
        self._language, self._figures = language, figures
        self._workflow = figures.workflow

    def say(self, en: str, zh: str) -> str:
        return zh if self._language == "zh" else en

    def title(self, word: str, kind: TitleKind) -> str:
        return self._workflow.title(word, self._language, kind)

    def one(self) -> Any:
        """Return the sheet of one trial."""
        shown = self._figures
        figure, places = self._blank(
            self.say(
                f"{shown.opened:,} cases in {shown.plan.days} days, seed {shown.plan.seed}",
                f"{shown.plan.days} 天 {shown.opened:,} 件，随机种子 {shown.plan.seed}",
            )
        )
        for draw_, place in zip(
            (self._clocks, self._states, self._weeks, self._loads), places, strict=True
        ):
            draw_(place)
        return figure

    def compared(self, runs: Sequence[tuple[int, Figures]], role: str) -> Any:
        """Return the sheet of several trials, by how many hold a role."""
        name = self.title(role, "roles")
        shown = self._figures
        figure, places = self._blank(
            self.say(
                f"how many of: {name} · {shown.opened:,} cases in {shown.plan.days} days each",
                f"需要几位{name} · 每次 {shown.plan.days} 天 {shown.opened:,} 件",
            )
        )
        numbers = [number for number, _ in runs]
        every = [each for _, each in runs]
        held = [each.role(role) for each in every]
        self._punctuality(places[0], numbers, every)
        load = [(each.load or 0) * 100 for each in held]
        title = self.say(f"Load of: {name} (%)", f"{name}负荷（%）")
        colours = [_WARM if each > 100 else _DARK for each in load]
        bars = places[1].bar(numbers, load, color=colours, width=0.6)
        places[1].bar_label(bars, fmt="%.0f", padding=2)
        places[1].axhline(100, color=_GREY, linewidth=1, linestyle="--")
        places[1].set_title(title)
        self._lines(
            places[2],
            numbers,
            {
                self.say("mean wait", "平均等待"): [each.wait.mean for each in held],
                self.say("wait of 9 in 10 below", "九成等待不超过"): [e.wait.p90 for e in held],
            },
            self.say("Waiting on their desks (working days)", "案头等待（工作日）"),
        )
        self._lines(
            places[3],
            numbers,
            {
                self.title(tier.name, "words"): [each.tiers[place].cases for each in every]
                for place, tier in enumerate(every[0].tiers)
            },
            self.say("Cases that climbed to", "提级件数"),
        )
        for place in places:
            place.set_xticks(numbers)
            place.set_xlabel(self.say(f"{name}: how many", f"{name}人数"))
            place.set_ylim(bottom=0)
        return figure

    def _blank(self, said: str) -> tuple[Any, list[Any]]:
        from matplotlib.figure import Figure  # and not pyplot, which would keep it
        from matplotlib.layout_engine import ConstrainedLayoutEngine

        room = ConstrainedLayoutEngine(h_pad=0.12, w_pad=0.12)
        figure = Figure(figsize=(13, 8.6), layout=room)
        title = self._workflow.document.title.in_language(self._language)
        figure.suptitle(f"{title} · {said}", fontsize=14, fontweight="bold", x=0.01, ha="left")
        return figure, list(figure.subplots(2, 2).flat)

    def _clocks(self, place: Any) -> None:
        clocks = [each for each in self._figures.clocks if each.on_time is not None]
        rates = [(each.on_time or 0) * 100 for each in clocks]
        names = [self.title(each.name, "clocks") for each in clocks]
        labels = [
            f"{rate:.0f} %  ({each.ended - each.late:,}/{each.ended:,})"
            for rate, each in zip(rates, clocks, strict=True)
        ]
        self._bars(place, names, rates, labels, self.say("Ended in time", "按时办结率"))
        place.set_xlim(0, 128)
        place.set_xticks(range(0, 101, 20))

    def _states(self, place: Any) -> None:
        states = self._figures.states
        names = [self.title(name, "states") for name in states]
        labels = [f"{each.mean:.1f} / {each.p90:.1f}" for each in states.values()]
        rows = range(len(names))
        most = max((each.p90 for each in states.values()), default=1) or 1
        ninth = self.say("9 in 10 below", "九成不超过")
        place.barh(rows, [e.p90 for e in states.values()], color=_LIGHT, height=0.62, label=ninth)
        mean = self.say("mean", "平均")
        place.barh(rows, [e.mean for e in states.values()], color=_DARK, height=0.62, label=mean)
        for row, (each, label) in enumerate(zip(states.values(), labels, strict=True)):
            place.text(max(each.p90, each.mean) + most * 0.02, row, label, va="center", fontsize=9)
        place.set_yticks(rows, names)
        place.invert_yaxis()
        place.set_xlim(0, most * 1.25)
        place.set_title(self.say("Working days in a state", "各状态停留（工作日）"))
        above = {"loc": "lower right", "bbox_to_anchor": (1, 1), "borderaxespad": 0.2}
        place.legend(frameon=False, fontsize=9, ncols=2, **above)

    def _weeks(self, place: Any) -> None:
        weeks = self._figures.weeks
        names = [
            name
            for name in self._workflow.document.states
            if any(name in counted for _, counted in weeks)
        ]
        place.set_title(self.say("Open cases, week by week", "每周在办件数"))
        if not names:
            return
        days = [day for day, _ in weeks]
        series = [[counted.get(name, 0) for _, counted in weeks] for name in names]
        labels = [self.title(name, "states") for name in names]
        colours = [_PALETTE[number % len(_PALETTE)] for number in range(len(names))]
        place.stackplot(days, series, labels=labels, colors=colours, linewidth=0)
        most = max(map(sum, zip(*series, strict=True)))
        place.set_ylim(0, most * 1.6)
        place.set_xlim(days[0], days[-1])
        place.tick_params(axis="x", labelsize=9)
        from matplotlib import dates

        every: Any = dates  # published without the types of these two
        place.xaxis.set_major_locator(every.AutoDateLocator(maxticks=6))
        place.xaxis.set_major_formatter(every.DateFormatter("%Y-%m"))
        place.legend(frameon=False, loc="upper left", fontsize=9, ncols=2)

    def _loads(self, place: Any) -> None:
        roles = [each for each in self._figures.roles if each.load is not None]
        loads = [(each.load or 0) * 100 for each in roles]
        names = [
            fill(f"{self.title(each.name, 'roles')}\u00a0×\u00a0{each.people}", _WIDEST)
            for each in roles
        ]
        labels = [
            self.say(
                f"{load:.0f} %, queue ≤ {each.queue}, wait {each.wait.mean:.1f} d",
                f"{load:.0f}%，排队至多 {each.queue} 件，平均等 {each.wait.mean:.1f} 天",
            )
            for load, each in zip(loads, roles, strict=True)
        ]
        title = self.say("Load: work, of the time there is", "负荷：来件工作量占可用时间")
        self._bars(place, names, loads, labels, title, full=100)
        place.set_xlim(0, max(100, *loads, 1) * 1.6)

    def _bars(
        self,
        place: Any,
        names: Sequence[str],
        amounts: Sequence[float],
        labels: Sequence[str],
        title: str,
        full: float | None = None,
    ) -> None:
        colours = [_WARM if full is not None and each > full else _DARK for each in amounts]
        bars = place.barh(range(len(names)), amounts, color=colours, height=0.62)
        place.bar_label(bars, labels=labels, padding=4, fontsize=9)
        place.set_yticks(range(len(names)), names)
        place.invert_yaxis()
        place.set_title(title)
        if full is not None:
            place.axvline(full, color="#d0d0d0", linewidth=1, linestyle="--", zorder=0)

    def _punctuality(self, place: Any, numbers: list[int], every: list[Figures]) -> None:
        def rates(clock: str) -> list[float]:
            return [
                next((100 * (e.on_time or 0) for e in each.clocks if e.name == clock), 100.0)
                for each in every
            ]

        clocks = {each.name: rates(each.name) for each in every[0].clocks}
        swing: Callable[[str], float] = lambda name: min(clocks[name]) - max(clocks[name])  # noqa: E731 - a key
        lines = {
            self.say("cases never late", "全程未逾期"): [100 * (e.on_time or 0) for e in every]
        }
        for name in sorted(clocks, key=swing)[:_MOST_LINES]:
            lines[self.title(name, "clocks")] = clocks[name]
        self._lines(place, numbers, lines, self.say("In time (%)", "按时率（%）"))
        place.set_ylim(0, 105)

    def _lines(
        self, place: Any, numbers: list[int], lines: dict[str, list[Any]], title: str
    ) -> None:
        for number, (label, amounts) in enumerate(lines.items()):
            colour = (_DARK, _WARM, _GOOD, _GREY)[number % 4]
            place.plot(numbers, amounts, marker="o", color=colour, label=label, linewidth=1.8)
        place.set_title(title)
        place.grid(axis="y", color="#e5e5e5", linewidth=0.8)
        if lines:
            place.legend(frameon=False, fontsize=9)
