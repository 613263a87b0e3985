"""Versions: cases stay with their document until they are moved, and lose nothing on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

import flowcase
from flowcase import transfers
from flowcase.case import Actor, Case
from flowcase.ledgers import Ledger, read_ledgers
from flowcase.schema import upgrade
from flowcase.time import ManualClock
from flowcase.transfers import Transferred
from flowcase.workflows.document import read_workflow
from tests.small import changed
from tests.world import moment

PARTY = Actor("DG-1")
CLERK = Actor("ma", roles={"clerk"})
CHIEF = Actor("li", roles={"chief"})
EXTENDED = """
[clocks.work.extension]
ask = ["clerk"]
decide = ["chief"]
at_most = { workdays = 5 }
[[transitions]]
trigger = "take\""""
#: A first version that may be less than a closed loop.
OPEN_LOOP = ('title = { zh = "小流程"', 'closed_loop = false\ntitle = { zh = "小流程"')
V2 = ("version = 1", "version = 2")


class Office:
    """An office that works by small documents, installed one after another."""

    def __init__(self, url: str, *first: tuple[str, str]) -> None:
        if url.startswith("postgresql"):
            upgrade(url)
        self.url = url
        self.clock = ManualClock(moment("2022-07-25 09:00"))  # a Monday
        self.engine = flowcase.open_engine(url, clock=self.clock)
        self.install(*first)

    def install(self, *changes: tuple[str, str]) -> str:
        """Install the small document so changed; return its digest."""
        return self.engine.install(read_workflow(changed(*changes))).digest

    def open(self, **data: Any) -> Case:
        given = {"what": "漏水", **data}
        return self.engine.open("small", party="DG-1", actor=PARTY, data=given, key=data.get("key"))

    def taken(self) -> Case:
        """A case that a clerk works on."""
        return self.engine.fire(self.open().id, "take", CLERK, {"worker": "wu"}, key="take")

    def migrate(self, *, dry_run: bool = False) -> list[Transferred]:
        batches = self.engine.migrate("small", to=2, dry_run=dry_run)
        return [each for batch in batches for each in batch]

    def move(self, case: Case) -> Case:
        """Move every case; this one must be among those that could."""
        told = {each.case_id: each for each in self.migrate()}
        assert told[case.id].ok, told[case.id].reasons
        return self.engine.case(case.id)

    def ledger(self, case: Case, clock: str = "work") -> Ledger:
        now = self.engine.case(case.id)
        with self.engine.store.reading() as transaction:
            workflow = self.engine.library.of(transaction, now.document).workflow
        return read_ledgers(now.facts, workflow)[clock]

    def rang(self, at: str) -> list[tuple[str, str]]:
        self.clock.move_to(moment(at))
        return [(each.clock, each.rung) for each in self.engine.tick().rang]


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    office = Office(database_url)
    yield office
    office.engine.close()


@pytest.fixture
def small_office(sqlite_url: str) -> Iterator[Office]:
    """An office on SQLite alone: what is decided there is decided by the pure core."""
    office = Office(sqlite_url)
    yield office
    office.engine.close()


def test_a_case_stays_with_its_document_until_it_is_moved(office: Office) -> None:
    case = office.taken()
    second = office.install(V2, ("workdays = 5 }", "workdays = 8 }"))
    assert office.open().document == second, "new cases are opened under the newest"
    office.engine.fire(case.id, "paint", CLERK, {"colour": "red"})
    assert office.engine.case(case.id).document == case.document

    planned = office.migrate(dry_run=True)
    assert office.engine.case(case.id).document == case.document, "a dry run changes nothing"
    done = office.migrate()
    assert done == planned
    assert [(each.case_id, each.before, each.ok) for each in done] == [
        (case.id, (1, case.document), True)
    ]
    moved = office.engine.case(case.id)
    assert (moved.document, moved.state) == (second, "working")
    assert moved.documents == ((1, case.document), (4, second))
    assert [moved.document_at(number) for number in (1, 3, 4, 9)] == [
        *(case.document, case.document),
        *(second, second),
    ]
    entries = office.engine.history(case.id)
    assert [each.trigger for each in entries] == ["open", "take", "paint", "migrate"]
    assert (entries[-1].source, entries[-1].dest, entries[-1].actor) == (
        *("working", "working"),
        "clock",
    )
    assert office.engine.verify(case.id) is None
    assert office.migrate() == [], "a second run changes nothing"


def test_a_history_that_was_moved_replays_and_keeps_its_keys(office: Office) -> None:
    case = office.taken()
    office.install(V2)
    office.move(case)
    again = office.engine.fire(case.id, "take", CLERK, {"worker": "wu"}, key="take")
    then = replace(case, wake_at=None)
    assert again == then, "the key leads to the case as it was then, document and all"
    with pytest.raises(flowcase.Refused, match="key 'take' was used"):
        office.engine.fire(case.id, "take", CLERK, {"worker": "xu"}, key="take")
    office.engine.fire(case.id, "paint", CLERK, {"colour": "red"})
    assert office.engine.verify(case.id) is None


@pytest.mark.parametrize(
    "forgery",
    [
        (
            "UPDATE flowcase_case SET document = (SELECT min(digest) FROM flowcase_document "
            "WHERE name = 'small' AND digest <> flowcase_case.document)"
        ),
        "UPDATE flowcase_case SET body = replace(body, '[1,', '[2,')",
        "UPDATE flowcase_history SET changes = replace(changes, '[1,', '[2,')",
    ],
)
def test_under_which_document_it_stood_cannot_be_forged(small_office: Office, forgery: str) -> None:
    case = small_office.taken()
    small_office.install(V2)
    small_office.move(case)
    assert small_office.engine.verify(case.id) is None, "the control"
    with small_office.engine.store.engine.begin() as connection:
        assert connection.execute(text(forgery)).rowcount >= 1
    assert small_office.engine.verify(case.id) is not None


# -- clocks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "days, moved_at, last_day",
    [
        (8, "2022-07-27 09:00", "2022-08-04"),
        (5, "2022-07-27 09:00", "2022-08-01"),
        (3, "2022-07-26 09:00", "2022-07-28"),
        (1, "2022-07-27 09:00", "2022-07-28"),  # never before the end of the next working day
        (8, "2022-08-02 09:00", "2022-08-01"),  # late already: that is not taken away
    ],
)
def test_a_clock_is_measured_again_from_the_same_start(
    small_office: Office, days: int, moved_at: str, last_day: str
) -> None:
    case = small_office.taken()
    before = small_office.ledger(case)
    assert before.last_day.isoformat() == "2022-08-01"
    small_office.install(V2, ("workdays = 5 }", f"workdays = {days} }}"))
    small_office.clock.move_to(moment(moved_at))
    moved = small_office.move(case)
    after = small_office.ledger(case)
    assert (after.since, after.last_day.isoformat()) == (before.since, last_day)
    assert moved.due_at == after.due
    assert small_office.engine.verify(case.id) is None


def test_no_rung_rings_twice_and_a_new_warning_rings(office: Office) -> None:
    case = office.taken()
    assert office.rang("2022-08-01 09:00") == [("work", "warn.0")]
    two = 'warn = [{ before = { workdays = 2 } }, { before = { workdays = 1 }, tell = ["owner"] }]'
    office.install(
        V2,
        ('warn = [{ before = { workdays = 1 }, tell = ["owner"] }]', two),
        ("workdays = 5 }", "workdays = 6 }"),
    )
    office.move(case)
    assert office.ledger(case).rung == ("warn.1",), "known by its term, not by its number"
    assert office.rang("2022-08-01 10:00") == [("work", "warn.0")]
    assert office.rang("2022-08-02 23:59") == []
    assert office.rang("2022-08-03 00:00") == [("work", "due")]
    assert office.engine.verify(case.id) is None


def test_what_rang_its_due_moment_goes_on_repeating(small_office: Office) -> None:
    case = small_office.taken()
    assert ("work", "due") in small_office.rang("2022-08-02 00:00")
    small_office.install(V2, ("workdays = 5 }", "workdays = 20 }"))
    moved = small_office.move(case)
    assert moved.tier == "high"
    assert "due" in small_office.ledger(case).rung
    assert small_office.rang("2022-08-03 00:00") == [("work", "repeat")]


def test_a_new_clock_starts_now_and_one_that_is_gone_is_dropped(small_office: Office) -> None:
    case = small_office.taken()
    renamed = ("[clocks.work]", "[clocks.effort]")
    small_office.install(V2, renamed)
    small_office.clock.move_to(moment("2022-07-28 09:00"))
    (told,) = small_office.migrate()
    assert {(each.clock, each.becomes) for each in told.clocks} == {
        ("work", "dropped"),
        ("effort", "started"),
    }
    moved = small_office.engine.case(case.id)
    assert small_office.ledger(case, "effort").since == moved.changed_at
    assert "clocks.work" not in moved.facts
    assert small_office.engine.verify(case.id) is None


@pytest.mark.parametrize("starter, starts", [("take", True), ("paint", False)])
def test_a_clock_that_a_trigger_starts_starts_only_where_every_way_in_is_that_trigger(
    small_office: Office, starter: str, starts: bool
) -> None:
    extra = (
        '[[transitions]]\ntrigger = "take"',
        (
            f'[clocks.extra]\nruns_in = ["working"]\nstarts_on = ["{starter}"]\n'
            'terms = [{ workdays = 9 }]\ntell = ["chief"]\n[[transitions]]\ntrigger = "take"'
        ),
    )
    case = small_office.taken()
    small_office.install(V2, extra)
    assert ("clocks.extra" in small_office.move(case).facts) is starts


def test_a_clock_that_stood_goes_on_where_its_state_no_longer_pauses_it(sqlite_url: str) -> None:
    runs = 'runs_in = ["new", "working", "checked"]'
    paused = (runs, 'runs_in = ["new", "checked"]\npauses_in = ["working"]')
    other = ('[[transitions]]\ntrigger = "take"', OTHER_CLOCK)
    office = Office(sqlite_url, OPEN_LOOP, paused, other)
    case = office.taken()
    assert office.ledger(case).standing
    office.install(V2, other)
    office.clock.move_to(moment("2022-07-27 09:00"))
    office.move(case)
    after = office.ledger(case)
    assert not after.standing
    assert after.pauses == ((case.changed_at, moment("2022-07-27 09:00")),)
    assert after.last_day.isoformat() == "2022-08-03", "two working days later than without"
    office.engine.close()


OTHER_CLOCK = (
    '[clocks.other]\nruns_in = ["working"]\nterms = [{ workdays = 30 }]\ntell = ["chief"]\n'
    'repeat = { workdays = 1 }\n[[transitions]]\ntrigger = "take"'
)


@pytest.mark.parametrize("granted", [False, True])
def test_a_request_lapses_with_its_table_but_what_was_granted_is_not_taken_away(
    sqlite_url: str, granted: bool
) -> None:
    office = Office(sqlite_url, ('\n[[transitions]]\ntrigger = "take"', EXTENDED))
    case = office.taken()
    asking = {"workdays": 2, "reason": "缺件"}
    office.engine.fire(case.id, "work.ask_extension", CLERK, asking)
    if granted:
        office.engine.fire(case.id, "work.grant_extension", CHIEF)
    kept = office.ledger(case)
    office.install(V2)
    (told,) = office.migrate()
    if granted:
        assert [each.code for each in told.reasons] == ["other_extension"]
        assert office.ledger(case) == kept
    else:
        assert told.ok
        assert office.ledger(case).pending is None
    office.engine.close()


def test_a_request_stays_where_its_table_stays(sqlite_url: str) -> None:
    extended = ('\n[[transitions]]\ntrigger = "take"', EXTENDED)
    office = Office(sqlite_url, extended)
    case = office.taken()
    asking = {"workdays": 2, "reason": "缺件"}
    office.engine.fire(case.id, "work.ask_extension", CLERK, asking)
    office.install(V2, extended)
    office.move(case)
    office.engine.fire(case.id, "work.grant_extension", CHIEF)
    assert office.ledger(case).last_day.isoformat() == "2022-08-03"
    assert office.engine.verify(case.id) is None
    office.engine.close()


# -- refusals -------------------------------------------------------------------------------------

HELPER = '[participants.helper]\nrole = "clerk"\n'

#: By the code of a reason: in which state the case is, and what makes the new document refuse it.
AGAINST: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "no_state": ("working", (("[states.working]", "[states.doing]"), ('"working"', '"doing"'))),
    "no_tier": (
        "checked",
        (('["low", "high"]', '["low", "top"]'), ('tier = "high"', 'tier = "top"')),
    ),
    "other_type": (
        "checked",
        (
            ('type = "integer"\nat_least = 1\nat_most = 9', 'type = "flag"'),
            ("size = { at_least = 3 }", "size = true"),
        ),
    ),
    "no_longer_possible": (
        "checked",
        (('["red", "green"]', '["red", "blue"]'), ('colour = "green"', 'colour = "blue"')),
    ),
    "too_many_holders": ("checked", (('count = "many"\n', ""),)),
    "needs": (
        "working",
        (
            ('needs = { worker = "given" }', 'needs = { worker = "given", until = "given" }'),
            ('requires = ["worker"]\naccepts', 'requires = ["worker", "until"]\naccepts'),
        ),
    ),
    "other_keeping": (
        "checked",
        (
            (HELPER, f'{HELPER}find = {{ in_charge_of = "what", otherwise = "chief" }}\n'),
            ('count = "many"\n', ""),
        ),
    ),
}


def _in_state(office: Office, state: str) -> Case:
    case = office.open(colour="green")
    given = {"worker": "wu", "helper": ["he", "hu"]}
    case = office.engine.fire(case.id, "take", CLERK, given, key="take")
    if state == "checked":
        case = office.engine.fire(case.id, "check", CHIEF, {"size": 5, "ready": True})
    assert case.state == state
    return case


@pytest.mark.parametrize("code", AGAINST)
def test_what_a_document_cannot_take_stays_where_it_is(
    small_office: Office, tmp_path: Path, code: str
) -> None:
    state, changes = AGAINST[code]
    case = _in_state(small_office, state)
    small_office.install(V2, *changes)
    (told,) = small_office.migrate()
    found = {reason.code: reason for reason in told.reasons}
    assert code in found
    assert found[code].en != found[code].zh
    assert any("\u4e00" <= character <= "\u9fff" for character in found[code].zh)
    assert small_office.engine.case(case.id) == case
    assert small_office.engine.verify(case.id) is None
    control = Office(f"sqlite:///{tmp_path / 'control.db'}")
    same = _in_state(control, state)
    control.install(V2)
    control.move(same)
    control.engine.close()


def test_a_case_of_which_no_clock_would_ring_stays_where_it_is(sqlite_url: str) -> None:
    stopping = ('on_due = "climb"', 'on_due = "climb"\nstops_on = ["paint"]')
    other = (
        '[[transitions]]\ntrigger = "take"',
        OTHER_CLOCK.replace('["working"]', '["new", "working", "checked"]'),
    )
    office = Office(sqlite_url, OPEN_LOOP, stopping, other)
    case = office.taken()
    office.engine.fire(case.id, "paint", CLERK, {"colour": "red"})
    assert office.ledger(case).stopped
    running = office.taken()
    office.install(V2)
    told = {each.case_id: each for each in office.migrate()}
    assert [reason.code for reason in told[case.id].reasons] == ["no_clock"]
    assert told[running.id].ok, "the control"
    office.engine.close()


def test_a_part_held_by_the_desk_of_a_role_that_is_gone(sqlite_url: str) -> None:
    found = HELPER + 'find = {{ in_charge_of = "colour", otherwise = "{}" }}\n'
    single = ('count = "many"\n', "")
    needed = ('needs = { worker = "given" }', 'needs = { worker = "given", helper = "given" }')
    desk = ("[roles.chief]", '[roles.desk]\ntitle = { zh = "窗口", en = "desk" }\n[roles.chief]')
    office = Office(sqlite_url, desk, single, needed, (HELPER, found.format("desk")))
    case = office.taken()
    assert case.participants()["helper"] == "@desk"
    office.install(V2, single, needed, (HELPER, found.format("chief")))
    (told,) = office.migrate()
    assert [reason.code for reason in told.reasons] == ["no_desk"]
    office.engine.close()


def test_whom_the_new_document_needs_is_looked_up(sqlite_url: str) -> None:
    office = Office(sqlite_url)
    case = office.taken()
    found = HELPER + 'find = { in_charge_of = "colour", otherwise = "chief" }\n'
    needed = ('needs = { worker = "given" }', 'needs = { worker = "given", helper = "given" }')
    office.install(V2, ('count = "many"\n', ""), needed, (HELPER, found))
    assert office.move(case).participants()["helper"] == "@chief"
    with office.engine.store.engine.connect() as connection:
        asked = text("SELECT actor, open FROM flowcase_participant WHERE role = 'helper'")
        assert [tuple(row) for row in connection.execute(asked)] == [("@chief", True)]
    assert office.engine.verify(case.id) is None
    office.engine.close()


@pytest.mark.parametrize("before", [False, True])
def test_a_value_that_must_be_alone_is_claimed_when_it_is_given(
    sqlite_url: str, before: bool
) -> None:
    unique = ('type = "integer"', 'type = "integer"\nunique = true')
    office = Office(sqlite_url, *([unique] if before else []))
    case = _in_state(office, "checked")
    office.install(V2, *([] if before else [unique]))
    (told,) = office.migrate()
    if before:
        assert told.ok
        with office.engine.store.engine.connect() as connection:
            assert connection.execute(text("SELECT * FROM flowcase_claim")).all() == []
    else:
        assert [reason.code for reason in told.reasons] == ["newly_unique"]
    assert office.engine.verify(case.id) is None
    office.engine.close()


def test_every_reason_is_told_at_once(small_office: Office) -> None:
    _in_state(small_office, "checked")
    names = ("no_tier", "no_longer_possible", "too_many_holders")
    _, changes = zip(*(AGAINST[name] for name in names), strict=True)
    small_office.install(V2, *(change for each in changes for change in each))
    (told,) = small_office.migrate(dry_run=True)
    assert [reason.code for reason in told.reasons] == ["no_tier"], "it stands nowhere there"
    small_office.install(
        ("version = 1", "version = 3"), *(change for each in changes[1:] for change in each)
    )
    (told,) = [each for batch in small_office.engine.migrate("small", to=3) for each in batch]
    assert [reason.code for reason in told.reasons] == ["too_many_holders", "no_longer_possible"]


def test_what_a_document_has_no_word_for_is_left_out_and_kept_in_the_history(
    small_office: Office,
) -> None:
    case = _in_state(small_office, "checked")
    small_office.install(
        V2,
        ('[participants.helper]\nrole = "clerk"\ncount = "many"\n', ""),
        ('accepts = ["helper", "colour"]\ntell = ["worker", "helper"]', 'accepts = ["colour"]'),
        ('not_by = ["worker", "helper"]', 'not_by = ["worker"]'),
    )
    (told,) = small_office.migrate()
    assert told.dropped == ("participants.helper",)
    given = {"worker": "wu", "helper": ["he", "hu"]}
    again = small_office.engine.fire(case.id, "take", CLERK, given, key="take")
    assert again.state == "working", "a key is compared under the document of its entry"
    assert "helper" not in small_office.engine.case(case.id).participants()
    taken = small_office.engine.history(case.id)[1]
    assert taken.details["helper"] == ["he", "hu"]
    assert small_office.engine.verify(case.id) is None


def test_finished_cases_and_other_workflows_are_never_touched(office: Office) -> None:
    case = _in_state(office, "checked")
    finished = office.engine.fire(case.id, "finish", CHIEF)
    office.engine.install(read_workflow(changed(('name = "small"', 'name = "other"'))))
    other = office.engine.open("other", party="DG-1", actor=PARTY, data={"what": "x"})
    office.install(V2)
    assert office.migrate() == []
    assert office.engine.case(case.id) == finished
    assert office.engine.case(other.id) == other


def test_only_what_is_in_use_or_installed_can_be_moved_to(small_office: Office) -> None:
    digest = small_office.engine.library.workflow("small").digest
    with pytest.raises(flowcase.NotFound, match=r"no version 2 of .*; there is: 1 \(.*install"):
        small_office.migrate()
    assert list(small_office.engine.migrate("small", to=digest[:8])) == []
    with pytest.raises(flowcase.NotFound, match="no workflow 'smal'"):
        small_office.engine.migrate("smal", to=1)


def test_a_trigger_may_not_be_called_as_the_engines_own_entry() -> None:
    with pytest.raises(flowcase.DocumentError, match="migrate"):
        read_workflow(changed(('trigger = "finish"', 'trigger = "migrate"')))


# -- interrupted ----------------------------------------------------------------------------------


def test_interrupted_and_run_again_each_case_is_moved_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfers, "BATCH", 2)
    cases = [office.taken() for _ in range(5)]
    office.install(V2)
    run = office.engine.migrate("small", to=2)
    assert len(next(run)) == 2
    run.close()  # type: ignore[attr-defined]  # a generator
    assert len(office.migrate()) == 3
    for case in cases:
        triggers = [each.trigger for each in office.engine.history(case.id)]
        assert triggers == ["open", "take", "migrate"]


KILLED = """
import os, signal, sys
sys.path[:0] = [{root!r}]
import flowcase
from flowcase import gate, transfers
from flowcase.time import ManualClock
from tests.world import moment
transfers.BATCH = 2
engine = flowcase.open_engine({url!r}, clock=ManualClock(moment("2022-07-26 09:00")))
for number, _ in enumerate(engine.migrate("small", to=2)):
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_in_the_middle_and_run_again_each_case_is_moved_once(office: Office) -> None:
    cases = [office.taken() for _ in range(7)]
    office.install(V2)
    program = KILLED.format(root=str(Path(__file__).parent.parent), url=office.url)
    done = subprocess.run([sys.executable, "-c", program], env=os.environ, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    so_far = [case for case in cases if office.engine.case(case.id).document != case.document]
    assert len(so_far) == 4, "whole batches, and not all of them"
    office.clock.move_to(moment("2022-07-26 10:00"))
    assert len(office.migrate()) == 3
    for case in cases:
        triggers = [each.trigger for each in office.engine.history(case.id)]
        assert triggers == ["open", "take", "migrate"]
        assert office.engine.verify(case.id) is None
