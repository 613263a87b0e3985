"""The README cannot lie: what it shows is run, and what there is is in it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from flowcase.cli.group import Branch
from flowcase.cli.root import TREE
from flowcase.workflows import language
from tests import small

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
PARTIES = "编号,名称,类别,负责人,列入日期,退出日期\nDG-0001,华拓精密制造公司,high_tech,zhang,,\n"
STAFF = (
    "id,name,roles,unit,in_charge_of\n"
    "ma,马丽,office,,\nli,李强,deputy_secretary_general,,land\n"
    "section-2,综合二科,office_section,,land\n"
)


def _blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", README, flags=re.DOTALL)


def _tables(model: type[language.Model], seen: set[type]) -> set[str]:
    """Return every key that may stand anywhere in a document."""
    if model in seen:
        return set()
    seen.add(model)
    keys: set[str] = set()
    for name, field in model.model_fields.items():
        keys.add(field.alias or name)
        for part in re.findall(r"flowcase\.language\.(\w+)", str(field.annotation)):
            kind = getattr(language, part)
            if isinstance(kind, type) and issubclass(kind, language.Model):
                keys |= _tables(kind, seen)
    return keys


def test_the_tour_as_a_library_runs_as_it_stands(tmp_path: Path) -> None:
    (tour,) = _blocks("python")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", tour],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "'assign' is for coordinator (now: li); 'ma' is none of them"
    assert "assign -> assigned needs lead" in lines
    assert "2022-10-12 ['2022-10-08', '2022-10-09']" in lines
    assert lines[-1].endswith(" 2022-10-13 clock escalate escalated_to_vice_mayor")


def test_the_three_lines_of_a_user_are_a_test_that_passes(tmp_path: Path) -> None:
    (lines,) = _blocks("python test")
    assert len([line for line in lines.splitlines() if line]) <= 3
    (tmp_path / "my_line.toml").write_text(small.DOCUMENT, encoding="utf-8")
    (tmp_path / "test_my_line.py").write_text(lines, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_my_line.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_the_tour_at_a_terminal_runs_as_it_stands(
    tmp_path: Path,
) -> None:
    tour = next(block for block in _blocks("console") if "flowcase party import" in block)
    (tmp_path / "parties.csv").write_text(PARTIES, encoding="utf-8")
    (tmp_path / "staff.csv").write_text(STAFF, encoding="utf-8")
    environment = {**os.environ, "LANG": "en_US.UTF-8", "PYTHONUTF8": "1"}
    case, ran = "", []
    for line in tour.splitlines():
        words = shlex.split(line.removeprefix("$ "))
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            environment[name] = value
            continue
        command = [case if word == "CASE" else word for word in words[1:]]
        done = subprocess.run(
            [sys.executable, "-m", "flowcase.cli", *command],
            cwd=tmp_path,
            env={**environment, "PYTHONPATH": str(Path(__file__).parent.parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        expected = 3 if command[0] == "may" else 0
        assert done.returncode == expected, f"{line}\n{done.stdout}{done.stderr}"
        if command[0] == "open":
            case = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", done.stdout)[0]  # type: ignore[index]  # it is there
        ran.append(command[0])
    assert ran[-1] == "history"
    assert len(ran) == 10


def test_every_command_is_in_the_readme() -> None:
    for name, entry in TREE.items():
        assert f"`{name}" in README or f" {name}" in README, name
        if isinstance(entry, Branch):
            for part in entry.entries:
                assert re.search(rf"`{name} [^`]*\b{part}\b", README), f"{name} {part}"


def test_every_key_of_the_language_is_in_the_readme() -> None:
    chapter = README.split("## Writing a workflow")[1].split("## Testing your own")[0]
    missing = {
        key for key in _tables(language.Document, set()) if not re.search(rf"\b{key}\b", chapter)
    }
    assert missing == set()


def test_every_document_the_readme_points_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (Path(__file__).parent.parent / target).exists(), target


def test_the_commands_the_readme_shows_exist() -> None:
    for block in _blocks("console"):
        for line in block.splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            if words and words[0] == "flowcase":
                entry = TREE[words[1]]
                if isinstance(entry, Branch):
                    assert words[2] in entry.entries, line
