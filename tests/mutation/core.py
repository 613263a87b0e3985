"""Are our own tests any good? Plants faults in the core, and counts those no test finds.

    python -m tests.mutation.core                        every module: minutes to an hour
    python -m tests.mutation.core --module flowcase.clocks --survivors
    python -m tests.mutation.core --sample 100 --seed 7  a hundred faults of each module

Told by module: faults found / planted, those that no test reaches, and the survivors that
`survivors.toml` has judged. Ends with 1 if a survivor is not judged, or one judged is found.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import sys
import time
import tomllib
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.mutation.core_faults import Fault
from tests.mutation.core_trial import Trial, source_of

ROOT = Path(__file__).parents[2]
SURVIVORS = Path(__file__).with_name("survivors.toml")

MODULES = (
    *(
        "flowcase." + name
        for name in [
            "clocks",
            "ledgers",
            "machine",
            "question",
            "outcome",
            "requests",
            "intake",
            "snapshots",
            "history",
            "data",
        ]
    ),
    *(
        "flowcase.calendars." + name
        for name in [
            "reckoning",
            "daybook",
            "rulings",
            "forecast",
            "itinerary",
            "calendar",
            "notices",
            "statutory",
        ]
    ),
    "flowcase.workflows.facts",
    *(
        "flowcase.check." + name
        for name in [
            "relevance",
            "nodes",
            "moves",
            "graph",
            "search",
            "accountability",
            "climbing",
            "duties",
            "bounds",
            "use",
            "ladder",
            "promises",
        ]
    ),
)

#: Fast tests of the core alone, and the stories, on SQLite: no server, no other process.
TESTS = (
    "tests/test_machine.py",
    "tests/test_clocks.py",
    "tests/test_clocks_edges.py",
    "tests/test_core_edges.py",
    "tests/test_calendars_edges.py",
    "tests/test_proving.py",
    "tests/test_requests.py",
    "tests/test_calendars.py",
    "tests/test_city_calendars.py",
    "tests/test_notices.py",
    "tests/test_history.py",
    "tests/test_language.py",
    "tests/test_lint.py",
    "tests/test_check.py",
    "tests/documents",
    "tests/properties",
    "tests/scenarios",
)

Judged = dict[tuple[str, str, str], str]


@dataclass(frozen=True)
class Tally:
    """How the faults of one module fared. sampled: how many there are, where not all were tried."""

    module: str
    found: int
    tried: int
    survivors: tuple[tuple[Fault, bool], ...]
    judged: int
    sampled: int | None

    def line(self) -> str:
        """Return it in a line."""
        share = f"{self.found / self.tried:7.1%}" if self.tried else "      -"
        unreached = sum(not reached for _, reached in self.survivors)
        told = f"{self.module:36} {self.found:5}/{self.tried:<5} {share}"
        told += f"   survived {len(self.survivors):3}, of them reached by no test {unreached:3}"
        told += f", judged {self.judged:3}"
        if self.sampled is not None:
            low, high = wilson(self.found, self.tried)
            told += f"   sample of {self.sampled}: {low:.1%} to {high:.1%} (95 %)"
        return told


def wilson(found: int, tried: int) -> tuple[float, float]:
    """Return between what bounds a share lies with 95 % confidence, by Wilson's interval."""
    if not tried:
        return 0.0, 1.0
    z, share = 1.96, found / tried
    middle = share + z * z / (2 * tried)
    spread = z * math.sqrt(share * (1 - share) / tried + z * z / (4 * tried * tried))
    whole = 1 + z * z / tried
    return (middle - spread) / whole, (middle + spread) / whole


def judged_survivors() -> Judged:
    """Return the reason why each survivor that was judged is left alive."""
    tables = tomllib.loads(SURVIVORS.read_text(encoding="utf-8")).get("survivor", [])
    found: Judged = {}
    for each in tables:
        for change in each["changes"]:
            found[each["module"], each["function"], change] = each["reason"]
    return found


def chosen(module: str, given: argparse.Namespace) -> tuple[list[Fault], int | None, Any]:
    """Return the faults to try, of how many where it is a sample, and the module's source."""
    source = source_of(module, ROOT)
    faults = [each for each in source.faults() if given.function in each.function]
    if given.only == "survivors":
        known = judged_survivors()
        return [each for each in faults if each.name in known], None, source
    if given.sample is None or len(faults) <= given.sample:
        return faults, None, source
    chance = random.Random(f"{given.seed} {module}")
    return sorted(chance.sample(faults, given.sample), key=faults.index), len(faults), source


def tried(given: argparse.Namespace, tell: Callable[[Trial, str], None]) -> Trial:
    """Plant the faults that are asked for; `tell` hears of each module that is done."""
    faults, sources = [], []
    for module in given.module or MODULES:
        some, _, source = chosen(module, given)
        faults += some
        sources.append(source)
    trial = Trial(sources, faults, given.jobs, tell, known=found_before(given.remember))
    options = ["-q", "-p", "no:cacheprovider", "-m", "not postgres", "-k", KEEP_OUT]
    options += ["--no-header", "--no-summary", "--hypothesis-profile=mutation"]
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        pytest.main([*options, *(str(ROOT / each) for each in given.tests or tests())], [trial])
    return trial


#: Tests that open a database, by their names.
KEEP_OUT = "not sqlite"


def tests() -> list[str]:
    """Return the files and folders of tests that are run, those that are there."""
    return [each for each in TESTS if (ROOT / each).exists()]


def found_before(remembered: Path | None) -> set[tuple[str, str, str]]:
    """Return the names of the faults that were found by an earlier run."""
    if remembered is None or not remembered.exists():
        return set()
    return {tuple(each) for each in json.loads(remembered.read_text(encoding="utf-8"))}


def remember(trial: Trial, remembered: Path) -> None:
    """Keep the names of the faults that are found, for runs to come."""
    found = {fault.name for number, fault in enumerate(trial.faults) if trial.verdicts.get(number)}
    found |= found_before(remembered)
    remembered.write_text(json.dumps(sorted(found), ensure_ascii=False, indent=0), encoding="utf-8")


def tally(trial: Trial, module: str, sampled: int | None, judged: Judged) -> Tally:
    """Return how the faults of a module fared."""
    numbers = [each for each, fault in enumerate(trial.faults) if fault.module == module]
    left = tuple(
        (trial.faults[each], trial.verdicts[each] is not None)
        for each in numbers
        if not trial.verdicts[each]
    )
    known = sum(fault.name in judged for fault, _ in left)
    return Tally(module, len(numbers) - len(left), len(numbers), left, known, sampled)


def main(words: list[str] | None = None) -> int:
    """Try the faults asked for, and say how many were found."""
    given = _parser().parse_args(words)
    judged, out = judged_survivors(), sys.stdout
    told: list[Tally] = []

    def tell(trial: Trial, module: str) -> None:
        told.append(tally(trial, module, chosen(module, given)[1], judged))
        print(told[-1].line(), file=out)
        for fault, reached in told[-1].survivors:
            if given.survivors and fault.name not in judged:
                mark = " " if reached else "!"
                print(f"   {mark} {fault.function}:{fault.lines[0]}: {fault.change}", file=out)
        out.flush()
        if given.remember is not None:
            remember(trial, given.remember)

    began = time.monotonic()
    trial = tried(given, tell)
    found, whole = sum(each.found for each in told), sum(each.tried for each in told)
    took = time.monotonic() - began
    print(f"{found} of {whole} found by {len(trial.reached.seconds)} tests in {took:.0f} s")
    for name in trial.reached.failing:
        print("left out, it fails as the code is:", name)
    for name in trial.reached.slow:
        print("left out, it takes too long:", name)
    found_after_all = [
        fault.name
        for number, fault in enumerate(trial.faults)
        if fault.name in judged and trial.verdicts.get(number)
    ]
    for each in found_after_all:
        print("judged a survivor, but found:", *each)
    unjudged = sum(len(each.survivors) - each.judged for each in told)
    return 1 if found_after_all or unjudged or not told else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.core")
    parser.add_argument("--module", action="append", help="this module only; again for more")
    parser.add_argument("--function", default="", help="functions whose name contains this")
    parser.add_argument("--only", choices=["survivors"], help="those judged in survivors.toml")
    parser.add_argument("--sample", type=int, help="so many faults of each module, by chance")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--remember",
        type=Path,
        help="a file of faults found; those in it are not tried again (while tests are only added)",
    )
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--survivors", action="store_true", help="say which survived")
    parser.add_argument("tests", nargs="*", help="these tests only")
    return parser


if __name__ == "__main__":
    sys.exit(main())
