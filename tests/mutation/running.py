"""Running: the scenario tests of a document, told under another document of the same name."""

from __future__ import annotations

import tempfile
from contextlib import redirect_stderr, redirect_stdout
from functools import lru_cache
from io import StringIO
from pathlib import Path

import pytest

from flowcase.workflows import document

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "tests" / "scenarios"

#: These tell what happens under rules they change themselves, which a mutant may already have.
_CONTROLS = "test_controls.py"

#: The files that find most, so that most mutants are found soon; the rest by name.
_FIRST = ("test_who_may_do_what.py", "test_clocks.py", "test_what_is_recorded.py")

#: Every test opens an engine, and every engine reads all documents: the same text only once.
_read_once = lru_cache(maxsize=32)(document.read_workflow)


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
    return tuple(sorted(found, key=lambda path: (_rank(path.name), path.name)))


def _rank(name: str) -> int:
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def failing_test(name: str, text: str, path: Path) -> str | None:
    """Return the first test of a file that fails under a document; None if all of them pass."""
    watch, said = _Watch(), StringIO()
    memory = Path("/dev/shm")  # where there is one, databases need not wait for a disk
    shelf = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(dir=shelf) as place, pytest.MonkeyPatch.context() as patch:
        documents = Path(place) / "workflows"
        documents.mkdir()
        (documents / f"{name}.toml").write_text(text, encoding="utf-8")
        patch.setenv("FLOWCASE_WORKFLOWS", str(documents))
        patch.setattr(document, "read_workflow", _read_once)
        options = f"--exitfirst --quiet -p no:cacheprovider --basetemp={place}/tests".split()
        with redirect_stdout(said), redirect_stderr(said):
            code = pytest.main([str(path), "-m", "not postgres", *options], plugins=[watch])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"{path.name} could not be run ({code}):\n{said.getvalue()[-2000:]}")
    return watch.failed


class _Watch:
    """Notes which test failed first."""

    def __init__(self) -> None:
        self.failed: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failure."""
        if report.failed and self.failed is None:
            self.failed = report.nodeid.rpartition("/")[2]
