"""The judge: a process-mining library that is not ours, asked in a program of its own.

pm4py is AGPL: it is never imported by the package or its tests, but by programs that its own Python
runs, from an environment of its own (`make judge`; FLOWCASE_JUDGE names another's Python).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest


def python_of_judge() -> str:
    """Return the Python that has pm4py; skips the test where there is none."""
    python = os.environ.get("FLOWCASE_JUDGE") or str(Path(sys.prefix, "judge", "bin", "python"))
    if not Path(python).exists():
        pytest.skip(f"pm4py is not installed: no {python}; `make judge` installs it")
    return python


def judged_by(program: Path, arguments: Iterable[str | Path]) -> list[dict[str, Any]]:
    """Return what a judging program says, one object for each line of JSON that it prints.

    Skips the test where there is no judge.
    """
    done = subprocess.run(
        [python_of_judge(), str(program), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")},
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line[:1] == "{"]
