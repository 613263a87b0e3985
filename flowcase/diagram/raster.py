"""Rasters: turns a picture into PNG; the only user of resvg."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from flowcase.diagram.chart import Step
from flowcase.diagram.drawing import FONTS, draw
from flowcase.errors import FlowcaseError
from flowcase.workflows.rules import Workflow

_SCALE, _LONGEST = 2.0, 8000  # pixels of the picture per pixel of its SVG; of a side
_SIZE = re.compile(r'width="([0-9.]+)" height="([0-9.]+)"')
_SAMPLES = 40
#: In no font: what is drawn for it is drawn for every character that is missing.
_MISSING = "\ue5a7"


@dataclass(frozen=True, slots=True)
class Raster:
    """A picture as PNG. language: of its words; English if no font here has Chinese."""

    data: bytes
    language: str


def raster(workflow: Workflow, lang: str = "en", path: Sequence[Step] = ()) -> Raster:
    """Return a workflow as a PNG picture; see `draw`.

    Chinese is drawn with a font of the system, or with that of the extra `chinese`; if neither is
    there, the picture is in English, and its `language` says so.
    Errors: FlowcaseError naming the extra, if a library of it is not installed.
    """
    svg = draw(workflow, lang, path)
    if lang == "zh" and not _can_draw(svg):
        svg, lang = draw(workflow, "en", path), "en"
    size = _SIZE.search(svg)
    assert size is not None
    longest = max(float(side) for side in size.groups())
    return Raster(_rendered(svg, zoom=min(_SCALE, _LONGEST / longest)), lang)


def _can_draw(text: str) -> bool:
    """Whether the fonts that are here have the wide characters of a text: some are tried."""
    wide = dict.fromkeys(each for each in text if unicodedata.east_asian_width(each) in "WF")
    missing = _tried(_MISSING)
    return all(_tried(character) != missing for character in list(wide)[:_SAMPLES])


def _tried(character: str) -> bytes:
    return _rendered(
        '<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32">'
        f'<text x="4" y="24" font-size="20" font-family="{FONTS}">{character}</text></svg>'
    )


def _rendered(svg: str, **options: Any) -> bytes:
    try:
        import resvg_py
    except ModuleNotFoundError:
        raise FlowcaseError(
            "PNG pictures need a renderer: pip install 'flowcase[diagram]'; --format svg works "
            "without it"
        ) from None
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, font_files=_font_files(), **options))


def _font_files() -> list[str]:
    """Return the font of the extra `chinese`, if it is installed."""
    found = find_spec("pylopdf_fonts_zh_cn")
    if found is None or found.origin is None:
        return []
    return [str(Path(found.origin).with_name("NotoSansSC-Regular.otf"))]
