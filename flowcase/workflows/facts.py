"""Conditions: the one grammar of facts that `when`, `unless`, `needs` and terms are written in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from flowcase.errors import Finding
from flowcase.workflows import language

ClockPhase = Literal["not_started", "running", "paused", "due", "stopped"]
CLOCK_PHASES = ("running", "paused", "due", "stopped")

REST = ("settled", "open")

Kind = Literal["fields", "participants", "party", "tier", "cycle", "fired", "clocks", "children"]


class View(Protocol):
    """What a condition may look at: the case as it would be, with the trigger's data applied.

    Fields and participants are read with the data applied; tier, cycle, fired, clocks and children
    as they are before it. `expected` names what the trigger may still be given; None when it is
    fired.
    """

    @property
    def facts(self) -> Mapping[str, Any]:
        """The snapshot's facts."""
        ...

    @property
    def tier(self) -> str | None:
        """The case's tier."""
        ...

    @property
    def cycle(self) -> int:
        """The case's cycle."""
        ...

    @property
    def party(self) -> str | None:
        """The case's party."""
        ...

    @property
    def expected(self) -> frozenset[str] | None:
        """What may still be given."""
        ...

    def phase(self, clock: str) -> ClockPhase:
        """Return the phase of a clock at the moment of the question."""
        ...

    def children(self, table: str) -> str:
        """Return "settled" if every child of a table ("children": of any) is, else "open"."""
        ...


@dataclass(frozen=True, slots=True)
class Ask:
    """One entry of a condition: of one fact, what must be so."""

    kind: Kind
    name: str
    among: tuple[Any, ...] | None = None
    presence: bool | None = None
    at_least: int | None = None
    at_most: int | None = None
    key: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", f"{self.kind}.{self.name}")

    def present(self, view: View) -> Any:
        """Return what is so; None if nothing is known."""
        match self.kind:
            case "fields" | "participants":
                return view.facts.get(self.key)
            case "tier":
                return view.tier
            case "clocks":
                return view.phase(self.name)
            case "children":
                return view.children(self.name)
            case "fired":
                return view.facts.get(self.key, 0)
            case "cycle":
                return view.cycle
            case "party":
                return view.party

    def holds(self, view: View) -> bool:
        """Whether it is so; true as well where the trigger itself may still make it so."""
        if view.expected is not None and self.awaited(view):
            return True
        present = self.present(view)
        if self.presence is not None:
            return (present is not None) is self.presence
        if self.among is not None:
            return any(present == option and type(present) is type(option) for option in self.among)
        if type(present) is not int:
            return False
        return (self.at_least is None or present >= self.at_least) and (
            self.at_most is None or present <= self.at_most
        )

    def awaited(self, view: View) -> bool:
        """Whether the trigger may still be given this fact."""
        expected = view.expected
        return (
            expected is not None
            and self.kind in ("fields", "participants")
            and self.name in expected
        )

    def wanted(self) -> str:
        """Return what would do, in words both languages can read."""
        if self.presence is not None:
            return "given" if self.presence else "missing"
        if self.among is not None:
            return " | ".join(shown(option) for option in self.among)
        bounds = [f">= {self.at_least}"] if self.at_least is not None else []
        bounds += [f"<= {self.at_most}"] if self.at_most is not None else []
        return " and ".join(bounds)


@dataclass(frozen=True, slots=True)
class Condition:
    """A list of tables: it holds if one of them holds, a table if all its entries do."""

    tables: tuple[tuple[Ask, ...], ...]

    def holds(self, view: View) -> bool:
        """Whether the condition holds."""
        return any(all(ask.holds(view) for ask in table) for table in self.tables)

    def surely_holds(self, view: View) -> bool:
        """Whether it holds whatever may still be given: for the negation in `unless`."""
        if view.expected is None:
            return self.holds(view)
        return any(
            all(ask.holds(view) and not ask.awaited(view) for ask in table) for table in self.tables
        )

    def unmet(self, view: View) -> list[Ask]:
        """Return the entries that fail, of the table that comes nearest; empty if it holds."""
        failing = [[ask for ask in table if not ask.holds(view)] for table in self.tables]
        return min(failing, key=len)

    def asks(self) -> Iterator[Ask]:
        """Return every entry of every table."""
        return (ask for table in self.tables for ask in table)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one document a condition may use."""

    fields: Mapping[str, language.AnyField]
    participants: frozenset[str]
    tiers: tuple[str, ...]
    triggers: frozenset[str]
    clocks: frozenset[str]
    children: frozenset[str] = frozenset()


class Reader:
    """Reads conditions of one document; collects a finding for everything it cannot read."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.findings: list[Finding] = []

    def condition(self, tables: list[dict[str, Any]] | None, path: str) -> Condition | None:
        """Return the condition written in `tables`, or None if there is none."""
        if tables is None:
            return None
        read = []
        for number, table in enumerate(tables):
            where = f"{path}[{number}]" if len(tables) > 1 else path
            if not table:
                self._find(
                    where, "an empty table of facts holds always; leave it out or name a fact"
                )
            read.append(
                tuple(
                    ask
                    for name, value in table.items()
                    for ask in self._asks(name, value, f"{where}.{name}")
                )
            )
        return Condition(tuple(read))

    def _find(self, path: str, message: str) -> None:
        self.findings.append(Finding(path, message))

    def _asks(self, name: str, value: Any, path: str) -> list[Ask]:
        words = self.vocabulary
        if name in ("fired", "clocks"):
            return self._nested(name, value, path)  # type: ignore[arg-type]  # the two literal kinds
        if name == "children":
            return self._children(value, path)
        if name == "tier":
            return self._among("tier", name, value, words.tiers, path)
        if name == "cycle":
            return self._number("cycle", name, value, path)
        if name == "party":
            return self._presence("party", name, value, path)
        if name in words.participants:
            return self._presence("participants", name, value, path)
        if name in words.fields:
            return self._field(name, value, path)
        known = sorted(
            {
                *(*words.fields, *words.participants),
                *("tier", "cycle", "fired", "clocks", "party"),
                *(["children"] if words.children else []),
            }
        )
        self._find(path, f"no fact is called {name!r}; known here: {', '.join(known)}")
        return []

    def _nested(self, kind: Literal["fired", "clocks"], value: Any, path: str) -> list[Ask]:
        if not isinstance(value, dict) or not value:
            self._find(path, f"write a table, e.g. {kind} = {{ NAME = … }}")
            return []
        known = self.vocabulary.triggers if kind == "fired" else self.vocabulary.clocks
        asks: list[Ask] = []
        for name, wanted in value.items():
            if name not in known:
                what = "trigger" if kind == "fired" else "clock"
                self._find(
                    f"{path}.{name}",
                    f"no {what} is called {name!r}; known: {', '.join(sorted(known))}",
                )
            elif kind == "fired":
                asks += self._number("fired", name, wanted, f"{path}.{name}")
            else:
                asks += self._among("clocks", name, wanted, CLOCK_PHASES, f"{path}.{name}")
        return asks

    def _children(self, value: Any, path: str) -> list[Ask]:
        known = self.vocabulary.children
        if not known:
            self._find(path, "this workflow has no [children]")
            return []
        if not isinstance(value, dict):
            return self._among("children", "children", value, REST, path)
        asks: list[Ask] = []
        for name, wanted in value.items():
            if name not in known:
                listed = ", ".join(sorted(known))
                self._find(f"{path}.{name}", f"no children are called {name!r}; known: {listed}")
            else:
                asks += self._among("children", name, wanted, REST, f"{path}.{name}")
        if not value:
            self._find(path, 'write "settled", "open" or a table, e.g. children = { NAME = … }')
        return asks

    def _field(self, name: str, value: Any, path: str) -> list[Ask]:
        field = self.vocabulary.fields[name]
        if value in ("given", "missing") and isinstance(value, str):
            return self._presence("fields", name, value, path)
        match field:
            case language.ChoiceField():
                return self._among("fields", name, value, tuple(field.options), path)
            case language.FlagField():
                return self._among("fields", name, value, (True, False), path)
            case language.IntegerField():
                return self._number("fields", name, value, path)
            case _:
                self._find(path, f'of a {field.type} a condition may ask only "given" or "missing"')
                return []

    def _presence(self, kind: Kind, name: str, value: Any, path: str) -> list[Ask]:
        if value not in ("given", "missing"):
            self._find(path, f'write "given" or "missing"; got {shown(value)}')
            return []
        return [Ask(kind, name, presence=value == "given")]

    def _among(
        self, kind: Kind, name: str, value: Any, known: tuple[Any, ...], path: str
    ) -> list[Ask]:
        options = value if isinstance(value, list) else [value]
        wrong = [
            option
            for option in options
            if not any(option == word and type(option) is type(word) for word in known)
        ]
        if wrong or not options:
            allowed = ", ".join(shown(word) for word in known) or "none"
            self._find(
                path,
                f"{', '.join(map(shown, wrong)) or 'an empty list'} cannot be; possible: {allowed}",
            )
            return []
        return [Ask(kind, name, among=tuple(options))]

    def _number(self, kind: Kind, name: str, value: Any, path: str) -> list[Ask]:
        if type(value) is int:
            return [Ask(kind, name, at_least=value, at_most=value)]
        bounds = value if isinstance(value, dict) else {}
        known = bool(bounds) and set(bounds) <= {"at_least", "at_most"}
        if known and all(type(bound) is int for bound in bounds.values()):
            return [Ask(kind, name, at_least=bounds.get("at_least"), at_most=bounds.get("at_most"))]
        self._find(path, "write a whole number or { at_least = N, at_most = N }")
        return []


def shown(value: Any) -> str:
    """Return a value as a document writes it, cut short."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value)[:60] if not isinstance(value, str) else value[:60]
