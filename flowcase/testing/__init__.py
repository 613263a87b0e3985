"""The kit for tests of systems that use flowcase.

    from flowcase.testing import closed_loop

    TestMyLine = closed_loop("rules/my_line.toml").TestCase

Each name is loaded when it is first asked for: `ManualClock`, `MemoryDirectory`, `Core` and
`memory_engine` need nothing more than flowcase; `closed_loop` and `strategies` need Hypothesis,
which comes with `pip install 'flowcase[testing]'`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names, for type checkers, which do not run __getattr__
    from flowcase.roster import MemoryDirectory as MemoryDirectory
    from flowcase.testing import strategies as strategies
    from flowcase.testing.core import Core as Core
    from flowcase.testing.guarantees import Broken as Broken
    from flowcase.testing.loop import closed_loop as closed_loop
    from flowcase.testing.memory import memory_engine as memory_engine
    from flowcase.time import ManualClock as ManualClock

_HOME = {
    "Broken": "flowcase.testing.guarantees",
    "Core": "flowcase.testing.core",
    "ManualClock": "flowcase.time",
    "MemoryDirectory": "flowcase.roster",
    "closed_loop": "flowcase.testing.loop",
    "memory_engine": "flowcase.testing.memory",
    "strategies": "flowcase.testing.strategies",
}

__all__ = [
    "Broken",
    "Core",
    "ManualClock",
    "MemoryDirectory",
    "closed_loop",
    "memory_engine",
    "strategies",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'flowcase.testing' has no attribute {name!r}")
    try:
        module = import_module(_HOME[name])
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "hypothesis":
            raise
        raise ImportError(
            f"flowcase.testing.{name} needs Hypothesis: pip install 'flowcase[testing]'"
        ) from None
    return module if name == "strategies" else getattr(module, name)


def __dir__() -> list[str]:
    return __all__
