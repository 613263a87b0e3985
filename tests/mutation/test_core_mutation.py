"""The trial of our own code, tried itself: what a test looks for is found, what it does not is not.

A few faults only; `make mutation-core` plants them all.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

from tests.mutation.core import MODULES, ROOT, judged_survivors, wilson
from tests.mutation.core_faults import Source
from tests.mutation.core_trial import source_of

ONE = "tests/test_clocks_edges.py::test_only_the_due_moment_and_its_repeats_are_due"
IS_DUE = ("--module", "flowcase.clocks", "--function", "Rung.is_due", "--survivors", "--jobs", "1")


def trial(*words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutation.core", *IS_DUE, *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def test_every_fault_that_a_test_looks_for_is_found_and_the_code_as_it_is_passes() -> None:
    code, told = trial(ONE)
    assert "4 of 4 found by 3 tests" in told
    assert "left out" not in told, "the tests pass on the code as it is"
    assert code == 0


def test_a_fault_that_no_test_looks_for_survives_and_is_told() -> None:
    code, told = trial(ONE + "[due-True]")
    assert "'repeat' → 'XXrepeatXX'" in told
    assert "'due' → 'XXdueXX'" not in told
    assert "3 of 4 found by 1 tests" in told
    assert code == 1


def faults(function: str) -> list[str]:
    source = Source("m", Path("m.py"), ast.parse(function))
    return [fault.change for fault in source.faults()]


def test_what_decides_is_changed() -> None:
    assert faults("def f(a, b):\n    return a < b and not a") == [
        "return a < b and (not a) → return None",
        "a < b and (not a) → a < b or not a",
        "a < b → a <= b",
        "not a → a",
    ]
    assert faults("def f(a):\n    if a:\n        g(a, key=1)") == [
        "if a → if not a",
        "g(a, key=1) → pass",
        "g(…, key=…) → g(…)",
        "1 → 2",
    ]


def test_what_is_for_people_and_for_us_stays_as_it_is() -> None:
    assert faults('def f(a: int = 1) -> "x":\n    """Says what."""\n    assert a, "no"\n') == []
    assert faults('def f(a):\n    g("two words", f"so {a} it", "中文")') == [
        "g('two words', f'so {a} it', '中文') → pass"
    ]
    assert len(faults('def f(a):\n    raise ValueError(a + 1, "no")')) == 1


def test_faults_are_planted_one_at_a_time_in_a_tree_of_their_own() -> None:
    source = Source("m", Path("m.py"), ast.parse("def f(a):\n    return a + 1 + 1"))
    changes = [fault.change for fault in source.faults()]
    assert changes == [
        "return a + 1 + 1 → return None",
        "a + 1 + 1 → a + 1 - 1",
        "a + 1 → a - 1",
        "1 → 2",
        "1 → 2 #2",
    ]
    source.faults()[4].plant()
    assert ast.unparse(source.tree).endswith("return a + 1 + 2")


def test_every_survivor_that_is_judged_names_a_fault_there_is_and_says_why() -> None:
    there = {fault.name for module in MODULES for fault in source_of(module, ROOT).faults()}
    judged = judged_survivors()
    assert [name for name in judged if name not in there] == []
    assert all(len(reason) > 20 for reason in judged.values())


def test_an_interval_is_told_with_a_sample() -> None:
    low, high = wilson(45, 50)
    assert (round(low, 3), round(high, 3)) == (0.786, 0.957)
    assert wilson(0, 0) == (0.0, 1.0)
