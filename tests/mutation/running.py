"""Running: the scenario tests of a document, told under another document of the same name."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence, Set
from contextlib import redirect_stderr, redirect_stdout
from functools import lru_cache
from io import StringIO
from pathlib import Path

import pytest

from flowcase.assets import packaged_folder
from flowcase.workflows import document

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "tests" / "scenarios"

#: Stories told under rules they change themselves are left out: a mutant may be one of those.
_CHANGED = "[changed"

#: Scenarios of one document that tell of another one's cases as well.
_ALSO: Mapping[str, tuple[str, ...]] = {"department_task": ("test_d07_co_handlers.py",)}

_WORD = re.compile("[a-z]{3,}")

#: Every test opens an engine, and every engine reads all documents: the same text only once.
_read_once = lru_cache(maxsize=32)(document.read_workflow)


def shipped_texts() -> dict[str, str]:
    """Return the documents that are shipped, by name, as they are written."""
    return {
        path.stem: path.read_text(encoding="utf-8")
        for path in sorted(packaged_folder("workflows").glob("*.toml"))
    }


def scenarios_of(name: str) -> tuple[Path, ...]:
    """Return the files of the scenario tests of a shipped document.

    They are in tests/scenarios/test_NAME*.py, with what `_ALSO` names. All other files there tell
    of the mayor line, and so does what is in `_ALSO`.
    """
    if name != "mayor_line":
        also = {SCENARIOS / file for file in _ALSO.get(name, ())}
        return tuple(sorted({*SCENARIOS.glob(f"test_{name}*.py"), *also}))
    others = tuple(f"test_{each}" for each in shipped_texts())
    return tuple(
        path for path in sorted(SCENARIOS.glob("test_*.py")) if not path.name.startswith(others)
    )


def failing_test(
    name: str, text: str, files: Sequence[Path], about: str
) -> tuple[Path, str] | None:
    """Return the first test that fails under a document, and its file; None if all of them pass.

    about: what was changed; tests whose names share words with it are run first.
    """
    if not files:
        return None
    from flowcase import gate  # not with this module: what is imported with it makes the proofs

    watch, said = _Watch(set(_WORD.findall(about))), StringIO()
    memory = Path("/dev/shm")  # where there is one, databases need not wait for a disk
    shelf = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(dir=shelf) as place, pytest.MonkeyPatch.context() as patch:
        documents = Path(place) / "workflows"
        documents.mkdir()
        (documents / f"{name}.toml").write_text(text, encoding="utf-8")
        patch.setenv("FLOWCASE_WORKFLOWS", str(documents))
        patch.setattr(document, "read_workflow", _read_once)
        # The checker was asked already, and has found nothing: no engine needs to ask it again.
        proved = gate.shipped_proofs() | {_read_once(text).digest}
        patch.setattr(gate, "shipped_proofs", lambda: proved)
        options = ["--exitfirst", "-m", "not postgres", "-p", "no:cacheprovider"]
        with redirect_stdout(said), redirect_stderr(said):
            code = pytest.main(
                [*map(str, files), *options, f"--basetemp={place}/tests"], plugins=[watch]
            )
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"the scenarios could not be run ({code}):\n{said.getvalue()[-2000:]}")
    return watch.failed


class _Watch:
    """Puts what is likely to fail first, and notes what failed."""

    def __init__(self, words: Set[str]) -> None:
        self.words = words
        self.failed: tuple[Path, str] | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Sort the tests by the words they share with what was changed."""
        items[:] = [item for item in items if _CHANGED not in item.nodeid]
        items.sort(key=lambda item: -len(self.words & set(_WORD.findall(item.nodeid))))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failure."""
        if report.failed and self.failed is None:
            file, _, test = report.nodeid.partition("::")
            self.failed = ROOT / file, f"{Path(file).name}::{test}"
