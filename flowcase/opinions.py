"""Opinions: what is kept of a proof: how much holds, and what does not, with the way there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from flowcase.check.proof import Proof, Step, Verdict
from flowcase.errors import Reason
from flowcase.workflows.rules import Workflow


@dataclass(frozen=True, slots=True)
class Ruling:
    """A guarantee that is not proved: what was found, where in the document, and the way there.

    path: each step of the shortest way to where it breaks, in English and in Chinese.
    """

    guarantee: str
    verdict: Literal["refuted", "undecided"]
    en: str
    zh: str
    where: str = ""
    path: tuple[tuple[str, str], ...] = ()

    def as_reason(self) -> Reason:
        """Return it as a reason why not, with the way there line by line."""
        refuted = self.verdict == "refuted"
        head_en = f"{self.guarantee} is {self.verdict}: {self.en}"
        head_zh = f"{self.guarantee}{'不成立' if refuted else '未能判定'}：{self.zh}"
        return Reason(
            self.verdict,
            "\n".join([head_en, *(f"      {number}. {en}" for number, (en, _) in self._steps())]),
            "\n".join([head_zh, *(f"      {number}. {zh}" for number, (_, zh) in self._steps())]),
            self.where or self.guarantee,
        )

    def _steps(self) -> Iterable[tuple[int, tuple[str, str]]]:
        return enumerate(self.path, start=1)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the prover said of a document, as far as it is kept. proved: how many guarantees."""

    digest: str
    checker: str
    proved: int
    rulings: tuple[Ruling, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of its judgements."""
        found = {each.verdict for each in self.rulings}
        return "refuted" if "refuted" in found else "undecided" if found else "proved"

    @property
    def refuted(self) -> tuple[Ruling, ...]:
        """The guarantees that do not hold."""
        return tuple(each for each in self.rulings if each.verdict == "refuted")

    @property
    def undecided(self) -> tuple[Ruling, ...]:
        """The guarantees of which nobody knows."""
        return tuple(each for each in self.rulings if each.verdict == "undecided")

    def as_fact(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {
            "verdict": self.verdict,
            "proved": self.proved,
            "rulings": [
                {
                    "guarantee": each.guarantee,
                    "verdict": each.verdict,
                    "en": each.en,
                    "zh": each.zh,
                    "where": each.where,
                    "path": [list(step) for step in each.path],
                }
                for each in self.rulings
            ],
        }


def read_opinion(digest: str, checker: str, fact: Mapping[str, Any]) -> Opinion:
    """Read an opinion as it is kept."""
    rulings = tuple(
        Ruling(**{**each, "path": tuple((en, zh) for en, zh in each["path"])})
        for each in fact["rulings"]
    )
    return Opinion(digest, checker, fact["proved"], rulings)


def opinion_of(workflow: Workflow, proof: Proof, checker: str) -> Opinion:
    """Return what is kept of a proof: how much is proved, and all of what is not."""
    rulings = tuple(
        Ruling(
            guarantee=each.guarantee,
            verdict=each.verdict,
            en=each.en,
            zh=each.zh,
            where=each.where,
            path=tuple(_told(workflow, step) for step in each.path),
        )
        for each in proof.judgements
        if each.verdict != "proved"
    )
    return Opinion(proof.digest, checker, len(proof.judgements) - len(rulings), rulings)


def _told(workflow: Workflow, step: Step) -> tuple[str, str]:
    """Return a step in English and Chinese: when, who, what, whither, with what."""
    at = "" if step.at is None else f"{step.at:%Y-%m-%d %H:%M} "
    title = workflow.title(step.who, "zh")
    who_en = f"{step.actor} ({step.who})" if step.actor else step.who
    who_zh = f"{step.actor}（{title}）" if step.actor else title
    trigger = step.rung or workflow.title(step.trigger, "zh", "triggers")
    en = f"{at}{who_en}: {step.rung or step.trigger} → {step.dest}"
    zh = f"{at}{who_zh}：{trigger} → {workflow.title(step.dest, 'zh', 'states')}"
    data = ", ".join(f"{name}={value}" for name, value in step.data.items())
    return (f"{en} [{data}]", f"{zh} [{data}]") if data else (en, zh)
