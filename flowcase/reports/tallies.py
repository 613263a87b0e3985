"""Tallies: adds lives up to figures; holds counts only, so that its size is that of the figures."""

from __future__ import annotations

from collections import Counter

from flowcase.reports.figures import (
    RATES,
    SPREADS,
    Exclusion,
    Figures,
    Rate,
    RateName,
    Spread,
    SpreadName,
)
from flowcase.reports.lives import Answer, Life


class Tally:
    """Counts of some cases."""

    def __init__(self) -> None:
        self._cases: Counter[str] = Counter()
        self._answers: dict[RateName, Counter[Answer]] = {name: Counter() for name in RATES}
        self._days: dict[SpreadName, Counter[int]] = {name: Counter() for name in SPREADS}
        self._unmeasured: dict[SpreadName, Counter[Exclusion]] = {
            name: Counter() for name in SPREADS
        }

    def add(self, life: Life) -> None:
        """Count one case."""
        self._cases["all"] += 1
        self._cases["open"] += not life.case.finished
        self._cases["overdue"] += life.overdue
        self._cases["due_soon"] += life.due_soon
        for name, answer in life.rates.items():
            self._answers[name][answer] += 1
        for spread, took in life.spreads.items():
            if isinstance(took, int):
                self._days[spread][took] += 1
            else:
                self._unmeasured[spread][took] += 1

    def figures(self) -> Figures:
        """Return what the counts come to; what no case's workflow defines is left out."""
        cases = self._cases["all"]
        return Figures(
            cases=cases,
            open=self._cases["open"],
            overdue=self._cases["overdue"],
            due_soon=self._cases["due_soon"],
            rates={
                name: _rate(answers)
                for name, answers in self._answers.items()
                if not cases or answers["undefined"] < cases
            },
            spreads={
                name: Spread(tuple(sorted(days.items())), dict(self._unmeasured[name]))
                for name, days in self._days.items()
                if not cases or self._unmeasured[name]["undefined"] < cases
            },
        )


def _rate(answers: Counter[Answer]) -> Rate:
    left_out = {name: count for name, count in answers.items() if name not in ("yes", "no")}
    return Rate(answers["yes"], answers["yes"] + answers["no"], left_out)  # type: ignore[arg-type]  # what is left are reasons
