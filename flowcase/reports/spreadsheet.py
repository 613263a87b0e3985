"""Spreadsheets: a report as CSV, one figure a row, safe to open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowcase.cells import BYTE_ORDER_MARK, Value, csv_lines
from flowcase.reports import words
from flowcase.reports.figures import Exclusion, Figures, RateName, Report, SpreadName
from flowcase.reports.words import Voice

_HEADS = (
    ("GROUP", "分组"),
    ("FIGURE", "指标"),
    ("VALUE", "数值"),
    ("NUMERATOR", "分子"),
    ("DENOMINATOR", "分母"),
    ("LEFT OUT", "不计入"),
    ("COUNTED", "分子说明"),
    ("OF", "分母说明"),
    ("WHY LEFT OUT", "不计入说明"),
)


def spreadsheet(report: Report, voice: Voice) -> Iterator[str]:
    """Yield a report as the lines of a CSV file, with a byte order mark for Excel.

    Numbers are plain: rates as fractions of one (0.917), means with two decimals.
    """
    yield BYTE_ORDER_MARK
    yield from csv_lines(_rows(report, voice))


def _rows(report: Report, voice: Voice) -> Iterator[list[Value]]:
    yield [voice.say(en, zh) for en, zh in _HEADS]
    yield from _figures(voice.say("all", "全部"), report.total, voice)
    for group in report.groups:
        yield from _figures(voice.group(group.key), group.figures, voice)


def _figures(group: str, figures: Figures, voice: Voice) -> Iterator[list[Value]]:
    for title, count in words.counts(figures, voice):
        yield [group, title, count, "", "", "", "", "", ""]
    for rated, rate in figures.rates.items():
        value = None if rate.per_mille is None else rate.per_mille / 1000
        told = _told(rated, [value, rate.numerator, rate.denominator], rate.excluded, voice)
        yield [group, *told]
    for spread, took in figures.spreads.items():
        mean = None if took.mean is None else round(float(took.mean), 2)
        for title, value in (
            (voice.say("mean", "平均"), mean),
            (voice.say("90th percentile", "第90百分位"), took.percentile(90)),
        ):
            name, *rest = _told(spread, [value, "", took.count], took.excluded, voice)
            yield [group, f"{name} · {title}", *rest]


def _told(
    name: RateName | SpreadName,
    counts: list[Value],
    excluded: Mapping[Exclusion, int],
    voice: Voice,
) -> list[Value]:
    return [
        words.TITLES[name].in_language(voice.language),
        *counts,
        sum(excluded.values()),
        words.numerator(name, voice),
        words.DENOMINATORS[name].in_language(voice.language),
        words.left_out(excluded, voice.language),
    ]
