"""Extensions and suspensions: who asks and decides, how much, how often, what becomes of it."""

from __future__ import annotations

from datetime import date

import pytest

from flowcase.case import Actor
from flowcase.errors import DocumentError
from flowcase.workflows.document import read_workflow
from tests.small import changed
from tests.test_clocks import ledger
from tests.test_machine import CHIEF, CLERK, NoStaff, codes
from tests.world import moment

REQUESTS = """
[clocks.work.extension]
ask = ["worker"]
decide = ["chief"]
times = 1
at_most = { workdays = 5 }
ask_before_due = { workdays = 1 }
tell = ["party"]
[clocks.work.suspension]
ask = ["worker"]
decide = ["chief"]
times = 1
at_most = { workdays = 10 }
total = { workdays = 10 }
tell = ["party"]
[clocks.watch]
runs_in = ["working"]
terms = [{ clock = "work", at_least = { workdays = 2 } }]
tell = ["chief"]
"""
DOCUMENT = changed(
    ('[[transitions]]\ntrigger = "take"', REQUESTS + '[[transitions]]\ntrigger = "take"')
)
WORKER = Actor("wang")


@pytest.fixture
def working() -> NoStaff:
    """Filed on Tuesday 26 July 2022, five working days: to the end of 2 August."""
    core = NoStaff(DOCUMENT)
    core.open({"what": "漏水"})
    core.fire("take", CLERK, {"worker": "wang"})
    return core


def ask(core: NoStaff, workdays: int = 3) -> None:
    core.fire("work.ask_extension", WORKER, {"workdays": workdays, "reason": "等材料"})


def test_an_extension_that_is_granted_moves_the_due_moment_by_so_much(working: NoStaff) -> None:
    ask(working, 3)
    assert ledger(working).last_day == date(2022, 8, 2), "asking alone moves nothing"
    assert working.history()[-1].told == ("@chief", "DG-0001")
    case = working.at("2022-07-29 10:00").fire("work.grant_extension", CHIEF)
    assert ledger(working).last_day == date(2022, 8, 5)
    assert case.due_at == moment("2022-08-06 00:00")
    assert working.history()[-1].told == ("wang", "DG-0001")
    assert ledger(working, "watch").due == moment("2022-08-06 00:00"), "what follows it goes along"


def test_less_may_be_granted_than_was_asked_but_never_more(working: NoStaff) -> None:
    ask(working, 3)
    (reason,) = working.refusal("work.grant_extension", CHIEF, workdays=4)
    assert (reason.code, reason.en) == ("too_much", "workdays is 4; possible: 1..3")
    working.fire("work.grant_extension", CHIEF, {"workdays": 1})
    assert ledger(working).last_day == date(2022, 8, 3)


def test_more_than_the_document_allows_cannot_be_asked(working: NoStaff) -> None:
    reasons = working.refusal("work.ask_extension", WORKER, workdays=6, reason="x")
    assert "invalid_data" in codes(reasons)
    assert codes(working.refusal("work.ask_extension", WORKER)) == {"missing_data"}


def test_a_refusal_moves_nothing_and_it_may_be_asked_again(working: NoStaff) -> None:
    ask(working)
    working.fire("work.refuse_extension", CHIEF, {"reason": "无正当理由"})
    assert ledger(working).last_day == date(2022, 8, 2)
    ask(working)
    assert ledger(working).pending is not None


def test_one_request_at_a_time_and_one_grant_in_a_cycle(working: NoStaff) -> None:
    ask(working)
    assert codes(working.refusal("work.ask_extension", WORKER, workdays=1, reason="x")) == {
        "request"
    }
    working.fire("work.grant_extension", CHIEF)
    assert codes(working.refusal("work.ask_extension", WORKER, workdays=1, reason="x")) == {"times"}
    working.fire("check", CHIEF, {"size": 3, "ready": True})
    working.fire("again", CHIEF)
    working.fire("take", CLERK, {"worker": "wang"})
    ask(working)
    assert ledger(working).extended == (), "a new cycle has a new ledger"


def test_it_is_asked_in_time_or_not_at_all(working: NoStaff) -> None:
    working.at("2022-08-02 00:00")
    (reason,) = working.refusal("work.ask_extension", WORKER, workdays=1, reason="x")
    assert (reason.code, reason.en) == (
        "too_late",
        "an extension of clock 'work' had to be asked by the end of 2022-08-01",
    )
    working.at("2022-08-01 23:59")
    ask(working)


def test_what_nobody_decides_lapses_when_the_clock_is_due(working: NoStaff) -> None:
    ask(working)
    working.tick("2022-08-03 00:00")
    assert ledger(working).pending is None
    assert codes(working.refusal("work.grant_extension", CHIEF)) == {"request"}
    (due,) = [each for each in working.history() if each.trigger == "climb"]
    assert "pending" not in due.changes.set["clocks.work"], "it is in the entry that it lapsed"


def test_a_grant_after_the_due_moment_is_refused_even_before_the_tick(working: NoStaff) -> None:
    ask(working)
    assert codes(working.at("2022-08-03 00:00").refusal("work.grant_extension", CHIEF)) == {
        "request"
    }


def test_a_request_lapses_when_the_clock_no_longer_runs() -> None:
    core = NoStaff(
        DOCUMENT.replace(
            'runs_in = ["new", "working", "checked"]', 'runs_in = ["new", "working"]'
        ).replace(
            "[states.checked]",
            '[clocks.rest]\nruns_in = ["checked"]\nterms = [{ workdays = 1 }]\n'
            'tell = ["chief"]\nrepeat = { workdays = 1 }\n[states.checked]',
        )
    )
    core.open({"what": "漏水"})
    core.fire("take", CLERK, {"worker": "wang"})
    ask(core)
    core.fire("check", CHIEF, {"size": 3, "ready": True})
    assert ledger(core).pending is None


@pytest.mark.parametrize(
    "decider",
    [
        Actor("wang", roles={"chief"}),
        Actor("wu", roles={"chief"}, unit="wang"),
        Actor("wu", roles={"chief"}, on_behalf_of="wang"),
    ],
)
def test_nobody_decides_what_he_or_his_unit_asked(working: NoStaff, decider: Actor) -> None:
    ask(working)
    assert codes(working.refusal("work.grant_extension", decider)) == {"separation"}


def test_who_may_not_ask_or_decide_is_told_who_may(working: NoStaff) -> None:
    assert codes(working.refusal("work.ask_extension", CHIEF, workdays=1, reason="x")) == {"role"}
    ask(working)
    assert codes(working.refusal("work.grant_extension", CLERK)) == {"role"}


def test_what_can_be_asked_or_decided_is_listed_only_when_it_can(working: NoStaff) -> None:
    def triggers(actor: Actor) -> set[str]:
        return {move.trigger for move in working.available(actor) if "." in move.trigger}

    assert triggers(WORKER) == {"work.ask_extension", "work.ask_suspension"}
    assert triggers(CHIEF) == set()
    ask(working)
    assert triggers(WORKER) == set()
    assert triggers(CHIEF) == {"work.grant_extension", "work.refuse_extension"}


def suspend(core: NoStaff, review: str = "2022-08-05") -> None:
    core.fire("work.ask_suspension", WORKER, {"review_on": review, "reason": "待诉讼结果"})
    core.fire("work.grant_suspension", CHIEF)


def test_a_suspended_clock_stands_until_its_review_date_and_goes_on_by_itself(
    working: NoStaff,
) -> None:
    working.at("2022-07-28 10:00")
    suspend(working)
    assert ledger(working).standing
    assert ledger(working, "watch").standing, "what follows it stands with it"
    assert working.case().wake_at == moment("2022-08-06 00:00")
    assert working.case().due_at is None
    assert working.tick("2022-08-05 23:59") == 0
    assert working.tick("2022-08-06 00:00") == 1
    assert working.history()[-1].rung == {
        "clock": "work",
        "rung": "review",
        "at": "2022-08-05T16:00:00.000000Z",
        "late_s": 0,
    }
    assert not ledger(working).standing
    # Six working days stood still, 29 July to 5 August; two were used before, three are left.
    assert ledger(working).last_day == date(2022, 8, 10)
    assert ledger(working, "watch").due == ledger(working).due


def test_a_suspension_may_be_ended_earlier(working: NoStaff) -> None:
    working.at("2022-07-28 10:00")
    suspend(working)
    assert codes(working.refusal("work.ask_extension", WORKER, workdays=1, reason="x")) == {
        "request"
    }
    working.at("2022-07-29 10:00").fire("work.resume", WORKER)
    assert ledger(working).last_day == date(2022, 8, 3)
    assert codes(working.refusal("work.resume", WORKER)) == {"request"}


def test_a_suspension_is_bounded_by_the_document(working: NoStaff) -> None:
    (reason,) = working.refusal("work.ask_suspension", WORKER, review_on="2022-08-10", reason="x")
    assert (reason.code, reason.en) == (
        "too_much",
        "review_on is 2022-08-10; possible: > 2022-07-26, <= 2022-08-09",
    )
    assert codes(
        working.refusal("work.ask_suspension", WORKER, review_on="2022-07-26", reason="x")
    ) == {"too_much"}
    suspend(working, "2022-08-09")
    working.tick("2022-08-10 00:00")
    again = working.refusal("work.ask_suspension", WORKER, review_on="2022-08-11", reason="x")
    assert "times" in codes(again)


def test_the_total_counts_every_pause_of_the_clock() -> None:
    core = NoStaff(
        DOCUMENT.replace(
            "times = 1\nat_most = { workdays = 10 }", "times = 3\nat_most = { workdays = 10 }"
        )
    )
    core.open({"what": "漏水"})
    core.fire("take", CLERK, {"worker": "wang"})
    suspend(core, "2022-08-03")
    core.tick("2022-08-04 00:00")
    # 27 July to 3 August and the day of resuming: seven working days; three are left.
    (reason,) = core.at("2022-08-04 09:00").refusal(
        "work.ask_suspension", WORKER, review_on="2022-08-10", reason="x"
    )
    assert reason.en == "review_on is 2022-08-10; possible: > 2022-08-04, <= 2022-08-09"


def test_a_suspension_ends_when_its_state_is_left(working: NoStaff) -> None:
    working.at("2022-07-28 10:00")
    suspend(working)
    working.at("2022-07-29 10:00").fire("check", CHIEF, {"size": 3, "ready": True})
    assert ledger(working).standing, "the clock runs on in 'checked', and so does its suspension"
    working.fire("finish", Actor("zhang"))
    assert not ledger(working).standing


@pytest.mark.parametrize(
    "old, new, path",
    [
        ('decide = ["chief"]\ntimes', 'decide = ["worker"]\ntimes', "clocks.work.extension.decide"),
        ('ask = ["worker"]', 'ask = ["nobody"]', "clocks.work.extension.ask"),
        (
            "ask_before_due = { workdays = 1 }",
            "ask_before_due = { hours = 4 }",
            "clocks.work.extension.ask_before_due",
        ),
        ("total = { workdays = 10 }", "total = { days = 10 }", "clocks.work.suspension"),
        (
            'tell = ["party"]\n[clocks.work.susp',
            'tell = ["all"]\n[clocks.work.susp',
            "clocks.work.extension.tell",
        ),
    ],
)
def test_a_table_that_cannot_be_is_a_finding(old: str, new: str, path: str) -> None:
    assert old in DOCUMENT
    with pytest.raises(DocumentError) as raised:
        read_workflow(DOCUMENT.replace(old, new))
    assert path in [finding.path for finding in raised.value.findings]
