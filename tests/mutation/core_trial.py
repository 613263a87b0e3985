"""The trial: runs in place of pytest's loop, and tries each fault on the tests that reach it.

Everything is imported and collected once. Each test runs once unchanged, and the lines it reaches
are noted; then each fault is planted in a process of its own, forked from this one, by exchanging
the code of one function. The first test that fails has found it; so has whoever notices that it
never ends, by the time it takes of the processor.
"""

from __future__ import annotations

import functools
import gc
import importlib
import inspect
import math
import os
import resource
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from flowcase.assets import asset_folders
from flowcase.calendars.calendar import Calendar
from flowcase.calendars.files import read_calendar
from tests.mutation.core_faults import Fault, Source

#: A test that takes longer than this while its lines are noted is left out, and so are the slowest
#: of those that reach a fault once they take longer than this together.
TEST_S, FAULT_S = 2.0, 4.0
#: How long a process may sleep before it is ended.
WALL_S = 120


@dataclass
class Reached:
    """What the tests reach as the code is. seconds: of the processor, by test."""

    by_line: dict[tuple[str, int], set[int]] = field(default_factory=lambda: defaultdict(set))
    seconds: dict[int, float] = field(default_factory=dict)
    failing: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)


@dataclass
class Trial:
    """A pytest plugin. verdicts: by fault, whether it was found; None where no test reaches it.

    known: faults found before, which are not tried again. tell: called with the trial and the
    name of each module when its faults are all decided.
    """

    sources: list[Source]
    faults: list[Fault]
    jobs: int
    tell: Callable[[Trial, str], None]
    reached: Reached = field(default_factory=Reached)
    verdicts: dict[int, bool | None] = field(default_factory=dict)
    known: set[tuple[str, str, str]] = field(default_factory=set)

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self) -> None:
        """Let properties be tried on few examples, the same every time."""
        import hypothesis  # not before pytest has begun, which wants to import it itself

        hypothesis.settings.register_profile(
            "mutation",
            deadline=None,
            database=None,
            derandomize=True,
            max_examples=20,
            phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests once as the code is, then every fault."""
        self._items = session.items
        self._paths = {source.module: str(source.path) for source in self.sources}
        self._measure()
        gc.collect()
        gc.freeze()
        self._try_all()
        return True

    def _measure(self) -> None:
        """Run every test once, and note which lines it reaches."""
        files = frozenset(self._paths.values())
        for number, item in enumerate(self._items):
            self._renew()
            lines: set[tuple[str, int]] = set()
            began = time.process_time()
            sys.settrace(_tracer(files, lines))
            try:
                passed = _passes(item)
            finally:
                sys.settrace(None)
            took = time.process_time() - began
            if not passed:
                self.reached.failing.append(item.nodeid)
            elif took > TEST_S:
                self.reached.slow.append(item.nodeid)
            else:
                self.reached.seconds[number] = took
                for line in lines:
                    self.reached.by_line[line].add(number)

    def _try_all(self) -> None:
        """Try every fault, and tell of each module when its last is decided."""
        running: dict[int, int] = {}
        for source in self.sources:
            for number, fault in enumerate(self.faults):
                if fault.module == source.module:
                    self._begin(number, fault, running)
            while running:
                self._wait(running)
            self.tell(self, source.module)

    def _begin(self, number: int, fault: Fault, running: dict[int, int]) -> None:
        tests = self._tests_of(fault)
        if fault.name in self.known or not tests:
            self.verdicts[number] = True if fault.name in self.known else None
            return
        if len(running) >= self.jobs:
            self._wait(running)
        pid = os.fork()
        if not pid:
            self._child(fault, tests)
        running[pid] = number

    def _wait(self, running: dict[int, int]) -> None:
        pid, status = os.wait()
        self.verdicts[running.pop(pid)] = status != 0

    def _renew(self) -> None:
        """Do again what was done at import, where a fault in it would otherwise never be met."""
        if any(source.module.startswith("flowcase.calendars.") for source in self.sources):
            renew()

    def _tests_of(self, fault: Fault) -> list[int]:
        """The tests that reach a fault, the quickest first, as many as there is time for."""
        path, (first, last) = self._paths[fault.module], fault.lines
        by_line, seconds = self.reached.by_line, self.reached.seconds
        found: set[int] = set()
        for line in range(first, last + 1):
            found |= by_line.get((path, line), set())
        chosen: list[int] = []
        spent = 0.0
        for number in sorted(found, key=lambda each: seconds[each]):
            spent += seconds[number]
            if chosen and spent > FAULT_S:
                break
            chosen.append(number)
        return chosen

    def _child(self, fault: Fault, tests: list[int]) -> None:
        """Plant a fault and run its tests; the process ends with 0 if all of them pass."""
        code = 1
        try:
            limit = math.ceil(3 + 4 * sum(self.reached.seconds[number] for number in tests))
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            signal.alarm(WALL_S)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            plant(fault, next(each for each in self.sources if each.module == fault.module))
            self._renew()
            code = 0 if all(_passes(self._items[number]) for number in tests) else 1
        finally:
            os._exit(code)


def plant(fault: Fault, source: Source) -> None:
    """Exchange the code of the function a fault is in. There is no way back."""
    fault.plant()
    whole = compile(source.tree, str(source.path), "exec")
    function = function_named(source.module, fault.function)
    function.__code__ = next(
        code
        for code in _codes(whole)
        if code.co_qualname == fault.function
        and code.co_firstlineno == function.__code__.co_firstlineno
    )


def function_named(module: str, name: str) -> FunctionType:
    """Return a function or method of a module, without what is wrapped around it."""
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = inspect.getattr_static(found, part)
    if isinstance(found, property):
        found = found.fget
    elif isinstance(found, functools.cached_property):
        found = found.func
    elif isinstance(found, (staticmethod, classmethod)):
        found = found.__func__
    found = inspect.unwrap(found)
    assert isinstance(found, FunctionType), f"{module}.{name} is no function"
    return found


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _passes(item: pytest.Item) -> bool:
    reports = runtestprotocol(item, log=False, nextitem=None)
    return all(report.outcome == "passed" for report in reports)


def _tracer(files: frozenset[str], lines: set[tuple[str, int]]) -> Any:
    def inside(frame: FrameType, event: str, _: object) -> Any:
        lines.add((frame.f_code.co_filename, frame.f_lineno))
        return inside

    def calls(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename not in files:
            return None
        return inside(frame, event, _)

    return calls


def renew() -> None:
    """Read again what test modules have read at import, and forget what was remembered.

    A fault in what is done once would otherwise never be met.
    """
    for remembering in _caches():
        remembering.cache_clear()
    for calendar in _calendars():
        name = calendar.name
        Calendar.__init__(calendar, read_calendar(name, asset_folders("calendars", ())))


@functools.cache
def _caches() -> list[Any]:
    return [
        each
        for name, module in list(sys.modules.items())
        if name.startswith("flowcase.")
        for each in vars(module).values()
        if isinstance(each, functools._lru_cache_wrapper)
    ]


@functools.cache
def _calendars() -> list[Calendar]:
    found: Iterable[Calendar] = (
        each
        for name, module in list(sys.modules.items())
        if name.startswith("tests.")
        for each in vars(module).values()
        if isinstance(each, Calendar)
    )
    return list({id(each): each for each in found}.values())


def source_of(module: str, folder: Path) -> Source:
    """Read the source of a module of the checkout."""
    return Source.read(module, folder / (module.replace(".", "/") + ".py"))
