"""What is shipped: a wheel that is complete by itself, and a checkout with four folders."""

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from tarfile import TarFile
from zipfile import ZipFile

import pytest

import flowcase

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {"flowcase", "workflows", "calendars", "tests"}
NOT_OURS = {"__pycache__", "build", "dist"}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, built without a download."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Iterator[ZipFile]:
    (path,) = dist.glob("*.whl")
    with ZipFile(path) as archive:
        yield archive


@pytest.fixture(scope="module")
def sdist(dist: Path) -> Iterator[TarFile]:
    (path,) = dist.glob("*.tar.gz")
    with TarFile.open(path) as archive:
        yield archive


def documents() -> set[str]:
    """The workflows and calendars of the checkout, by their paths from its root."""
    folders = (ROOT / "workflows", ROOT / "calendars")
    paths = (path for folder in folders for path in folder.rglob("*.toml"))
    return {path.relative_to(ROOT).as_posix() for path in paths}


def test_the_wheel_brings_workflows_and_calendars_and_its_types(wheel: ZipFile) -> None:
    names = set(wheel.namelist())
    assert "workflows/mayor_line.toml" in documents()
    assert any(name.startswith("calendars/cn/") for name in documents())
    assert {f"flowcase/_assets/{name}" for name in documents()} <= names
    assert "flowcase/py.typed" in names


def test_the_wheel_puts_nothing_beside_the_package(wheel: ZipFile) -> None:
    top = {name.split("/")[0] for name in wheel.namelist()}
    assert top == {"flowcase", f"flowcase-{flowcase.__version__}.dist-info"}


def test_the_wheel_introduces_itself_with_the_readme(wheel: ZipFile) -> None:
    metadata = wheel.read(f"flowcase-{flowcase.__version__}.dist-info/METADATA").decode()
    assert (ROOT / "README.md").read_text(encoding="utf-8") in metadata


def test_the_sdist_has_all_that_building_and_testing_need(sdist: TarFile) -> None:
    names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"pyproject.toml", "Makefile", "LICENSE", "CHANGELOG.md", "README.md"} <= names
    assert documents() <= names
    assert Path(__file__).relative_to(ROOT).as_posix() in names


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert flowcase.__version__ == project["version"]


def test_the_top_level_folders_are_the_four_of_the_design() -> None:
    assert {name for name in top_level_folders() if not name.startswith(".")} == FOLDERS


def top_level_folders() -> set[str]:
    """Folders with files that git knows or would add; in an unpacked sdist, simply the folders."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):  # no git, or no checkout
        return {path.name for path in ROOT.iterdir() if path.is_dir()} - NOT_OURS
    return {name.split("/")[0] for name in listed.stdout.split("\0") if "/" in name}
