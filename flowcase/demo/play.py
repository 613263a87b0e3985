"""The play: three stories performed one after the other, in a database that is thrown away."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from flowcase.case import Case
from flowcase.demo import city, stories
from flowcase.demo.stage import Stage, Step, local
from flowcase.directory import ImportReport, import_parties, import_staff
from flowcase.engine import Engine, open_engine
from flowcase.history import Entry
from flowcase.terms import Naming
from flowcase.time import ManualClock
from flowcase.workflows.language import Title
from flowcase.workflows.rules import Workflow

WORKFLOW = "mayor_line"
REGISTER = "key_enterprises"
BEGINS = "2022-07-15 09:00"


@dataclass(frozen=True, slots=True)
class Story:
    """The life of one appeal. whole: its record was checked, and nothing is wrong with it."""

    title: Naming
    plot: Naming
    steps: tuple[Step, ...]
    case: Case
    history: tuple[Entry, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What was performed: under which workflow, by whom, and the stories."""

    workflow: Workflow
    timezone: str
    names: Mapping[str, str]
    staff: ImportReport
    parties: ImportReport
    stories: tuple[Story, ...]


def perform(language: str) -> Demonstration:
    """Perform the stories, with people's names and texts in `language`. Takes about a second."""
    with TemporaryDirectory(prefix="flowcase-demo-") as folder:
        clock = ManualClock(local(BEGINS))
        engine = open_engine(f"sqlite:///{Path(folder) / 'demo.db'}", clock=clock)
        try:
            return _perform(engine, clock, language)
        finally:
            engine.close()


def _perform(engine: Engine, clock: ManualClock, language: str) -> Demonstration:
    workflow = engine.library.workflow(WORKFLOW)
    staff = import_staff(
        engine.store, io.StringIO(city.staff_csv(language)), roles=_roles(workflow)
    )
    parties = import_parties(
        engine.store,
        io.StringIO(city.parties_csv(language)),
        register=REGISTER,
        categories=workflow.document.registers[REGISTER].categories,
    )
    told = []
    for script in stories.SCRIPTS:
        stage = Stage(engine, clock, workflow)
        script.perform(stage, language)
        told.append(_story(engine, stage, script))
    return Demonstration(
        workflow=workflow,
        timezone=engine.library.calendar(workflow.document.calendar).timezone,
        names=city.names(language),
        staff=staff,
        parties=parties,
        stories=tuple(told),
    )


def _story(engine: Engine, stage: Stage, script: stories.Script) -> Story:
    case = engine.case(stage.case.id)
    return Story(
        title=script.title,
        plot=script.plot,
        steps=_condensed(stage.steps),
        case=case,
        history=tuple(engine.history(case.id)),
        whole=engine.verify(case.id) is None,
    )


def _condensed(steps: list[Step]) -> tuple[Step, ...]:
    """Return the steps with repeats of one clock in a row told once."""
    told: list[Step] = []
    for step in steps:
        last = told[-1] if told else None
        if last is not None and _again(last, step):
            told[-1] = replace(last, until=step.at, times=last.times + 1, after=step.after)
        else:
            told.append(step)
    return tuple(told)


def _again(last: Step, step: Step) -> bool:
    same = (last.clock, last.after.state) == (step.clock, step.after.state)
    return same and last.rung == step.rung == "repeat"


def _roles(workflow: Workflow) -> dict[str, Title]:
    return {name: role.title for name, role in workflow.document.roles.items()}
