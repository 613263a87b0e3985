"""Broken documents: each is found by its guarantee, and its path really breaks it on a real case.

Every document in broken/ is one of those in sound/ with one fault planted; its first lines say
which fault, what must refute it, what follows from that, and by which moves the shortest path
leads there. `read: refused` says that reading it already finds its words do not fit together.
"""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from flowcase.check.proof import Judgement, Proof
from flowcase.check.prover import prove
from flowcase.errors import DocumentError, FlowcaseError
from flowcase.workflows.document import read_workflow_file
from flowcase.workflows.rules import Workflow
from tests.documents.breaks import CHECKS, broken
from tests.documents.replayed import Replay, read_as_it_is

HERE = Path(__file__).parent
SOUND = sorted((HERE / "sound").glob("*.toml"))
BROKEN = sorted((HERE / "broken").glob("*.toml"))
MOST_LINES = 60


def head(path: Path) -> dict[str, str]:
    """What a broken document says of itself in its first lines."""
    lines = path.read_text(encoding="utf-8").splitlines()
    said = [line[2:].partition(": ") for line in lines if line.startswith("# ")]
    return {name: value for name, _, value in said}


def listed(text: str) -> list[str]:
    """Words with commas between."""
    return [word for word in text.split(", ") if word not in ("", "none")]


@pytest.fixture(params=BROKEN, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    """Each broken document in turn."""
    document: Path = request.param
    return document


@pytest.fixture(scope="module")
def proofs() -> dict[Path, tuple[Workflow, Proof]]:
    """What is proved of each, kept from one test to the next."""
    return {}


@pytest.fixture
def proved(
    path: Path, proofs: dict[Path, tuple[Workflow, Proof]]
) -> tuple[Workflow, Proof, Judgement]:
    """The document as it is, what is proved of it, and the judgement that is looked for."""
    if path not in proofs:
        workflow = read_as_it_is(path)
        proofs[path] = workflow, prove(workflow)
    workflow, proof = proofs[path]
    wanted = head(path)["refuted"]
    return workflow, proof, next(each for each in proof.refuted if each.guarantee == wanted)


def test_there_are_enough_of_them_and_each_has_a_fault_of_its_own() -> None:
    assert len(BROKEN) >= 45
    faults = [head(path)["fault"] for path in BROKEN]
    assert len(set(faults)) == len(faults)
    found_by = {head(path)["refuted"].split("[")[0] for path in BROKEN}
    assert found_by == set(CHECKS), "every kind of guarantee refutes some document, but G5"


@pytest.mark.parametrize("sound", SOUND, ids=lambda path: path.stem)
def test_a_sound_document_is_proved_whole(sound: Path) -> None:
    proof = prove(read_workflow_file(sound))
    assert (proof.refuted, proof.undecided) == ((), ())
    assert proof.proved


def test_a_broken_document_is_a_sound_one_with_little_changed(path: Path) -> None:
    sound = HERE / "sound" / f"{head(path)['from']}.toml"
    lines = [
        [line for line in each.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
        for each in (sound, path)
    ]
    before, after = lines
    planted = [line for line in difflib.ndiff(before, after) if line[:1] in "+-"]
    assert 0 < len(planted) <= 16
    assert len(lines[1]) <= MOST_LINES + 14


def test_its_fault_is_found_by_its_guarantee_and_by_no_other(
    path: Path, proved: tuple[Workflow, Proof, Judgement]
) -> None:
    _, proof, _ = proved
    said = head(path)
    found = {each.guarantee for each in proof.refuted}
    assert found == {said["refuted"], *listed(said.get("also", ""))}
    assert proof.undecided == ()


def test_its_path_is_the_one_it_tells_of_and_is_laid_on_days(
    path: Path, proved: tuple[Workflow, Proof, Judgement]
) -> None:
    _, _, judgement = proved
    assert [step.trigger for step in judgement.path] == listed(head(path)["path"])
    moments = [step.at for step in judgement.path]
    assert None not in moments
    assert moments == sorted(moments, key=lambda at: at.timestamp() if at else 0.0)
    assert judgement.en
    assert judgement.zh


def test_every_path_of_it_really_breaks_its_guarantee_on_a_real_case(
    proved: tuple[Workflow, Proof, Judgement],
) -> None:
    workflow, proof, _ = proved
    for judgement in proof.refuted:
        broken(workflow, judgement)


def test_reading_refuses_it_where_it_says_so(path: Path) -> None:
    if head(path).get("read") == "refused":
        with pytest.raises(DocumentError) as refused:
            read_workflow_file(path)
        assert refused.value.findings
    else:
        read_workflow_file(path)


# -- controls: the checks can fail --------------------------------------------------------------


@pytest.mark.parametrize("sound", SOUND, ids=lambda path: path.stem)
def test_wandering_gets_everywhere_in_a_sound_document(sound: Path) -> None:
    workflow = read_as_it_is(sound)
    been: set[str] = set()
    fired: set[str] = set()
    for seed in range(40):
        with Replay(workflow) as replay:
            entries = replay.wander(seed)
            been |= {entry.dest for entry in entries}
            fired |= {entry.trigger for entry in entries}
        if been == set(workflow.document.states):
            break
    assert been == set(workflow.document.states)


def test_what_is_broken_in_a_document_is_not_in_the_sound_one(
    path: Path, proved: tuple[Workflow, Proof, Judgement]
) -> None:
    _, _, judgement = proved
    if not judgement.path:
        return  # there is nothing to walk: what is missed is missed in every wandering
    sound = read_as_it_is(HERE / "sound" / f"{head(path)['from']}.toml")
    with pytest.raises((AssertionError, FlowcaseError, KeyError)):
        broken(sound, judgement)
