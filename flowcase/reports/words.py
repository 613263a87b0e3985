"""Words: what each figure is called, what is counted of what, and why cases are left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Protocol

from flowcase.reports.figures import By, Exclusion, Figures, RateName, Report, Spread, SpreadName
from flowcase.reports.lives import concluding
from flowcase.workflows.language import Measured, Title
from flowcase.workflows.rules import TitleKind, Workflow


class Voice(Protocol):
    """Tells of cases in a language: who somebody is, what groups and states are called."""

    @property
    def language(self) -> str:
        """The language: "zh" or "en"."""
        ...

    def say(self, en: str, zh: str) -> str:
        """Return what is said in the language."""
        ...

    def moment(self, moment: datetime | None) -> str:
        """Return a moment: day and minute, in the zone of the calendar."""
        ...

    def deadline(self, due: datetime | None) -> str:
        """Return a due moment, which is exclusive: at midnight, as 24:00 of the day before."""
        ...

    def who(self, value: str | None) -> str:
        """Return who an id names."""
        ...

    def group(self, key: str | None) -> str:
        """Return what a group of the report is called."""
        ...

    def state(self, workflow: str, state: str) -> str:
        """Return what a state is called."""
        ...

    def particulars(self, name: RateName | SpreadName) -> str:
        """Return what the workflow counts as answered, solved …; "" if there are several."""
        ...


def _t(en: str, zh: str) -> Title:
    return Title(en=en, zh=zh)


TITLES: Mapping[RateName | SpreadName, Title] = {
    "response": _t("response rate", "响应率"),
    "conclusion": _t("conclusion rate", "办结率"),
    "solving": _t("solving rate", "解决率"),
    "satisfaction": _t("satisfaction rate", "满意率"),
    "on_time": _t("on-time rate", "按时办结率"),
    "reopening": _t("re-opening rate", "重办率"),
    "return": _t("return rate", "退单率"),
    "extension": _t("extension rate", "延期率"),
    "elevation": _t("elevation rate", "提级率"),
    "response_days": _t("working days to a response", "响应用时（工作日）"),
    "handling_days": _t("working days to the conclusion", "办理用时（工作日）"),
}

#: The same in a word or two, for the heads of columns.
SHORT: Mapping[RateName | SpreadName, Title] = {
    "response": _t("response", "响应"),
    "conclusion": _t("concluded", "办结"),
    "solving": _t("solved", "解决"),
    "satisfaction": _t("satisfied", "满意"),
    "on_time": _t("on time", "按时"),
    "reopening": _t("re-opened", "重办"),
    "return": _t("returned", "退单"),
    "extension": _t("extended", "延期"),
    "elevation": _t("elevated", "提级"),
    "response_days": _t("days to respond (mean · 90 %)", "响应天数（平均 · 90%）"),
    "handling_days": _t("days to conclude (mean · 90 %)", "办理天数（平均 · 90%）"),
}

#: What is in the numerator, and what in the denominator.
NUMERATORS: Mapping[RateName | SpreadName, Title] = {
    "response": _t("somebody answered", "已响应"),
    "conclusion": _t("concluded, and not re-opened since", "已办结且未重办"),
    "solving": _t("on record as solved", "登记为已解决"),
    "satisfaction": _t("on record as satisfied", "登记为满意"),
    "on_time": _t("concluded in time, each time", "历次均按时办结"),
    "reopening": _t("re-opened at least once", "重办一次以上"),
    "return": _t("returned at least once", "退单一次以上"),
    "extension": _t("granted an extension at least once", "获准延期一次以上"),
    "elevation": _t("at a higher tier than on the day of filing", "层级高于提交之时"),
    "response_days": _t("from filing to the first answer", "自提交至首次响应"),
    "handling_days": _t("from filing to the conclusion that stands", "自提交至现行办结"),
}
DENOMINATORS: Mapping[RateName | SpreadName, Title] = {
    "response": _t(
        "answered, or left unanswered until a clock ran out", "已响应或超过时限仍未响应的事项"
    ),
    "conclusion": _t("concluded or still open", "已办结和未办结的事项"),
    "solving": _t(
        "for which it was ever recorded; what re-opening took back is not solved",
        "曾登记解决情况的事项；因重办而撤销的不算解决",
    ),
    "satisfaction": _t(
        "ever rated; a rating that led to re-opening is not satisfied",
        "曾作评价的事项；导致重办的评价不算满意",
    ),
    "on_time": _t("concluded, or open and overdue", "已办结的事项和已逾期的未结事项"),
    "reopening": _t("concluded at least once", "办结一次以上的事项"),
    "return": _t("a unit was ever named for", "已交办单位的事项"),
    "extension": _t("cases filed", "全部提交事项"),
    "elevation": _t("cases filed", "全部提交事项"),
    "response_days": _t("cases answered", "已响应的事项"),
    "handling_days": _t("cases concluded", "已办结的事项"),
}

EXCLUSIONS: Mapping[Exclusion, Title] = {
    "undefined": _t("not counted by their workflow", "所属流程不统计此项"),
    "waiting": _t("not answered yet, still in time", "未响应但未逾期"),
    "ended_unanswered": _t("ended in time, before an answer", "响应前已在时限内终结"),
    "open": _t("not concluded yet", "尚未办结"),
    "not_handled": _t("ended without a conclusion", "未经办结即终结"),
    "reopened": _t("re-opened, not concluded again yet", "重办中"),
    "not_due": _t("open, not due yet", "未办结且未到期"),
    "provisional": _t("due date was provisional", "当时期限暂定"),
    "no_clock": _t("the clock never ran", "时限未曾启动"),
    "no_value": _t("concluded, nothing recorded", "已办结但未登记"),
    "no_unit": _t("no unit named yet", "尚未交办单位"),
    "unanswered": _t("not answered", "未响应"),
    "not_covered": _t("before the calendar begins", "早于日历范围"),
}


def heading(report: Report, voice: Voice) -> str:
    """Return what a report is of: the workflow and the period."""
    what = voice.say("all workflows", "全部流程")
    if report.workflow is not None:
        what = voice.group(report.workflow)
    since, until = report.since, report.until
    if since is None and until is None:
        return voice.say(f"{what}: all cases filed", f"{what}：全部提交事项")
    if since is None:
        return voice.say(f"{what}: cases filed until {until}", f"{what}：截至 {until} 提交的事项")
    if until is None:
        return voice.say(f"{what}: cases filed since {since}", f"{what}：{since} 起提交的事项")
    return voice.say(
        f"{what}: cases filed {since} to {until}", f"{what}：{since} 至 {until} 提交的事项"
    )


def numerator(name: RateName | SpreadName, voice: Voice) -> str:
    """Return what is counted, with the workflow's own words for it where there is one workflow."""
    said, own = NUMERATORS[name].in_language(voice.language), voice.particulars(name)
    return voice.say(f"{said} ({own})", f"{said}（{own}）") if own else said


def counts(figures: Figures, voice: Voice) -> list[tuple[str, int]]:
    """Return how many cases were filed, and how many of them are open, overdue, soon due."""
    return [
        (voice.say("cases filed", "提交事项"), figures.cases),
        (voice.say("open", "未办结"), figures.open),
        (voice.say("overdue", "已逾期"), figures.overdue),
        (voice.say("due soon", "即将到期"), figures.due_soon),
    ]


def percent(per_mille: int | None) -> str:
    """Return a rate: "91.7 %", or a dash where there is none."""
    return "—" if per_mille is None else f"{per_mille // 10}.{per_mille % 10} %"


def tenths(value: Fraction | None) -> str:
    """Return a mean to one decimal, rounded half up; a dash where there is none."""
    if value is None:
        return "—"
    rounded = (value * 20 + 1) // 2
    return f"{rounded // 10}.{rounded % 10}"


def measured(spread: Spread, voice: Voice) -> str:
    """Return mean, 90th percentile and count of a spread in a sentence."""
    ninth = spread.percentile(90)
    if ninth is None:
        return voice.say("no case was measured", "无可计事项")
    mean = tenths(spread.mean)
    return voice.say(
        f"mean {mean}, 90 % within {ninth}, of {spread.count:,} cases",
        f"平均 {mean}，90% 在 {ninth} 个工作日内，共 {spread.count:,} 件",
    )


def by(what: By, voice: Voice) -> str:
    """Return what a report is grouped by."""
    said = {
        "unit": ("By unit", "按单位"),
        "tier": ("By tier", "按层级"),
        "month": ("By month of filing", "按提交月份"),
        "workflow": ("By workflow", "按流程"),
    }
    return voice.say(*said[what])


def line(
    figures: Figures, rates: Iterable[RateName], spreads: Iterable[SpreadName], voice: Voice
) -> list[str]:
    """Return figures in one line: counts, rates, mean and 90th percentile of spreads."""
    told = [f"{count:,}" for _, count in counts(figures, voice)]
    for name in rates:
        rate = figures.rates.get(name)
        told.append(percent(rate.per_mille) if rate else "—")
    for spread in spreads:
        took = figures.spreads.get(spread)
        told.append(f"{tenths(took.mean)} · {took.percentile(90)}" if took and took.days else "—")
    return told


def left_out(excluded: Mapping[Exclusion, int], language: str) -> str:
    """Return how many cases were left out, and why: "not concluded yet 3, …"; "" for none."""
    parts = [
        f"{EXCLUSIONS[reason].in_language(language)} {count}"
        for reason, count in sorted(excluded.items())
        if count
    ]
    return ("；" if language == "zh" else "; ").join(parts)


def particulars(name: RateName | SpreadName, workflow: Workflow, language: str) -> str:
    """Return what a workflow counts as answered, solved and so on, in its own words; or ""."""
    kind, words = _counted(name, workflow)
    titles = dict.fromkeys(workflow.title(word, language, kind) for word in words)
    return ("、" if language == "zh" else ", ").join(titles)


def _counted(name: RateName | SpreadName, workflow: Workflow) -> tuple[TitleKind, Iterator[str]]:
    report = workflow.document.report
    match name:
        case "response" | "response_days":
            return "triggers", iter(report.response)
        case "return":
            return "triggers", iter(report.returned)
        case "conclusion" | "handling_days" | "reopening":
            states, done = workflow.document.states, concluding(workflow)
            return "states", (state for state in states if state in done)
        case "on_time":
            return "clocks", iter([report.clock] if report.clock else [])
        case "solving":
            return "words", _values(report.solved)
        case "satisfaction":
            return "words", _values(report.satisfied)
        case _:
            return "words", iter(())


def _values(measured: Measured | None) -> Iterator[str]:
    for value in measured.values if measured is not None else ():
        yield str(value).lower() if isinstance(value, bool) else value
