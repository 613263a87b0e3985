"""The gate: what is refuted does not run, what is undecided only if somebody answers for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

import flowcase
from flowcase import gate, installations
from flowcase.calendars.calendar import Calendar, load_calendar
from flowcase.check.proof import Judgement, Proof, Step, Verdict
from flowcase.errors import Unproved
from flowcase.opinions import Opinion, opinion_of, read_opinion
from flowcase.schema import upgrade
from flowcase.time import ManualClock
from flowcase.workflows.document import read_workflow, shipped_workflows
from flowcase.workflows.rules import Workflow
from tests.small import changed
from tests.world import moment

V2 = ("version = 1", "version = 2")
#: A way that is never taken: the one before it is always taken first.
SHADOWED = (
    '[[transitions]]\ntrigger = "again"',
    (
        '[[transitions]]\ntrigger = "finish"\nsource = "checked"\ndest = "new"\n'
        'by = ["party", "chief"]\n[[transitions]]\ntrigger = "again"'
    ),
)
ANYBODY = flowcase.Actor("DG-1")
CHIEF = flowcase.Actor("li")


def _proof(workflow: Workflow, *judgements: Judgement) -> Proof:
    version = workflow.document.version
    return Proof(workflow.name, version, workflow.digest, judgements, 1, 1, 0.1)


def _judgement(guarantee: str, verdict: Verdict) -> Judgement:
    return Judgement(guarantee, verdict, "so", "如此")


WAY = (
    Step("party", "open", None, "new", "DG-1", {"what": "x"}, at=moment("2022-07-26 09:00")),
    Step("clock", "climb", "new", "new", rung="work due"),
)


class Prover:
    """Stands in for a prover that cannot decide everything; counts how often it is asked."""

    def __init__(self, *judgements: Judgement) -> None:
        self.judgements = judgements
        self.asked: list[str] = []

    def __call__(self, workflow: Workflow, calendar: Calendar) -> Opinion:
        self.asked.append(workflow.name)
        return opinion_of(workflow, _proof(workflow, *self.judgements), gate.CHECKER)


@pytest.fixture
def undecided(monkeypatch: pytest.MonkeyPatch) -> Prover:
    """A prover that proves one guarantee and leaves another open."""
    prover = Prover(_judgement("G1 owner", "proved"), _judgement("G6 pauses", "undecided"))
    monkeypatch.setattr(gate, "judged", prover)
    return prover


def _folder(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir(exist_ok=True)
    (folder / "small.toml").write_text(changed(*changes), encoding="utf-8")
    return folder


@pytest.fixture
def engine(database_url: str) -> Iterator[flowcase.Engine]:
    if database_url.startswith("postgresql"):
        upgrade(database_url)
    clock = ManualClock(moment("2022-07-26 09:00"))
    engine = flowcase.open_engine(database_url, clock=clock)
    yield engine
    engine.close()


# -- what comes with flowcase ---------------------------------------------------------------------


def test_every_shipped_document_is_proved_and_the_file_says_so() -> None:
    kept = gate.PROOFS.read_text(encoding="utf-8")
    assert gate.prove_shipped(load_calendar) == kept, "run: make proofs"
    assert json.loads(kept)["checker"] == gate.CHECKER


def test_shipped_documents_cost_no_proof_at_the_start(undecided: Prover, sqlite_url: str) -> None:
    flowcase.open_engine(sqlite_url).close()
    assert undecided.asked == []


# -- folders --------------------------------------------------------------------------------------


def test_a_folder_with_a_refuted_document_is_refused_with_its_place(
    sqlite_url: str, tmp_path: Path
) -> None:
    flowcase.open_engine(sqlite_url, workflows=[_folder(tmp_path)]).close()
    bad = _folder(tmp_path, SHADOWED)
    for _ in range(2):  # the second time it is remembered
        with pytest.raises(Unproved, match=r"transitions\[4\]\(finish\).* is refuted") as raised:
            flowcase.open_engine(sqlite_url, workflows=[bad], accept_unproved=True)
        assert [reason.code for reason in raised.value.reasons] == ["refuted"]
    flowcase.open_engine(sqlite_url, workflows=[bad], trust=True).close()


def test_a_document_is_proved_once_and_remembered(
    undecided: Prover, database_url: str, tmp_path: Path
) -> None:
    if database_url.startswith("postgresql"):
        upgrade(database_url)
    folder = _folder(tmp_path)
    for _ in range(3):
        flowcase.open_engine(database_url, workflows=[folder], accept_unproved=True).close()
    assert undecided.asked == ["small"]
    _folder(tmp_path, V2)
    flowcase.open_engine(database_url, workflows=[folder], accept_unproved=True).close()
    assert undecided.asked == ["small", "small"], "another digest is another document"


def test_another_checker_asks_anew(
    undecided: Prover, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _folder(tmp_path)
    flowcase.open_engine(sqlite_url, workflows=[folder], accept_unproved=True).close()
    monkeypatch.setattr(gate, "CHECKER", "search-9")
    monkeypatch.setattr(gate, "shipped_proofs", frozenset[str])
    flowcase.open_engine(sqlite_url, workflows=[folder], accept_unproved=True).close()
    assert undecided.asked[0] == "small"
    assert sorted(undecided.asked[1:]) == sorted(["small", *shipped_workflows()])


def test_what_is_undecided_runs_only_where_somebody_answers_for_it(
    undecided: Prover, sqlite_url: str, tmp_path: Path
) -> None:
    folder = _folder(tmp_path)
    with pytest.raises(Unproved, match=r"G6 pauses is undecided: so") as raised:
        flowcase.open_engine(sqlite_url, workflows=[folder])
    assert "--accept-unproved" in str(raised.value)
    flowcase.open_engine(sqlite_url, workflows=[folder], accept_unproved=True).close()
    engine = flowcase.open_engine(sqlite_url)
    document = read_workflow(changed())
    engine.install(document, actor=CHIEF, accept_unproved=True, reason="pilot")
    engine.close()
    flowcase.open_engine(sqlite_url, workflows=[folder]).close()  # installed: answered for


def test_the_way_to_where_it_breaks_is_told_step_by_step_in_both_languages(
    engine: flowcase.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    judgement = Judgement("G2 rung", "refuted", "nothing rings", "无时限", WAY, where="states.new")
    monkeypatch.setattr(gate, "judged", Prover(judgement))
    with pytest.raises(Unproved) as raised:
        engine.install(read_workflow(changed()))
    (reason,) = raised.value.reasons
    assert reason.about == "states.new"
    assert [line.strip() for line in reason.en.splitlines()] == [
        "G2 rung is refuted: nothing rings",
        "1. 2022-07-26 09:00 DG-1 (party): open → new [what=x]",
        "2. clock: work due → new",
    ]
    assert reason.zh.splitlines()[0] == "G2 rung不成立：无时限"
    assert "1. 2022-07-26 09:00 DG-1" in str(raised.value)


def test_an_opinion_is_read_as_it_was_kept() -> None:
    workflow = read_workflow(changed())
    judgements = (
        Judgement("G2", "refuted", "so", "如此", WAY),
        _judgement("G3", "proved"),
    )
    opinion = opinion_of(workflow, _proof(workflow, *judgements), "c")
    assert (opinion.verdict, opinion.proved) == ("refuted", 1)
    assert read_opinion(workflow.digest, "c", json.loads(json.dumps(opinion.as_fact()))) == opinion


# -- installing -----------------------------------------------------------------------------------


def test_an_installed_document_is_for_new_cases_of_every_engine(
    engine: flowcase.Engine, database_url: str
) -> None:
    other = flowcase.open_engine(database_url, clock=engine.clock)
    made = engine.install(read_workflow(changed()), actor=CHIEF)
    assert (made.workflow, made.version, made.actor, made.reason) == ("small", 1, "li", None)
    assert made.verdict["verdict"] == "proved"
    case = other.open("small", party="DG-1", actor=ANYBODY, data={"what": "x"})
    assert case.document == made.digest
    second = engine.install(read_workflow(changed(V2)))
    case = other.open("small", party="DG-1", actor=ANYBODY, data={"what": "x"})
    assert case.document == second.digest, "an engine that was open already takes it up"
    later = flowcase.open_engine(database_url, clock=engine.clock)
    assert later.library.workflow("small").digest == second.digest
    assert installations.find(engine.store) == [made, second]
    for each in (other, later):
        each.close()


def test_a_folder_comes_before_what_is_installed_and_that_before_what_is_shipped(
    sqlite_url: str, tmp_path: Path
) -> None:
    engine = flowcase.open_engine(sqlite_url)
    shipped = engine.library.workflow("mayor_line")
    own = read_workflow(shipped.text.replace("version = 1", "version = 2", 1))
    engine.install(own)
    assert engine.library.workflow("mayor_line").digest == own.digest
    engine.install(read_workflow(changed(V2)))
    engine.close()
    engine = flowcase.open_engine(sqlite_url, workflows=[_folder(tmp_path)])
    assert engine.library.workflow("small").document.version == 1
    assert engine.library.workflow("mayor_line").digest == own.digest
    engine.close()


def test_the_same_document_again_changes_nothing(engine: flowcase.Engine) -> None:
    first = engine.install(read_workflow(changed()), actor=CHIEF)
    assert engine.install(read_workflow(changed()), actor=ANYBODY) == first
    assert installations.find(engine.store) == [first]


def test_a_version_is_one_document_and_only_the_newest_is_installed(
    engine: flowcase.Engine,
) -> None:
    engine.install(read_workflow(changed(V2)))
    other = changed(V2, ("workdays = 5 }", "workdays = 6 }"))
    with pytest.raises(flowcase.DocumentError, match=r"version 2 .* another document .* higher"):
        engine.install(read_workflow(other))
    with pytest.raises(flowcase.DocumentError, match=r"version 2 .* is installed; .* higher"):
        engine.install(read_workflow(changed()))
    shipped = engine.library.workflow("mayor_line")
    with pytest.raises(flowcase.DocumentError, match=r"version 1 .* another document"):
        engine.install(read_workflow(shipped.text + "\n# ours\n"))
    assert [each.version for each in installations.find(engine.store)] == [2]


def test_of_two_who_install_a_version_at_once_one_is_told(
    engine: flowcase.Engine, database_url: str
) -> None:
    documents = [read_workflow(changed(("workdays = 5 }", f"workdays = {n} }}"))) for n in (6, 7)]
    barrier, refused = Barrier(2), []

    def install(document: Workflow) -> None:
        own = flowcase.open_engine(database_url, clock=engine.clock)
        barrier.wait()
        try:
            own.install(document)
        except flowcase.DocumentError as error:
            refused.append(error)
        own.close()

    threads = [Thread(target=install, args=(each,)) for each in documents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert len(installations.find(engine.store)) == 1


def test_what_is_refuted_is_never_installed(engine: flowcase.Engine) -> None:
    bad = read_workflow(changed(SHADOWED))
    options: tuple[dict[str, Any], ...] = (
        {},
        {"accept_unproved": True, "reason": "hurry", "actor": CHIEF},
    )
    for each in options:
        with pytest.raises(Unproved, match="is refuted"):
            engine.install(bad, **each)
    assert installations.find(engine.store) == []
    with pytest.raises(flowcase.NotFound):
        engine.open("small", party="DG-1", actor=ANYBODY, data={"what": "x"})


def test_who_accepts_what_is_undecided_is_kept_with_the_reason(
    undecided: Prover, engine: flowcase.Engine
) -> None:
    document = read_workflow(changed())
    with pytest.raises(Unproved, match="is undecided"):
        engine.install(document)
    for actor, reason in ((None, "pilot"), (CHIEF, None), (CHIEF, "  ")):
        with pytest.raises(flowcase.InvalidInput, match="who he is, and a reason"):
            engine.install(document, actor=actor, accept_unproved=True, reason=reason)
    made = engine.install(document, actor=CHIEF, accept_unproved=True, reason="pilot")
    assert installations.find(engine.store, "small") == [made]
    assert (made.actor, made.reason, made.checker) == ("li", "pilot", gate.CHECKER)
    assert made.at == moment("2022-07-26 09:00")
    assert made.verdict["verdict"] == "undecided"
    assert [each["guarantee"] for each in made.verdict["rulings"]] == ["G6 pauses"]
    assert undecided.asked == ["small"]
