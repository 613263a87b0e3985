"""Tallies: of all faults planted in a document, how many are found, and by whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import get_args

from tests.mutation.judging import Finder, Finding

_SAID: Mapping[Finder, str] = {
    "reading": "refused when read",
    "guarantee": "refuted by a built-in guarantee",
    "promise": "refuted by a promise of the document",
    "scenario": "caught by a scenario test",
    "missed": "found by nothing",
}


@dataclass(frozen=True, slots=True)
class Tally:
    """What was found of a document's mutants. harmless: those listed as no fault, by name."""

    document: str
    findings: Mapping[str, Finding]
    harmless: Set[str]

    @property
    def missed(self) -> tuple[str, ...]:
        """Faults that nothing finds."""
        return tuple(
            name
            for name, finding in self.findings.items()
            if finding.finder == "missed" and name not in self.harmless
        )

    @property
    def wronged(self) -> tuple[str, ...]:
        """Mutants listed as harmless that something finds."""
        return tuple(
            name for name in sorted(self.harmless) if self.findings[name].finder != "missed"
        )

    @property
    def whole(self) -> bool:
        """Whether every mutant is accounted for."""
        return not self.missed and not self.wronged

    def rate(self, *finders: Finder) -> float:
        """Return the share of faults, harmless mutants left out, found by these; 1 if none is."""
        faults = [each for name, each in self.findings.items() if name not in self.harmless]
        found = sum(each.finder in finders for each in faults)
        return found / len(faults) if faults else 1.0

    def lines(self, *, every: bool = False) -> Iterator[str]:
        """Say it. every: also of each mutant who found it, and by what."""
        counts = Counter(each.finder for each in self.findings.values())
        yield (
            f"{self.document}: {len(self.findings)} mutants, {len(self.harmless)} of them harmless"
        )
        asked: list[Finder] = []
        for finder in get_args(Finder):
            if finder != "missed":
                asked.append(finder)
                yield (f"  {_SAID[finder]:38} {counts[finder]:5}   so far {self.rate(*asked):6.1%}")
        yield f"  {_SAID['missed']:38} {len(self.missed):5}"
        for name in self.missed:
            yield f"    {name}"
        for name in self.wronged:
            yield f"  listed as harmless, but found by {self.findings[name].by}: {name}"
        if every:
            for name, finding in self.findings.items():
                yield f"  {finding.finder:10} {name}  <- {finding.by}"
