"""Assets: where workflows and calendars are found, those of flowcase and a city's own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

Kind = Literal["calendars", "workflows"]


def packaged_folder(kind: Kind) -> Path:
    """Return the folder that comes with flowcase: inside the wheel, or beside the package in a
    checkout.
    """
    package = Path(__file__).parent
    packed = package / "_assets" / kind
    return packed if packed.is_dir() else package.parent / kind


def asset_folders(kind: Kind, folders: Sequence[str | Path] = ()) -> tuple[Path, ...]:
    """Return the folders to look in, the first to win: `folders` as given, those of
    FLOWCASE_CALENDARS or FLOWCASE_WORKFLOWS (separated as in PATH), the packaged one.
    """
    named = os.environ.get(f"FLOWCASE_{kind.upper()}", "").split(os.pathsep)
    return (
        *(Path(folder) for folder in folders),
        *(Path(folder) for folder in named if folder),
        packaged_folder(kind),
    )
