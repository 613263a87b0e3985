"""The stories: who does what, when; everything else that happens is the engine's doing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flowcase.demo.stage import Stage
from flowcase.terms import Naming


@dataclass(frozen=True, slots=True)
class Script:
    """A story: its title, what it is about, and how it is performed."""

    title: Naming
    plot: Naming
    perform: Callable[[Stage, str], None]


def _in_time(stage: Stage, language: str) -> None:
    def say(en: str, zh: str) -> str:
        return zh if language == "zh" else en

    appeal = {
        "kind": "appeal",
        "addressee": "mayor",
        "subject": say("Land for a second plant", "二期厂房用地手续"),
        "content": say(
            "The papers for the land of our second plant have waited for half a year.",
            "二期厂房用地手续已等待半年，恳请协调。",
        ),
    }
    stage.file("2022-07-26 09:30", "zhang", "DG-0001", appeal)
    people = {"coordinator": "li", "section": "section-2"}
    triage = {**people, "complexity": "general", "sector": "land"}
    stage.act("2022-07-26 15:10", "ma", "coordinate", triage)
    stage.act("2022-07-27 10:00", "li", "assign", {"lead": "land-bureau"})
    stage.act("2022-07-27 16:20", "wang", "sign")
    result = say("The papers were completed and handed over.", "用地手续已办结并送达企业。")
    stage.act("2022-08-04 11:00", "wang", "report", {"result": result})
    closing = {"opinion": say("Agreed.", "同意办结。"), "outcome": "solved"}
    stage.try_(
        "2022-08-04 11:05",
        "wang",
        "close",
        closing,
        Naming(zh="主办人自己办结", en="the one who did the work tries to close it"),
    )
    stage.act("2022-08-05 09:40", "li", "close", closing)
    stage.act("2022-08-08 10:15", "zhang", "rate", {"rating": "5"})


def _once_more(stage: Stage, language: str) -> None:
    def say(en: str, zh: str) -> str:
        return zh if language == "zh" else en

    appeal = {
        "kind": "appeal",
        "addressee": "vice_mayor",
        "subject": say("A loan for a cold store", "冷库项目贷款"),
        "content": say(
            "Banks ask for guarantees that a firm of our size cannot give.",
            "银行要求的担保我司规模无法提供，恳请协调融资。",
        ),
    }
    stage.file("2022-08-24 10:00", "luo", "DG-0007", appeal)
    people = {"coordinator": "lin", "section": "section-2"}
    triage = {**people, "complexity": "complex", "sector": "finance"}
    stage.act("2022-08-25 09:20", "ma", "coordinate", triage)
    stage.act("2022-08-25 15:00", "lin", "assign", {"lead": "finance-bureau"})
    stage.act("2022-08-26 09:00", "zhou", "sign")
    first = say("A list of banks was sent to the firm.", "已将银行名单发送企业。")
    stage.act("2022-09-05 10:30", "zhou", "report", {"result": first})
    closing = {"opinion": say("Answered.", "已答复。"), "outcome": "explained"}
    stage.act("2022-09-06 09:00", "lin", "close", closing)
    rating = {"rating": "1", "comment": say("A list is not a loan.", "名单不等于贷款。")}
    stage.act("2022-09-07 14:00", "luo", "rate", rating)
    order = say("Hold a meeting with three banks.", "召集三家银行专题协调。")
    stage.act("2022-09-08 09:30", "cai", "instruct", {"instruction": order})
    second = say(
        "A bank lends 8 million; the guarantee fund stands in.", "银行授信八百万元，担保基金增信。"
    )
    stage.act("2022-09-15 16:00", "zhou", "report", {"result": second})
    closing = {"opinion": say("Done.", "办结。"), "outcome": "solved"}
    stage.act("2022-09-16 10:00", "cai", "close", closing)
    stage.act("2022-09-19 11:00", "luo", "rate", {"rating": "4"})


def _neglected(stage: Stage, language: str) -> None:
    def say(en: str, zh: str) -> str:
        return zh if language == "zh" else en

    appeal = {
        "kind": "appeal",
        "addressee": "mayor",
        "sector": "land",
        "subject": say("A road to the factory gate", "厂区门前道路"),
        "content": say("Lorries cannot reach our gate.", "货车无法驶入厂区。"),
    }
    stage.file("2022-09-23 10:12", "sun", "DG-0012", appeal)
    stage.wait("2022-11-01 09:00")


SCRIPTS = (
    Script(
        Naming(zh="按期办结", en="In time"),
        Naming(
            zh="一般事项，十个工作日内办结，企业评五星。",
            en="A general matter, closed within ten working days, and rated five stars.",
        ),
        _in_time,
    ),
    Script(
        Naming(zh="一星重办", en="Once more"),
        Naming(
            zh="复杂事项，办结后企业评一星，提高一级重新办理，再评四星。",
            en="A complex matter, closed, rated one star, done again one tier higher, rated four.",
        ),
        _once_more,
    ),
    Script(
        Naming(zh="无人办理", en="Neglected"),
        Naming(
            zh="国庆节前提交，无人办理；只凭时限，逐级升至市长。",
            en="Filed before National Day, touched by nobody: clocks alone carry it to the mayor.",
        ),
        _neglected,
    ),
)
