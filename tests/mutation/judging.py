"""Judging: what finds a fault: reading, the guarantees of every document, promises, a scenario."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

from flowcase.check.limits import Limits
from flowcase.check.prover import prove
from flowcase.check.report import check_workflow
from flowcase.errors import DocumentError
from flowcase.workflows.document import read_workflow
from flowcase.workflows.rules import Workflow
from tests.mutation.documents import Mutant
from tests.mutation.running import ROOT, failing_test

#: Who finds a fault, the first to look first. "missed": nobody.
Finder = Literal["reading", "guarantee", "promise", "scenario", "missed"]

#: Where what was found is kept between runs, by digest of all it depends on.
KEPT = Path(os.environ.get("FLOWCASE_MUTANTS") or Path(tempfile.gettempdir()) / "flowcase-mutants")

#: Judgements that rest on what the author of the document promises in [guarantees].
_PROMISED = ("possible[", "impossible[", "passes[", "cycles_at_most", "unattended_reaches")

#: A faulty document may lead to more cases than can be searched; then the prover has found nothing.
_LIMITS = Limits(nodes=3_000, seconds=20)

_CHECKER = sorted(
    Path(module.__file__)
    for name, module in list(sys.modules.items())
    if name.startswith("flowcase") and module.__file__
)

#: What the prover does not look at, so that a proof serves for every mutant of it.
_UNPROVED = frozenset({"tell", "warn", "title", "max_length"})


@dataclass(frozen=True, slots=True)
class Finding:
    """Who found a fault, and by what: a sentence, a guarantee, or a test."""

    finder: Finder
    by: str = ""


def judged(mutants: Sequence[Mutant], scenarios: tuple[Path, ...]) -> dict[str, Finding]:
    """Judge mutants in two processes of low priority; return what was found of each, by name."""
    found: dict[str, Finding] = {}
    asking = partial(judge, scenarios=scenarios)
    with ProcessPoolExecutor(2, get_context("spawn"), initializer=os.nice, initargs=(10,)) as pool:
        for mutant, finding in zip(mutants, pool.map(asking, mutants), strict=True):
            found[mutant.name] = finding
            if sys.stderr.isatty():
                print(f"\r{len(found)} of {len(mutants)} ", end="", file=sys.stderr)
    return found


def judge(mutant: Mutant, scenarios: tuple[Path, ...]) -> Finding:
    """Return who finds a fault: everybody is asked in turn until one does."""
    try:
        workflow = read_workflow(mutant.text)
    except DocumentError as error:
        return Finding("reading", error.findings[0].message if error.findings else error.message)
    proof = _digest("proof", _checker(), _proved(workflow))
    refuted = _recall(proof)
    if refuted is None:
        refuted = _refuted(workflow)
        _remember(proof, refuted)
    built_in = [name for name in refuted if not name.startswith(_PROMISED)]
    if refuted:
        return Finding("guarantee" if built_in else "promise", [*built_in, *refuted][0])
    test = _caught(workflow.name, mutant, scenarios)
    return Finding("scenario", test) if test is not None else Finding("missed")


def _caught(name: str, mutant: Mutant, scenarios: tuple[Path, ...]) -> str | None:
    """Return the scenario test that fails. What a file said before is asked of it no more."""
    known = {path: _recall(_told(path, mutant)) for path in scenarios}
    before = next((said["test"] for said in known.values() if said and said["test"]), None)
    if before is not None:
        return str(before)
    unknown = [path for path, said in known.items() if said is None]
    failed = failing_test(name, mutant.text, unknown, mutant.name)
    if failed is not None:
        _remember(_told(failed[0], mutant), {"test": failed[1]})
        return failed[1]
    for path in unknown:
        _remember(_told(path, mutant), {"test": None})
    return None


def _told(path: Path, mutant: Mutant) -> str:
    return _digest("scenario", _package(), _sources(path), mutant.text)


def _refuted(workflow: Workflow) -> list[str]:
    structure = [f"check: {each.kind}" for each in check_workflow(workflow).errors]
    proof = prove(workflow, limits=_LIMITS)
    return [*structure, *(each.guarantee for each in proof.refuted)]


def _proved(workflow: Workflow) -> str:
    """Return what the prover looks at."""
    return json.dumps(_stripped(workflow.document.model_dump(mode="json")))


def _stripped(value: Any) -> Any:
    match value:
        case dict():
            return {
                name: bool(inner) if name in _UNPROVED else _stripped(inner)
                for name, inner in value.items()
            }
        case list():
            return [_stripped(each) for each in value]
        case _:
            return value


# -- what was found before ------------------------------------------------------------------------


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _recall(digest: str) -> Any:
    path = KEPT / digest[:2] / f"{digest[2:]}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _remember(digest: str, found: Any) -> None:
    path = KEPT / digest[:2] / f"{digest[2:]}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found), encoding="utf-8")


@cache
def _package() -> str:
    return _contents(sorted((ROOT / "flowcase").rglob("*.py")))


@cache
def _checker() -> str:
    """Return the digest of the modules a proof is made by: those imported with this one."""
    return _contents(_CHECKER)


def _contents(paths: Sequence[Path]) -> str:
    return _digest(*(path.read_text(encoding="utf-8") for path in paths))


@cache
def _sources(path: Path) -> str:
    """Return the digest of a test file and of every helper it imports from the tests."""
    todo, texts = [path, path.parent / "conftest.py"], dict[Path, str]()
    while todo:
        each = todo.pop()
        if each not in texts and each.is_file():
            texts[each] = each.read_text(encoding="utf-8")
            modules = re.findall(r"^from (tests[\w.]*) import", texts[each], re.MULTILINE)
            todo += [ROOT.joinpath(*name.split(".")).with_suffix(".py") for name in modules]
    joined = "\0".join(texts[each] for each in sorted(texts))
    return hashlib.sha256(joined.encode()).hexdigest()
