"""Simulation: trial years break no guarantee, and what is broken is found."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from flowcase import outcome
from flowcase.calendars.calendar import load_calendar
from flowcase.engine import Engine, open_engine
from flowcase.errors import DocumentError, InvalidInput
from flowcase.history import Changes, Entry
from flowcase.simulation import (
    Figures,
    Plan,
    Profile,
    charts,
    profile_text,
    read_profile,
    simulate,
)
from flowcase.simulation.figures import figures_of, spread
from flowcase.simulation.guarantees import breaches
from flowcase.simulation.timetable import Timetable
from flowcase.simulation.trial import Trial
from flowcase.simulation.ways import Ways
from flowcase.sweep import TickReport
from flowcase.time import ManualClock
from flowcase.workflows.document import read_workflow, read_workflow_file
from flowcase.workflows.rules import Workflow
from tests.small import DOCUMENT
from tests.world import moment

WORKFLOWS = Path(__file__).parent.parent / "workflows"
SEEDS = 200
#: Cases for each seed: few in the ordinary run, a thousand in `make trial-year`.
CASES = int(os.environ.get("FLOWCASE_TRIAL_CASES", "5"))
BEGINS = date(2022, 7, 15)

#: People who are late, forget, and do everything that they may; a ticker that often fails.
UNRULY = """
parties = 130
[ticker]
outages = 60
outage_hours = { median = 10, p90 = 90 }
[everybody]
people = 2
share = 0.8
delay = { median = 4, p90 = 40 }
nothing = 0.15
extension = 0.2
suspension = 0.2
otherwise = 0.03
[party]
nothing = 0.3
otherwise = 0.03
"""


@pytest.fixture(scope="module")
def mayor_line() -> Workflow:
    return read_workflow_file(WORKFLOWS / "mayor_line.toml")


@pytest.fixture(scope="module")
def unruly(mayor_line: Workflow) -> Profile:
    return read_profile(UNRULY, mayor_line)


def a_trial(workflow: Workflow, profile: Profile, folder: Path, plan: Plan) -> Trial:
    """Return a trial that has run, its engine still open."""
    clock = ManualClock(datetime(2022, 7, 14, tzinfo=UTC))
    (folder / f"{workflow.name}.toml").write_text(workflow.text, encoding="utf-8")
    engine = open_engine("sqlite://", workflows=[folder], clock=clock)
    trial = Trial(engine, clock, engine.library.workflow(workflow.name), profile, plan)
    trial.run()
    return trial


# -- the trial year -------------------------------------------------------------------------------


def test_two_hundred_trial_years_break_no_guarantee(mayor_line: Workflow, unruly: Profile) -> None:
    acts: Counter[str] = Counter()
    finished: Counter[str] = Counter()
    opened = climbed = reopened = outages = 0
    for seed in range(SEEDS):
        figures = simulate(mayor_line, unruly, Plan(CASES, 365, seed, BEGINS))
        assert figures.breaches == (), f"seed {seed}: {figures.breaches[0]}"
        assert figures.stuck == ()
        assert sum(figures.finished.values()) + figures.still_open == figures.opened == CASES
        acts.update(figures.acts)
        finished.update(figures.finished)
        opened += figures.opened
        climbed += figures.tiers[-1].cases
        reopened += figures.reopened
        outages += figures.outages
    assert opened == SEEDS * CASES
    # Not in vain: the years had everything that may happen in them.
    human = {each.trigger for each in mayor_line.transitions if not each.by_clock}
    apart = {"add_co_handler", "merge", "split_off"}  # they concern other cases
    assert human - acts.keys() <= {"handling.resume", "submit_to_mayor", "take_over", *apart}
    assert finished.keys() == {"verified", "rejected", "lapsed", "withdrawn"}
    assert min(climbed, reopened, outages) > 50


def test_another_document_needs_no_other_code() -> None:
    small = read_workflow(DOCUMENT)
    profile = read_profile(profile_text(small), small)
    figures = simulate(small, profile, Plan(40, 90, 3, date(2024, 1, 2)))
    assert figures.opened == 40
    assert figures.finished.get("done", 0) > 20
    assert [each for each in figures.breaches if each.guarantee != "G1"] == []


# -- controls: what is broken is found ------------------------------------------------------------


def test_an_engine_whose_tiers_fall_is_found(
    mayor_line: Workflow, unruly: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        outcome,
        "_tier",
        lambda draft, transition, state: "general" if state == "closed" else "important",
    )
    figures = simulate(mayor_line, unruly, Plan(10, 100, 1, BEGINS))
    assert "G7" in {each.guarantee for each in figures.breaches}


def test_an_engine_that_forgets_to_ring_is_found(
    mayor_line: Workflow, unruly: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring, calls = Engine.tick, Counter[str]()

    def forgetful(engine: Engine) -> TickReport:
        calls["all"] += 1
        return TickReport() if calls["all"] % 3 else ring(engine)

    monkeypatch.setattr(Engine, "tick", forgetful)
    figures = simulate(mayor_line, unruly, Plan(10, 100, 1, BEGINS))
    assert any("late, and nothing was out" in each.what.en for each in figures.breaches)


def test_a_document_whose_clock_skips_a_tier_is_found(mayor_line: Workflow) -> None:
    step = '"coordinated", "assigned"]\ndest = "escalated_to_%s"\nby = ["clock"]'
    assert step % "vice_mayor" in mayor_line.text
    skipping = read_workflow(mayor_line.text.replace(step % "vice_mayor", step % "mayor"))
    idle = read_profile("[everybody]\nnothing = 1\notherwise = 0\n", skipping)
    figures = simulate(skipping, idle, Plan(3, 20, 1, BEGINS))
    assert {(each.guarantee, each.case) for each in figures.breaches} == {
        ("G3", 1),
        ("G3", 2),
        ("G3", 3),
    }


def test_a_record_that_was_altered_is_found(
    mayor_line: Workflow, unruly: Profile, tmp_path: Path
) -> None:
    trial = a_trial(mayor_line, unruly, tmp_path, Plan(3, 30, 1, BEGINS))
    with closing(trial.engine):
        assert figures_of(trial).breaches == ()
        with trial.engine.store.engine.connect() as connection:
            connection.exec_driver_sql(
                "UPDATE flowcase_history SET actor = 'nobody' WHERE revision = 2"
            )
            connection.commit()
        assert {each.guarantee for each in figures_of(trial).breaches} == {"G8"}


def _later(entry: Entry) -> Entry:
    """Return the entry with the due moments it sets a month later, for no reason."""
    moved = {
        name: {**fact, "due": "2023-09-01T16:00:00.000000Z"}
        for name, fact in entry.changes.set.items()
        if name.startswith("clocks.handling")
    }
    return replace(entry, changes=Changes({**entry.changes.set, **moved}, entry.changes.removed))


def _tier(tier: str) -> Callable[[Entry], Entry]:
    def changed(entry: Entry) -> Entry:
        changes = Changes({**entry.changes.set, "tier": tier}, entry.changes.removed)
        return replace(entry, changes=changes)

    return changed


def _handling(history: Sequence[Entry]) -> int:
    return next(
        n
        for n, each in enumerate(history)
        if n and "clocks.handling" in each.changes.set and each.rung is not None
    )


def _rise(history: Sequence[Entry]) -> int:
    return next(n for n, each in enumerate(history) if n and "tier" in each.changes.set)


ALTERED: Mapping[str, tuple[str, Callable[[Sequence[Entry]], int], Callable[[Entry], Entry]]] = {
    "a due moment moves": ("G6", _handling, _later),
    "a tier falls": ("G7", lambda history: len(history) - 1, _tier("general")),
    "a tier is skipped": ("G3", _rise, _tier("major")),
    "a step is missing": ("G8", lambda _: 2, lambda entry: replace(entry, source="closed")),
    "a promise is not kept": ("G4", lambda _: 1, lambda entry: replace(entry, dest="verified")),
    "a ring is late": (
        "G1",
        _handling,
        lambda entry: replace(entry, rung={**(entry.rung or {}), "late_s": 7200}),
    ),
}


@pytest.mark.parametrize("altered", ALTERED)
def test_a_guarantee_broken_in_one_entry_is_found(
    altered: str, mayor_line: Workflow, tmp_path: Path
) -> None:
    guarantee, which, change = ALTERED[altered]
    idle = read_profile("[everybody]\nnothing = 1\notherwise = 0\n", mayor_line)
    trial = a_trial(mayor_line, idle, tmp_path, Plan(1, 5, 1, BEGINS))
    with closing(trial.engine):
        file = trial.files[0]
        history = trial.engine.history(file.case.id)

        def found(entries: Sequence[Entry]) -> set[str]:
            outages = trial.log.outages if guarantee != "G1" else []
            return {
                each.guarantee
                for each in breaches(mayor_line, 1, file.case, entries, outages, lambda _: None)
            }

        assert guarantee not in found(history)
        number = which(history)
        assert guarantee in found(
            [*history[:number], change(history[number]), *history[number + 1 :]]
        )


def test_a_case_without_owner_or_rung_is_found(mayor_line: Workflow, tmp_path: Path) -> None:
    idle = read_profile("[everybody]\nnothing = 1\notherwise = 0\n", mayor_line)
    trial = a_trial(mayor_line, idle, tmp_path, Plan(1, 5, 1, BEGINS))
    with closing(trial.engine):
        case = trial.engine.case(trial.files[0].case.id)
        for broken in (replace(case, owner=None), replace(case, wake_at=None)):
            found = [*breaches(mayor_line, 1, broken, [], [], lambda _: None)]
            assert [each.guarantee for each in found] == ["G1"]
        assert not [*breaches(mayor_line, 1, case, [], [], lambda _: None)]


# -- the figures ----------------------------------------------------------------------------------


def test_more_deputies_carry_less_each(mayor_line: Workflow) -> None:
    profile = read_profile(profile_text(mayor_line), mayor_line)
    role, plan = "deputy_secretary_general", Plan(60, 30, 1, BEGINS)
    one, four = (simulate(mayor_line, profile.people(role, number), plan) for number in (1, 4))
    few, many = one.role(role), four.role(role)
    assert (few.people, many.people) == (1, 4)
    assert few.load is not None and many.load is not None  # noqa: PT018 - both are numbers
    assert few.load > 2.5 * many.load
    assert few.wait.mean > many.wait.mean
    assert few.queue > many.queue


def test_figures_add_up(mayor_line: Workflow, unruly: Profile) -> None:
    figures = simulate(mayor_line, unruly, Plan(20, 60, 5, BEGINS))
    assert figures.acts["open"] == figures.opened == 20
    assert figures.states["submitted"].count >= 20
    by_role = {each.name: each for each in figures.roles}
    for name, each in by_role.items():
        people = [one for one in figures.people if one.name.rpartition("-")[0] == name]
        assert sum(one.acts for one in people) == each.acts
        assert max(one.queue for one in people) == each.queue
    handling = next(each for each in figures.clocks if each.name == "handling")
    assert handling.on_time == pytest.approx(
        (handling.ended - handling.late) / handling.ended, abs=1e-4
    )
    assert figures.worst is not None
    assert figures.worst.entries[0].trigger == "open"
    assert all(each.cases == each.by_clock + each.by_people for each in figures.tiers)


def test_a_spread_of_ten_has_its_ninth_as_the_ninetieth_percentile() -> None:
    assert spread(range(1, 11)) == spread(reversed(range(1, 11)))
    assert (spread(range(1, 11)).mean, spread(range(1, 11)).p90) == (5.5, 9)
    assert spread([]).count == 0


def test_a_plan_that_cannot_be_is_refused(mayor_line: Workflow, unruly: Profile) -> None:
    with pytest.raises(InvalidInput, match="1 to 100,000 cases"):
        simulate(mayor_line, unruly, Plan(0, 10, 1, BEGINS))
    with pytest.raises(InvalidInput, match="no case may be opened from 2024-01-01"):
        simulate(mayor_line, unruly, Plan(1, 10, 1, date(2024, 1, 1)))


# -- time and ways --------------------------------------------------------------------------------


def test_working_minutes_skip_lunch_nights_and_the_october_holiday() -> None:
    table = Timetable(load_calendar("cn"), ["09:00-12:00", "14:30-17:30"])
    assert table.minutes_a_day == 360
    eve = moment("2022-09-30 11:00")
    assert table.after(eve, 30) == moment("2022-09-30 11:30")
    assert table.after(eve, 90) == moment("2022-09-30 15:00")
    assert table.after(eve, 60 + 180 + 60) == moment("2022-10-08 10:00")  # a make-up Saturday
    assert table.after(eve, 300, frozenset({date(2022, 10, 8)})) == moment("2022-10-09 10:00")
    assert table.after(moment("2022-10-01 03:00"), 0) == moment("2022-10-08 09:00")
    assert table.between(eve, moment("2022-10-08 10:00")) == pytest.approx(300 / 360)
    assert table.between(eve, moment("2022-09-30 15:00")) == pytest.approx(90 / 360)
    assert table.between(moment("2022-10-03 03:00"), moment("2022-10-10 09:00")) == 2


def test_a_document_says_by_its_shape_what_leads_on(mayor_line: Workflow) -> None:
    ways = Ways(mayor_line)
    assert ways.goal == ("verified",)
    order = ["submitted", "coordinated", "assigned", "closed", "verified"]
    assert [ways.distance[state] for state in order] == [4, 3, 2, 1, 0]
    assert Ways(mayor_line, ["rejected"]).distance["submitted"] == 1
    small = read_workflow(DOCUMENT)
    assert Ways(small).goal == ("done",)


# -- profiles -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, said",
    [
        ("[roles.mayer]\npeople = 1", "roles.mayer"),
        ("[roles.mayor]\npeople = 0", "roles.mayor.people"),
        ("[party.moves]\nwithdrow = 0.1", "party.moves.withdrow"),
        ("[fields.rating]\n6 = 1", "fields.rating.6"),
        ("[fields.subject]\nx = 1", "fields.subject"),
        ('hours = ["9-5"]', "hours"),
        ("[everybody]\ndelay = { median = 5, p90 = 1 }", "everybody.delay"),
        ("[everybody]\nnothing = 1.5", "everybody.nothing"),
        ("speed = 2", "speed"),
        ('goal = ["heaven"]', "goal.heaven"),
        ("[", "not TOML"),
    ],
)
def test_a_profile_that_does_not_fit_says_where(text: str, said: str, mayor_line: Workflow) -> None:
    with pytest.raises(DocumentError) as refused:
        read_profile(text, mayor_line)
    paths = [finding.path for finding in refused.value.findings]
    assert any(path.startswith(said) for path in paths) or said in str(refused.value)


def test_the_shipped_profiles_fit_their_workflows() -> None:
    shipped = sorted((WORKFLOWS / "profiles").glob("*.toml"))
    assert "mayor_line" in {path.stem for path in shipped}
    for path in shipped:
        workflow = read_workflow_file(WORKFLOWS / path.name)
        read_profile(path.read_text(encoding="utf-8"), workflow)


# -- charts ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def figures(mayor_line: Workflow, unruly: Profile) -> Figures:
    return simulate(mayor_line, unruly, Plan(8, 30, 1, BEGINS))


def test_a_chart_keeps_its_texts_and_is_the_same_again(figures: Figures, tmp_path: Path) -> None:
    first, second = tmp_path / "a.svg", tmp_path / "b.svg"
    for path in (first, second):
        assert charts.draw(path, [(0, figures)], "", "en").language == "en"
    assert first.read_bytes() == second.read_bytes()
    text = first.read_text(encoding="utf-8")
    assert ">with the vice mayor</text>" in text
    assert ">Ended in time</text>" in text


def test_trials_side_by_side_are_drawn(figures: Figures, tmp_path: Path) -> None:
    path = tmp_path / "vary.png"
    charts.draw(path, [(1, figures), (2, figures)], "deputy_secretary_general", "en")
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.stat().st_size > 20_000


def test_without_a_chinese_font_labels_are_english_and_say_so(
    figures: Figures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charts, "CHINESE_FONTS", ("No Such Font",))
    path = tmp_path / "a.svg"
    assert charts.draw(path, [(0, figures)], "", "zh").language == "en"
    text = path.read_text(encoding="utf-8")
    assert "with the vice mayor" in text
    assert not any("\u4e00" <= character <= "\u9fff" for character in text)


def test_with_a_chinese_font_labels_are_chinese(figures: Figures, tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    if charts.draw(path, [(0, figures)], "", "zh").language == "en":
        pytest.skip("this machine has none of the fonts")
    assert "提级：分管副市长" in path.read_text(encoding="utf-8")


def test_charts_say_what_they_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInput, match=r"\.svg or \.png; got 'a\.pdf'"):
        charts.require_drawable(tmp_path / "a.pdf")
    with pytest.raises(InvalidInput, match="no folder for the chart"):
        charts.require_drawable(tmp_path / "none" / "a.svg")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(InvalidInput, match=r"pip install 'flowcase\[charts\]'"):
        charts.require_drawable(tmp_path / "a.svg")
