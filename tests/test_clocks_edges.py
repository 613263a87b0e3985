"""Clocks to the second: terms of every unit, borrowed terms, warnings, repeats, pauses, phases.

Filed on Tuesday 26 July 2022, at nine in the morning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from flowcase.calendars.calendar import load_calendar
from flowcase.case import Actor
from flowcase.clocks import (
    Rung,
    active,
    earliest_due,
    extension_of,
    lengthened,
    next_rung,
    phase,
    rang,
    rungs,
)
from flowcase.ledgers import Ledger, Pending, read_ledger
from flowcase.outcome import World
from flowcase.terms import Term
from flowcase.workflows.document import read_workflow
from tests.core import CALENDAR
from tests.small import changed
from tests.test_clocks import ledger
from tests.test_machine import CHIEF, CLERK, NoStaff
from tests.world import moment

TERMS = 'terms = [{ when = { colour = "red" }, workdays = 2 }, { workdays = 5 }]'
WARN = 'warn = [{ before = { workdays = 1 }, tell = ["owner"] }]'
REPEAT = "repeat = { workdays = 1 }"
ACCEPTS = 'accepts = ["colour"]\ntell'
ACCEPTED = 'accepts = ["colour", "until"]\ntell'


def filed(*changes: tuple[str, str], **data: str) -> NoStaff:
    core = NoStaff(changed((ACCEPTS, ACCEPTED), *changes))
    core.open({"what": "漏水", **data})
    return core


def second_clock(terms: str, runs_in: str = '["new", "working", "checked"]') -> tuple[str, str]:
    text = f'[clocks.echo]\nruns_in = {runs_in}\nterms = [{terms}]\ntell = ["chief"]\n{REPEAT}\n'
    return '[[transitions]]\ntrigger = "take"', text + '[[transitions]]\ntrigger = "take"'


@pytest.mark.parametrize(
    "term, due, last_day",
    [
        ('{ until = "until" }', "2022-08-06 00:00", "2022-08-05"),
        ('{ until = "until", before = { workdays = 2 } }', "2022-08-04 00:00", "2022-08-03"),
        ('{ until = "until", after = { workdays = 2 } }', "2022-08-10 00:00", "2022-08-09"),
        ('{ until = "until", before = { days = 4 } }', "2022-08-02 00:00", "2022-08-01"),
        ('{ until = "until", after = { days = 1 } }', "2022-08-07 00:00", "2022-08-06"),
        ('{ until = "until", before = { hours = 5 } }', "2022-08-05 19:00", "2022-08-05"),
        ('{ until = "until", after = { hours = 5 } }', "2022-08-06 05:00", "2022-08-06"),
        ('{ until = "until", at_least = { workdays = 9 } }', "2022-08-09 00:00", "2022-08-08"),
        ('{ until = "until", at_least = { workdays = 1 } }', "2022-08-06 00:00", "2022-08-05"),
    ],
)
def test_a_term_up_to_a_date_ends_with_that_day_or_so_much_earlier_or_later(
    term: str, due: str, last_day: str
) -> None:
    core = filed((TERMS, f"terms = [{term}]"), until="2022-08-05")
    assert ledger(core).due == moment(due)
    assert ledger(core).last_day == date.fromisoformat(last_day)
    assert not ledger(core).provisional


def test_a_term_up_to_a_date_never_given_is_over_with_the_day_it_began() -> None:
    core = filed((TERMS, 'terms = [{ until = "until" }]'))
    assert ledger(core).due == moment("2022-07-27 00:00")
    assert ledger(core).last_day == date(2022, 7, 26)


@pytest.mark.parametrize(
    "term, due, last_day",
    [
        ('{ clock = "work" }', "2022-08-03 00:00", "2022-08-02"),
        ('{ clock = "work", before = { workdays = 1 } }', "2022-08-02 00:00", "2022-08-01"),
        ('{ clock = "work", after = { days = 3 } }', "2022-08-06 00:00", "2022-08-05"),
        ('{ clock = "work", after = { hours = 2 } }', "2022-08-03 02:00", "2022-08-03"),
        ('{ clock = "work", before = { hours = 2 } }', "2022-08-02 22:00", "2022-08-02"),
    ],
)
def test_a_clock_that_follows_another_is_due_with_it_or_so_much_earlier_or_later(
    term: str, due: str, last_day: str
) -> None:
    core = filed(second_clock(term))
    assert ledger(core, "echo").due == moment(due)
    assert ledger(core, "echo").last_day == date.fromisoformat(last_day)


def test_a_clock_that_follows_one_that_never_started_is_over_with_its_day() -> None:
    core = filed(
        ('runs_in = ["new", "working", "checked"]', 'runs_in = ["working", "checked"]'),
        second_clock('{ clock = "work" }', '["new", "working", "checked"]'),
    )
    assert ledger(core, "echo").due == moment("2022-07-27 00:00")


def test_a_clock_that_follows_moves_with_the_one_it_follows() -> None:
    core = filed(second_clock('{ clock = "work" }'))
    core.fire("paint", CLERK, {"colour": "red"})
    assert ledger(core).due == moment("2022-07-29 00:00")
    assert ledger(core, "echo").due == moment("2022-07-29 00:00")


@pytest.mark.parametrize(
    "before, at",
    [
        ("{ workdays = 1 }", "2022-08-01 00:00"),
        ("{ days = 3 }", "2022-07-30 00:00"),
        ("{ hours = 30 }", "2022-08-01 18:00"),
    ],
)
def test_a_warning_rings_so_much_before_the_due_moment(before: str, at: str) -> None:
    core = filed((WARN, f'warn = [{{ before = {before}, tell = ["owner"] }}]'))
    assert core.case().wake_at == moment(at)
    core.at(at).advance(timedelta(microseconds=-1))
    assert core.tick() == 0
    assert core.tick(at) == 1
    assert (core.history()[-1].rung or {})["rung"] == "warn.0"


@pytest.mark.parametrize("before", ["{ workdays = 20 }", "{ hours = 183 }"])
def test_a_warning_from_before_the_start_never_rings(before: str) -> None:
    core = filed((WARN, f'warn = [{{ before = {before}, tell = ["owner"] }}]'))
    assert core.case().wake_at == moment("2022-08-03 00:00")


def test_each_of_two_warnings_has_its_own_number_and_hearers() -> None:
    two = (
        'warn = [{ before = { days = 4 }, tell = ["owner"] },'
        ' { before = { days = 1 }, tell = ["chief"] }]'
    )
    core = filed((WARN, two))
    assert core.tick("2022-08-02 09:00") == 2
    first, second = core.history()[-2:]
    assert [(each.rung or {})["rung"] for each in (first, second)] == ["warn.0", "warn.1"]
    assert [each.told for each in (first, second)] == [("@clerk",), ("@chief",)]


@pytest.mark.parametrize(
    "repeat, again",
    [
        ("{ workdays = 2 }", "2022-08-05 00:00"),
        ("{ days = 3 }", "2022-08-06 00:00"),
        ("{ hours = 5 }", "2022-08-03 15:00"),
    ],
)
def test_a_repeat_rings_so_much_after_it_really_rang(repeat: str, again: str) -> None:
    core = filed((REPEAT, f"repeat = {repeat}"), (WARN, ""))
    assert core.tick("2022-08-03 10:00") == 1
    assert core.case().wake_at == moment(again)


@pytest.mark.parametrize("name, due", [("due", True), ("repeat", True), ("warn.0", False)])
def test_only_the_due_moment_and_its_repeats_are_due(name: str, due: bool) -> None:
    assert Rung("work", name, moment("2022-08-03 00:00")).is_due is due


def a_ledger(**changes: object) -> Ledger:
    blank = Ledger(
        since=moment("2022-07-26 09:00"),
        option=0,
        due=moment("2022-08-03 00:00"),
        last_day=date(2022, 8, 2),
        floor=None,
        known=date(2021, 10, 25),
    )
    return replace(blank, **changes)  # type: ignore[arg-type]  # as the tests name them


PAUSED = ((moment("2022-07-27 09:00"), None),)


@pytest.mark.parametrize(
    "changes, state, expected",
    [
        ({"stopped": True, "pauses": PAUSED}, "new", "stopped"),
        ({"pauses": PAUSED}, "new", "paused"),
        ({"pauses": PAUSED}, "done", "paused"),
        ({}, "done", "stopped"),
        ({}, "new", "due"),
        ({"floor": moment("2022-08-01 00:00")}, "new", "running"),
    ],
)
def test_the_phase_says_first_what_was_decided_and_then_what_time_made(
    changes: dict[str, object], state: str, expected: str
) -> None:
    rules = read_workflow(changed()).clocks["work"]
    assert phase(rules, a_ledger(**changes), state, moment("2022-08-03 00:00")) == expected


@pytest.mark.parametrize(
    "changes, state, counting",
    [
        ({}, "new", True),
        ({}, "done", False),
        ({"stopped": True}, "new", False),
        ({"pauses": PAUSED}, "new", False),
        ({"pauses": ((moment("2022-07-27 09:00"), moment("2022-07-28 09:00")),)}, "new", True),
    ],
)
def test_a_clock_counts_where_it_runs_unless_it_stands_or_was_stopped(
    changes: dict[str, object], state: str, counting: bool
) -> None:
    workflow = read_workflow(changed())
    found = a_ledger(**changes)
    assert active(workflow.clocks["work"], found, state) is counting
    assert earliest_due(workflow, {"work": found}, state) == (found.due if counting else None)
    rung = next_rung(workflow, {"work": found}, state, CALENDAR)
    assert (rung is not None) is counting


def rungs_of(**ledger: object) -> Iterator[tuple[str, datetime]]:
    rules = read_workflow(changed()).clocks["work"]
    return ((rung.name, rung.at) for rung in rungs(rules, a_ledger(**ledger), CALENDAR))


def test_a_clock_without_a_repeat_is_silent_once_it_was_due() -> None:
    rules = read_workflow(changed()).clocks["work"]
    found = a_ledger(rung=("warn.0", "due"), rang_at=moment("2022-08-03 00:00"))
    assert list(rungs(replace(rules, repeat=None), found, CALENDAR)) == []
    assert list(rungs(rules, found, CALENDAR)) == [
        Rung("work", "repeat", moment("2022-08-04 00:00"))
    ]
    assert list(rungs(rules, replace(found, rang_at=None), CALENDAR)) == []


def test_a_warning_at_the_very_start_does_not_ring_and_one_later_does() -> None:
    start = moment("2022-08-01 00:00")
    assert [name for name, _ in rungs_of(since=start)] == ["due"]
    assert [name for name, _ in rungs_of(since=start - timedelta(microseconds=1))] == [
        "warn.0",
        "due",
    ]


@pytest.mark.parametrize(
    "rang_at, again",
    [
        (None, "2022-08-01 00:00"),
        ("2022-07-30 10:00", "2022-08-01 00:00"),
        ("2022-08-01 00:00", "2022-08-02 00:00"),
        ("2022-08-05 10:00", "2022-08-08 00:00"),
    ],
)
def test_an_estimate_reminds_at_its_floor_and_then_every_working_day(
    rang_at: str | None, again: str
) -> None:
    found = dict(
        rungs_of(
            floor=moment("2022-08-01 00:00"),
            rang_at=moment(rang_at) if rang_at else None,
        )
    )
    assert found == {
        "warn.0": moment("2022-07-29 00:00"),  # a day before Sunday 31 July, the floor's last day
        "provisional": moment(again),
    }


def test_of_two_rungs_at_one_moment_the_documents_first_clock_rings_first() -> None:
    core = filed(second_clock('{ clock = "work" }'), (WARN, ""))
    core.tick("2022-08-03 00:00")
    rang_ = [entry.rung for entry in core.history() if entry.rung]
    assert [(each["clock"], each["rung"]) for each in rang_] == [("work", "due"), ("echo", "due")]


def test_of_two_rungs_the_earlier_rings_first_whatever_the_documents_order() -> None:
    core = filed(second_clock("{ workdays = 1 }"), (WARN, ""))
    assert core.case().wake_at == moment("2022-07-28 00:00")
    assert core.case().due_at == moment("2022-07-28 00:00")


def test_a_rung_left_out_gives_way_to_the_next() -> None:
    workflow = read_workflow(changed())
    ledgers = {"work": a_ledger()}
    first = next_rung(workflow, ledgers, "new", CALENDAR)
    assert first == Rung("work", "warn.0", moment("2022-08-01 00:00"))
    second = next_rung(workflow, ledgers, "new", CALENDAR, frozenset({first}))
    assert second == Rung("work", "due", moment("2022-08-03 00:00"))
    assert next_rung(workflow, ledgers, "new", CALENDAR, frozenset({first, second})) is None


def test_a_review_rings_when_its_day_is_over_beside_what_rings_earlier() -> None:
    workflow = read_workflow(changed(second_clock("{ workdays = 9 }")))
    standing = a_ledger(pauses=PAUSED, review=date(2022, 7, 29))
    review = Rung("work", "review", moment("2022-07-30 00:00"))
    for other in ("2022-07-29 00:00", "2022-07-30 00:00", "2022-07-31 00:00"):
        due = Rung("echo", "due", moment(other))
        before = {"echo": a_ledger(due=due.at), "work": standing}
        after = {"work": standing, "echo": a_ledger(due=due.at)}
        expected = min(due, review, key=lambda each: each.at)
        first = due if due.at == review.at else expected
        assert next_rung(workflow, before, "new", CALENDAR) == first
        first = review if due.at == review.at else expected
        assert next_rung(workflow, after, "new", CALENDAR) == first


def test_what_rang_is_remembered_each_kind_in_its_way() -> None:
    at = moment("2022-08-03 10:00")
    asked = a_ledger(
        pending=Pending("extension", 3, ("wang",)), review=date(2022, 8, 1), rung=("warn.0",)
    )
    assert rang(asked, Rung("work", "repeat", at), at) == replace(asked, rang_at=at)
    assert rang(asked, Rung("work", "provisional", at), at) == replace(asked, rang_at=at)
    assert rang(asked, Rung("work", "review", at), at) == replace(asked, review=None)
    assert rang(asked, Rung("work", "warn.1", at), at) == replace(asked, rung=("warn.0", "warn.1"))
    assert rang(asked, Rung("work", "due", at), at) == replace(
        asked, rung=("warn.0", "due"), rang_at=at, pending=None
    )


EXTENDED = (
    '[clocks.work.extension]\nask = ["worker"]\ndecide = ["chief"]\n'
    "at_most = { AMOUNT }\ntimes = 2\n"
)


def extended(amount: str, terms: str = TERMS) -> NoStaff:
    text = EXTENDED.replace("AMOUNT", amount)
    take = '[[transitions]]\ntrigger = "take"'
    core = filed((take, text + take), (TERMS, terms))
    core.fire("take", CLERK, {"worker": "wang"})
    return core


def granted(core: NoStaff, **amount: int) -> Ledger:
    core.fire("work.ask_extension", Actor("wang"), {**amount, "reason": "x"})
    core.fire("work.grant_extension", CHIEF)
    return ledger(core)


def test_extensions_of_the_terms_unit_lengthen_it_one_after_the_other() -> None:
    core = extended("workdays = 5")
    assert granted(core, workdays=1).due == moment("2022-08-04 00:00")
    assert granted(core, workdays=2).due == moment("2022-08-06 00:00")
    rules, found = core.workflow.clocks["work"], ledger(core)
    assert extension_of(rules, found) == Term(workdays=3)
    assert extension_of(rules, replace(found, extended=())) is None
    assert extension_of(replace(rules, extension=None), found) is None


def test_an_extension_of_another_unit_is_added_after_the_term() -> None:
    assert granted(extended("hours = 5"), hours=3).due == moment("2022-08-03 03:00")
    days = granted(extended("days = 5"), days=4)
    assert (days.due, days.last_day) == (moment("2022-08-07 00:00"), date(2022, 8, 6))


def test_an_extension_of_a_borrowed_term_is_added_after_it() -> None:
    core = extended("workdays = 5", 'terms = [{ until = "until" }]')
    assert ledger(core).last_day == date(2022, 7, 26)
    assert granted(core, workdays=2).last_day == date(2022, 7, 28)


def test_only_an_extension_of_the_same_unit_lengthens_a_term() -> None:
    assert lengthened(Term(workdays=5), Term(workdays=2)) == Term(workdays=7)
    assert lengthened(Term(workdays=5), Term(days=2)) == Term(workdays=5)
    assert lengthened(Term(workdays=5), None) == Term(workdays=5)


def test_a_term_made_longer_and_shorter_again_keeps_no_floor_from_before() -> None:
    core = filed((TERMS, TERMS.replace("workdays = 2", "workdays = 9")), ("times = 1\n", ""))
    core.at("2022-08-01 09:00").fire("paint", CLERK, {"colour": "red"})
    assert (ledger(core).due, ledger(core).least) == (moment("2022-08-09 00:00"), None)
    assert ledger(core).option == 0
    core.at("2022-07-27 09:00")


def test_a_term_made_shorter_ends_with_the_next_working_day_at_the_earliest() -> None:
    core = filed()
    core.at("2022-08-01 23:59").fire("paint", CLERK, {"colour": "red"})
    assert ledger(core).least == moment("2022-08-03 00:00")
    assert ledger(core).last_day == date(2022, 8, 2)
    assert not ledger(core).provisional
    assert ledger(core).floor is None


def test_a_term_that_is_overdue_already_is_not_made_later_by_a_shorter_one() -> None:
    core = filed()
    core.tick("2022-08-03 00:00")
    before = ledger(core)
    assert core.refusal("paint", CLERK, colour="red")[0].code == "term_fixed"
    assert ledger(core) == before


WAITING = (
    ("[states.done]", '[states.waiting]\nowner = "clerk"\n[states.done]'),
    (
        'runs_in = ["new", "working", "checked"]',
        'runs_in = ["new", "working", "checked"]\npauses_in = ["waiting"]',
    ),
    (
        '[[transitions]]\ntrigger = "climb"',
        (
            '[clocks.patience]\nruns_in = ["waiting"]\nterms = [{ workdays = 30 }]\n'
            'tell = ["clerk"]\nrepeat = { workdays = 1 }\n'
            '[[transitions]]\ntrigger = "ask"\nsource = "new"\ndest = "waiting"\nby = ["clerk"]\n'
            '[[transitions]]\ntrigger = "answer"\nsource = "waiting"\ndest = "new"\n'
            'by = ["party"]\n'
            '[[transitions]]\ntrigger = "climb"'
        ),
    ),
)


def test_two_pauses_are_both_kept_and_both_counted() -> None:
    core = filed(*WAITING)
    for begin, end in (("27", "28"), ("29", "30")):
        core.at(f"2022-07-{begin} 09:00").fire("ask", CLERK)
        core.at(f"2022-07-{end} 10:00").fire("answer", Actor("zhang"))
    assert ledger(core).pauses == (
        (moment("2022-07-27 09:00"), moment("2022-07-28 10:00")),
        (moment("2022-07-29 09:00"), moment("2022-07-30 10:00")),
    )
    assert ledger(core).last_day == date(2022, 8, 3), "28 July did not count; 30 July is a Saturday"


@pytest.mark.parametrize("at, stands", [("2022-08-02 23:59", True), ("2022-08-03 00:00", False)])
def test_what_is_due_already_cannot_be_made_to_stand(at: str, stands: bool) -> None:
    core = filed(*WAITING)
    core.at(at).fire("ask", CLERK)
    assert ledger(core).standing is stands


def test_an_estimate_can_be_made_to_stand_though_its_day_has_passed() -> None:
    core = NoStaff(changed((ACCEPTS, ACCEPTED), *WAITING), at="2021-12-27 09:00")
    then = load_calendar("cn", known_at=date(2021, 10, 1))
    core._world = lambda: World(then, core.directory)  # type: ignore[method-assign]  # as known then
    core.open({"what": "漏水"})
    assert ledger(core).provisional
    core.at("2022-01-20 09:00").fire("ask", CLERK)
    assert ledger(core).standing


def test_a_clock_that_follows_a_standing_one_stands_with_it_and_goes_on_with_it() -> None:
    core = filed(second_clock('{ clock = "work" }', '["new", "working", "waiting"]'), *WAITING)
    core.at("2022-07-27 09:00").fire("ask", CLERK)
    assert ledger(core, "echo").standing
    core.at("2022-07-29 09:00").fire("answer", Actor("zhang"))
    assert not ledger(core, "echo").standing
    assert ledger(core, "echo").due == ledger(core).due == moment("2022-08-05 00:00")


def test_a_new_cycle_begins_every_clock_afresh() -> None:
    core = filed()
    core.tick("2022-08-01 00:00")
    core.fire("take", CLERK, {"worker": "wang"})
    core.fire("check", CHIEF, {"size": 4, "ready": True})
    core.at("2022-08-02 09:00").fire("again", CHIEF)
    assert ledger(core).since == moment("2022-08-02 09:00")
    assert ledger(core).rung == ()
    assert ledger(core).due == moment("2022-08-10 00:00")


def with_triggers(clock: str) -> tuple[tuple[str, str], ...]:
    return (
        second_clock("{ workdays = 3 }"),
        ('[clocks.echo]\nruns_in = ["new", "working", "checked"]', f"[clocks.echo]\n{clock}"),
    )


def test_a_clock_that_a_trigger_starts_starts_with_every_firing_where_it_runs() -> None:
    core = filed(*with_triggers('runs_in = ["working"]\nstarts_on = ["hand_over"]'))
    core.fire("take", CLERK, {"worker": "wang"})
    assert "clocks.echo" not in core.case().facts, "entering a state does not start it"
    core.at("2022-07-27 09:00").fire("hand_over", CHIEF, {"worker": "li"})
    assert ledger(core, "echo").since == moment("2022-07-27 09:00")
    core.at("2022-07-28 09:00").fire("hand_over", CHIEF, {"worker": "wang"})
    assert ledger(core, "echo").since == moment("2022-07-28 09:00")
    assert ledger(core, "echo").due == moment("2022-08-03 00:00")


def test_a_trigger_that_starts_a_clock_elsewhere_does_not_start_it() -> None:
    core = filed(*with_triggers('runs_in = ["working"]\nstarts_on = ["recuse", "hand_over"]'))
    core.fire("recuse", CHIEF, {"recused": ["wu"]})
    assert "clocks.echo" not in core.case().facts


def test_a_clock_that_a_trigger_stops_stays_stopped() -> None:
    core = filed(
        *with_triggers('runs_in = ["new", "working", "checked"]\nstops_on = ["hand_over"]')
    )
    core.fire("take", CLERK, {"worker": "wang"})
    assert not ledger(core, "echo").stopped
    core.fire("hand_over", CHIEF, {"worker": "li"})
    assert ledger(core, "echo").stopped
    core.fire("check", CHIEF, {"size": 4, "ready": True})
    assert ledger(core, "echo").stopped


def test_whatever_a_ledger_holds_is_stored_and_read_without_loss() -> None:
    full = a_ledger(
        floor=moment("2022-08-01 00:00"),
        pauses=(*((moment("2022-07-27 09:00"), moment("2022-07-28 09:00")),), *PAUSED),
        rung=("warn.0", "due"),
        rang_at=moment("2022-08-03 10:00"),
        least=moment("2022-08-02 00:00"),
        stopped=True,
        extended=(1, 2),
        pending=Pending("suspension", "2022-08-09", ("wang", "li")),
        review=date(2022, 8, 5),
        suspensions=2,
    )
    assert full.as_fact() == {
        "since": "2022-07-26T01:00:00.000000Z",
        "option": 0,
        "due": "2022-08-02T16:00:00.000000Z",
        "last_day": "2022-08-02",
        "known": "2021-10-25",
        "floor": "2022-07-31T16:00:00.000000Z",
        "pauses": [
            ["2022-07-27T01:00:00.000000Z", "2022-07-28T01:00:00.000000Z"],
            ["2022-07-27T01:00:00.000000Z", None],
        ],
        "rung": ["warn.0", "due"],
        "rang_at": "2022-08-03T02:00:00.000000Z",
        "least": "2022-08-01T16:00:00.000000Z",
        "stopped": True,
        "extended": [1, 2],
        "pending": ["suspension", "2022-08-09", "wang", "li"],
        "review": "2022-08-05",
        "suspensions": 2,
    }
    assert read_ledger(full.as_fact()) == full
    blank = a_ledger(known=None)
    assert sorted(blank.as_fact()) == ["due", "last_day", "option", "since"]
    assert read_ledger(blank.as_fact()) == blank
