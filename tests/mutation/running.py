"""Running: the scenario tests of a document, told under another document of the same name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "tests" / "scenarios"

#: These tell what happens under rules they change themselves, which a mutant may already have.
_CONTROLS = "test_controls.py"

#: The files that find most, so that most mutants are found soon; the rest by name.
_FIRST = ("test_who_may_do_what.py", "test_clocks.py")


def scenarios_of(name: str) -> tuple[Path, ...]:
    """Return the scenario tests of a shipped document, those that find most first.

    They are in tests/scenarios/NAME/ or in tests/scenarios/test_NAME*.py. All other files there
    tell of the mayor line.
    """
    if (SCENARIOS / name).is_dir():
        return tuple(sorted((SCENARIOS / name).glob("test_*.py")))
    if name != "mayor_line":
        return tuple(sorted(SCENARIOS.glob(f"test_{name}*.py")))
    others = {path.stem for path in (ROOT / "workflows").glob("*.toml")}
    found = [
        path
        for path in SCENARIOS.glob("test_*.py")
        if path.name != _CONTROLS and not path.stem.removeprefix("test_").startswith(tuple(others))
    ]
    return tuple(sorted(found, key=lambda path: (path.name not in _FIRST, path.name)))


def failing_test(name: str, text: str, path: Path) -> str | None:
    """Return the first test of a file that fails under a document; None if all of them pass."""
    watch = _Watch()
    with _documents(name, text) as folder:
        options = [
            str(path),
            f"--rootdir={ROOT}",
            "--exitfirst",
            "--quiet",
            "-m",
            "not postgres",
            "-p",
            "no:cacheprovider",
            f"--basetemp={folder / 'tests'}",
        ]
        with redirect_stdout(StringIO()) as said, redirect_stderr(said):
            code = pytest.main(options, plugins=[watch])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"{path.name} could not be run ({code}):\n{said.getvalue()[-2000:]}")
    return watch.failed


@contextmanager
def _documents(name: str, text: str) -> Iterator[Path]:
    """A folder whose document replaces the shipped one of the same name."""
    memory = Path("/dev/shm")  # where there is one, databases need not wait for a disk
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        documents = Path(folder) / "workflows"
        documents.mkdir()
        (documents / f"{name}.toml").write_text(text, encoding="utf-8")
        before = os.environ.get("FLOWCASE_WORKFLOWS")
        os.environ["FLOWCASE_WORKFLOWS"] = str(documents)
        try:
            yield Path(folder)
        finally:
            os.environ.pop("FLOWCASE_WORKFLOWS")
            if before is not None:
                os.environ["FLOWCASE_WORKFLOWS"] = before


class _Watch:
    """Notes which test failed first."""

    def __init__(self) -> None:
        self.failed: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failure."""
        if report.failed and self.failed is None:
            self.failed = report.nodeid.rpartition("/")[2]
