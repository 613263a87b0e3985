"""The console script, as it is installed, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

SCRIPT = Path(sys.executable).with_name("flowcase")
DUE = ["calendar", "due", "cn", "--from", "2022-09-23", "--workdays", "10"]


def run(
    folder: Path, *args: str, stdout: IO[bytes] | int = subprocess.PIPE, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run the script in a folder, with an environment that holds nothing else."""
    return subprocess.run(
        [SCRIPT, *args],
        check=False,
        cwd=folder,
        env=env,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_installed_script_answers_in_an_empty_environment(tmp_path: Path) -> None:
    done = run(tmp_path, *DUE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2022-10-12" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_script_passes_on_the_exit_code(tmp_path: Path) -> None:
    done = run(tmp_path, "show", "nothing", "--json")
    assert (done.returncode, done.stdout) == (5, "")
    assert '"code": "not_found"' in done.stderr


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = run(tmp_path, "schema", stdout=pipe)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_terminal_without_chinese_is_no_error(tmp_path: Path) -> None:
    done = run(tmp_path, *DUE, "--lang", "zh", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2022-10-12" in done.stdout


def test_the_package_runs_as_a_module_too(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flowcase.cli", "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("flowcase, version ")
