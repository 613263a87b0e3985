"""Pages: a report as one HTML page that needs nothing else: no script, no font, no picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from flowcase.reports import words
from flowcase.reports.charts import Bar, Part, bars, columns
from flowcase.reports.figures import (
    Figures,
    Rate,
    RateName,
    Report,
    Spread,
    SpreadName,
    Waiting,
)
from flowcase.reports.words import Voice

#: More columns than this are drawn as one for several days each.
MOST_COLUMNS = 40

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; --ink: #1c2733; --dim: #5d6b7a; --line: #d9e0e7;
  --track: #eef2f5; --page: #ffffff; --some: #2f6fb0; --good: #2e8b62; --late: #c0392b;
  --soon: #c98a1b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4eaf0; --dim: #9aa8b6; --line: #36424e;
  --track: #26313b; --page: #161d24; --some: #6aa5e0; --good: #56b98c; --late: #e57368;
  --soon: #dfae55; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 960px; padding: 24px; background: var(--page); color: var(--ink);
  font: 15px/1.5 "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
h1 { font-size: 24px; margin: 0; } h2 { font-size: 17px; margin: 32px 0 8px; }
p { margin: 4px 0; } .dim { color: var(--dim); }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px; margin-top: 20px; }
.tile { border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; }
.tile b { display: block; font-size: 28px; line-height: 1.2; }
.tile.late b { color: var(--late); } .tile.soon b { color: var(--soon); }
.wide { overflow-x: auto; margin-top: 10px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { font-weight: 600; color: var(--dim); } td.n, th.n { text-align: right; white-space: nowrap; }
td:first-child { white-space: nowrap; }
svg { width: 100%; height: auto; display: block; }
text { font-size: 12px; fill: var(--ink); paint-order: stroke; stroke: var(--page);
  stroke-width: 3px; } text.label { fill: var(--dim); }
.track { fill: var(--track); } .some { fill: var(--some); } .good { fill: var(--good); }
.late { fill: var(--late); } .soon { fill: var(--soon); }
.mark { stroke: var(--late); stroke-width: 1.5; stroke-dasharray: 4 3; }
.key span { margin-right: 16px; } .key i { display: inline-block; width: 11px; height: 11px;
  margin-right: 5px; border-radius: 2px; }
@media (max-width: 600px) { .tiles { grid-template-columns: repeat(2, 1fr); } }
@media print { body { max-width: none; padding: 0; } h2 { break-after: avoid; }
  svg, tr { break-inside: avoid; } }
"""


def page(report: Report, voice: Voice) -> str:
    """Return a report as an HTML page; its policy forbids it to load or run anything."""
    return "\n".join(_page(report, voice)) + "\n"


def _page(report: Report, voice: Voice) -> Iterator[str]:
    title = voice.say("Report", "统计报告")
    yield f'<!DOCTYPE html>\n<html lang="{"zh-CN" if voice.language == "zh" else "en"}">\n<head>'
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>"
    yield f"<h1>{escape(words.heading(report, voice))}</h1>"
    stands = voice.moment(report.at)
    yield f'<p class="dim">{escape(voice.say(f"as it stands at {stands}", f"截至 {stands}"))}</p>'
    yield from _tiles(report, voice)
    yield from _rates(report.total, voice)
    yield from _spreads(report.total, voice)
    yield from _groups(report, voice)
    late, soon = voice.say("Overdue", "已逾期"), voice.say("Due soon", "即将到期")
    yield from _waiting(late, report.overdue, report.total.overdue, voice)
    yield from _waiting(soon, report.due_soon, report.total.due_soon, voice)
    yield "</body>\n</html>"


def _tiles(report: Report, voice: Voice) -> Iterator[str]:
    yield '<div class="tiles">'
    kinds = ("", "", " late", " soon")
    for (title, count), kind in zip(words.counts(report.total, voice), kinds, strict=True):
        coloured = kind if count else ""
        yield f'<div class="tile{coloured}"><b>{count:,}</b>{escape(title)}</div>'
    yield "</div>"
    days = report.soon_workdays
    told = voice.say(
        f"Due soon: due by the end of the next {days} working days, and not overdue. A due date "
        "that is still provisional is never overdue.",
        f"即将到期：在今后 {days} 个工作日内到期且未逾期。期限暂定的不计为逾期。",
    )
    yield f'<p class="dim">{escape(told)}</p>'


def _rates(figures: Figures, voice: Voice) -> Iterator[str]:
    yield f"<h2>{escape(voice.say('Rates', '比率'))}</h2>"
    drawn = [_rate_bar(name, rate, voice) for name, rate in figures.rates.items()]
    yield bars(voice.say("rates", "比率"), drawn, full=1)
    heads = (
        voice.say("rate", "比率"),
        "",
        voice.say("counted", "分子"),
        voice.say("of", "分母"),
        voice.say("left out", "不计入"),
    )
    rows = (
        (
            words.TITLES[name].in_language(voice.language),
            words.percent(rate.per_mille),
            f"{rate.numerator:,} · {words.numerator(name, voice)}",
            f"{rate.denominator:,} · {words.DENOMINATORS[name].in_language(voice.language)}",
            words.left_out(rate.excluded, voice.language),
        )
        for name, rate in figures.rates.items()
    )
    yield from _table(heads, rows, numbers={1})


def _rate_bar(name: RateName, rate: Rate, voice: Voice) -> Bar:
    kind = "some" if name in ("reopening", "return", "extension", "elevation") else "good"
    said = f"{words.percent(rate.per_mille)}  ({rate.numerator:,} / {rate.denominator:,})"
    part = Part(float(rate.value or 0), kind)
    return Bar(words.TITLES[name].in_language(voice.language), (part,), said)


def _spreads(figures: Figures, voice: Voice) -> Iterator[str]:
    for name, spread in figures.spreads.items():
        title = words.TITLES[name].in_language(voice.language)
        yield f"<h2>{escape(title[:1].upper() + title[1:])}</h2>"
        yield f"<p>{escape(_measured(name, spread, voice))}</p>"
        if spread.days:
            yield _histogram(title, spread, voice)


def _measured(name: SpreadName, spread: Spread, voice: Voice) -> str:
    said = words.measured(spread, voice)
    out = words.left_out(spread.excluded, voice.language)
    explained = f"{said} — {words.numerator(name, voice)}"
    if not out:
        return explained
    return voice.say(f"{explained}. Left out: {out}", f"{explained}。不计入：{out}")


def _histogram(title: str, spread: Spread, voice: Voice) -> str:
    most = spread.days[-1][0]
    wide = most // MOST_COLUMNS + 1
    heights = [0] * (most // wide + 1)
    for days, cases in spread.days:
        heights[days // wide] += cases
    labels = [
        str(at * wide) if wide == 1 else f"{at * wide}–{at * wide + wide - 1}"
        for at in range(len(heights))
    ]
    assert spread.mean is not None, "there are days"
    ninth = spread.percentile(90) or 0
    marks = [
        (
            (float(spread.mean) - (wide - 1) / 2) / wide,
            voice.say("mean ", "平均 ") + words.tenths(spread.mean),
        ),
        (
            (ninth + 0.5 - (wide - 1) / 2) / wide,
            voice.say(f"90 % within {ninth}", f"90% 在 {ninth} 日内"),
        ),
    ]
    return columns(title, list(zip(labels, heights, strict=True)), marks=marks)


def _groups(report: Report, voice: Voice) -> Iterator[str]:
    if report.by is None or not report.groups:
        return
    yield f"<h2>{escape(words.by(report.by, voice))}</h2>"
    overdue, opened = voice.say("overdue", "已逾期"), voice.say("open", "未办结")
    over = voice.say("finished", "已结束")
    yield (
        '<p class="key">'
        + "".join(
            f'<span><i style="background: var(--{kind})"></i>{escape(said)}</span>'
            for kind, said in (("good", over), ("some", opened), ("late", overdue))
        )
        + "</p>"
    )
    drawn = [_group_bar(voice.group(each.key), each.figures) for each in report.groups]
    yield bars(words.by(report.by, voice), drawn)
    rates, spreads = list(report.total.rates), list(report.total.spreads)
    counts = [title for title, _ in words.counts(report.total, voice)]
    yield from _group_table(report, counts, (), spreads, voice)
    yield from _group_table(report, [], rates, (), voice)


def _group_table(
    report: Report,
    counts: Sequence[str],
    rates: Sequence[RateName],
    spreads: Sequence[SpreadName],
    voice: Voice,
) -> Iterator[str]:
    short = [words.SHORT[name].in_language(voice.language) for name in (*rates, *spreads)]
    heads = ("", *counts, *short)
    rows = (
        (voice.group(each.key), *words.line(each.figures, rates, spreads, voice)[1 - len(heads) :])
        for each in report.groups
    )
    yield from _table(heads, rows, numbers=set(range(1, len(heads))))


def _group_bar(label: str, figures: Figures) -> Bar:
    parts = (
        Part(figures.cases - figures.open, "good"),
        Part(figures.open - figures.overdue, "some"),
        Part(figures.overdue, "late"),
    )
    return Bar(label, parts, f"{figures.cases:,}")


def _waiting(title: str, cases: Sequence[Waiting], count: int, voice: Voice) -> Iterator[str]:
    if not cases:
        return
    yield f"<h2>{escape(title)}</h2>"
    heads = (
        voice.say("case", "事项"),
        voice.say("party", "当事人"),
        voice.say("state", "状态"),
        voice.say("owner", "责任方"),
        voice.say("due", "期限"),
    )
    rows = (
        (
            each.case_id,
            voice.who(each.party),
            voice.state(each.workflow, each.state),
            voice.who(each.owner),
            voice.deadline(each.due_at),
        )
        for each in cases
    )
    yield from _table(heads, rows)
    if count > len(cases):
        more = voice.say(f"and {count - len(cases):,} more", f"另有 {count - len(cases):,} 件")
        yield f'<p class="dim">{escape(more)}</p>'


def _table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: set[int] | None = None
) -> Iterator[str]:
    classes = [' class="n"' if at in (numbers or ()) else "" for at in range(len(heads))]
    yield '<div class="wide"><table><thead><tr>'
    yield "".join(
        f"<th{kind}>{escape(head)}</th>" for kind, head in zip(classes, heads, strict=True)
    )
    yield "</tr></thead><tbody>"
    for row in rows:
        cells = zip(classes, row, strict=True)
        yield f"<tr>{''.join(f'<td{kind}>{escape(cell)}</td>' for kind, cell in cells)}</tr>"
    yield "</tbody></table></div>"
