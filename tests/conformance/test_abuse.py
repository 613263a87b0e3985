"""What somebody with ill will, or bad luck, tried once: each stays mended."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

import flowcase
from flowcase import store
from flowcase.database import masked
from flowcase.errors import GuardFailed
from flowcase.guards import Question
from flowcase.schema import upgrade
from flowcase.time import ManualClock
from tests.small import changed
from tests.test_machine import CHIEF, CLERK, NoStaff, codes
from tests.test_requests import DOCUMENT
from tests.world import APPEAL, LEAD, PARTY, PRINCIPAL, World, moment


@pytest.mark.parametrize(
    "damage",
    [
        """UPDATE flowcase_history SET salt = NULL, details = '["x"]' WHERE revision = 4""",
        "UPDATE flowcase_case SET wake_at = NULL",
        "UPDATE flowcase_case SET unsettled = 3",
        "UPDATE flowcase_case SET workflow = 'other'",
        "UPDATE flowcase_case SET body = 'not json'",
        'UPDATE flowcase_history SET changes = \'{"set":{},"extra":[]}\' WHERE revision = 4',
    ],
)
def test_what_was_forged_behind_the_engine_is_found(world: World, damage: str) -> None:
    case = world.reported()
    assert world.engine.verify(case.id) is None
    with world.engine.store.engine.begin() as connection:
        connection.execute(text(damage))
    assert world.engine.verify(case.id) is not None


def test_rules_that_were_changed_in_the_database_are_not_followed(world: World) -> None:
    case = world.assigned()
    with world.engine.store.engine.begin() as connection:
        connection.execute(
            text("UPDATE flowcase_document SET text = replace(text, 'lead', 'unit')")
        )
    world.engine.library._books.clear()
    world.engine.library.workflows.clear()
    with pytest.raises((flowcase.DatabaseError, flowcase.DocumentError)):
        world.engine.fire(case.id, "note", LEAD, {"note": "x"})


def test_a_history_longer_than_one_read_still_verifies(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = world.reported()
    monkeypatch.setattr(store.Transaction.history, "__defaults__", (0, 2))
    assert world.engine.verify(case.id) is None


def test_a_key_leads_nobody_to_somebody_elses_case(world: World) -> None:
    case = world.engine.open("mayor_line", party=PARTY, actor=PRINCIPAL, data=APPEAL, key="k")
    for party, actor in ((PARTY, LEAD), ("DG-0002", PRINCIPAL)):
        with pytest.raises(flowcase.Refused, match="by somebody else"):
            world.engine.open("mayor_line", party=party, actor=actor, data=APPEAL, key="k")
    world.engine.fire(case.id, "withdraw", PRINCIPAL, {"reason": "x"}, key="w")
    with pytest.raises(flowcase.Refused):
        world.engine.fire(case.id, "withdraw", LEAD, {"reason": "x"}, key="w")


def test_nothing_rings_before_its_time(world: World) -> None:
    case = world.assigned()
    with pytest.raises(flowcase.InvalidInput, match="has not come yet"):
        world.engine.tick(at=moment("2022-08-10 00:00"))
    with pytest.raises(flowcase.InvalidInput, match="1900 to 2200"):
        world.engine.tick(at=moment("2022-08-10 00:00").replace(year=9999))
    assert world.engine.case(case.id).revision == 3


@pytest.mark.parametrize("actor", ["ma", None, flowcase.Actor("clock")])
def test_who_acts_is_an_actor_and_not_the_clock(world: World, actor: object) -> None:
    case = world.open()
    with pytest.raises(flowcase.InvalidInput):
        world.engine.fire(case.id, "note", actor, {"note": "x"})  # type: ignore[arg-type]  # that is the point


def test_who_works_for_somebody_binds_him_too() -> None:
    core = NoStaff(DOCUMENT)
    core.open({"what": "漏水"})
    core.fire("take", CLERK, {"worker": "unit-1"})
    deputy = flowcase.Actor("deputy", unit="unit-1", on_behalf_of="boss")
    core.fire("work.ask_extension", deputy, {"workdays": 2, "reason": "x"})
    for decider in (
        flowcase.Actor("boss", roles={"chief"}),
        flowcase.Actor("other", roles={"chief"}, on_behalf_of="boss"),
    ):
        assert codes(core.refusal("work.grant_extension", decider)) == {"separation"}


def test_nobody_handles_the_matter_he_filed() -> None:
    core = NoStaff()
    core.open({"what": "漏水"})
    both = flowcase.Actor("zhang", roles={"clerk", "chief"})
    core.directory._principals["DG-0001"] = "zhang"
    assert codes(core.refusal("take", both, worker="wang")) == {"separation"}


@pytest.mark.parametrize("blank", ["\u200b", "\ufeff", " \u200b\t"])
def test_a_text_of_nothing_visible_is_blank(blank: str) -> None:
    with pytest.raises(flowcase.Refused, match="what is blank"):
        NoStaff().open({"what": blank})


def test_a_trigger_may_be_called_state() -> None:
    core = NoStaff(changed(('trigger = "hand_over"', 'trigger = "state"')))
    core.open({"what": "漏水"})
    core.fire("take", CLERK, {"worker": "wang"})
    assert core.fire("state", CHIEF, {"worker": "li"}).participants()["worker"] == "li"


TWO_CLOCKS = changed(
    ('by = ["party"]\nrequires', 'by = ["anyone"]\nrequires'),
    ('trigger = "climb"', 'trigger = "climb"\nguards = ["lift"]'),
    (
        "[clocks.work]",
        (
            '[clocks.other]\nruns_in = ["new"]\nterms = [{ workdays = 6 }]\ntell = ["chief"]\n'
            "repeat = { workdays = 1 }\n[clocks.work]"
        ),
    ),
)


@pytest.mark.parametrize("answer", ["out of order", ZeroDivisionError(), False])
def test_one_clock_that_cannot_ring_holds_up_no_other(
    database_url: str, tmp_path: Path, answer: object
) -> None:
    def lift(question: Question) -> str | None:
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[return-value]  # False is no answer: that is the point

    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "small.toml").write_text(TWO_CLOCKS, encoding="utf-8")
    if database_url.startswith("postgresql"):
        upgrade(database_url)
    clock = ManualClock(moment("2022-07-26 09:00"))
    engine = flowcase.open_engine(
        database_url, workflows=[tmp_path / "rules"], guards={"lift": lift}, clock=clock
    )
    case = engine.open("small", party="DG-1", actor=flowcase.Actor("x"), data={"what": "漏水"})
    clock.move_to(moment("2022-08-04 09:00"))
    report = engine.tick()
    rungs = [(rang.clock, rang.rung) for rang in report.rang]
    assert rungs == [("work", "warn.0"), ("other", "due")]
    assert len(report.set_aside) == 1
    assert engine.verify(case.id) is None
    engine.close()


def test_a_guard_that_fails_is_told_apart_from_a_refusal() -> None:
    document = changed(('trigger = "take"', 'trigger = "take"\nguards = ["broken"]'))
    core = NoStaff(document, guards={"broken": lambda question: str(1 / 0)})
    core.open({"what": "漏水"})
    with pytest.raises(GuardFailed, match="guard 'broken' failed: ZeroDivisionError"):
        core.fire("take", CLERK, {"worker": "wang"})


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:sekret@h/d",
        "postgresql://u@h/d?password=sekret",
        "postgresql://u@h/d?sslpassword=sekret&x=1",
        "postgresql://u:p@sekret@h/d",
        "u:sekret@h/d",
    ],
)
def test_no_password_survives_in_a_message(address: str) -> None:
    assert "sekret" not in masked(f"cannot open {address}: no")
