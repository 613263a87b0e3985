"""How many faults are found, and by whom: python -m tests.mutation [--help].

Every mutant of every shipped document is judged; what was judged before is remembered in the
system's folder for temporary files. Ends with 1 if a mutant is found by nothing and not listed as
harmless, or listed and found.
"""

from __future__ import annotations

import argparse
import sys

from tests.mutation.documents import Mutant, mutants_of
from tests.mutation.harmless import Harmless, harmless_mutants, refutation
from tests.mutation.judging import judged
from tests.mutation.running import scenarios_of, shipped_texts
from tests.mutation.tally import Tally


def main() -> int:
    """Judge the mutants of the documents asked for, and say how many are found."""
    shipped = shipped_texts()
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--document", choices=sorted(shipped), help="this one only")
    parser.add_argument("--all", action="store_true", help="say of every mutant who found it")
    parser.add_argument("--only", default="", help="only mutants whose name contains this")
    parser.add_argument("--checker", action="store_true", help="ask the checker alone, no tests")
    parser.add_argument("--every", type=int, default=1, help="only every so many mutants")
    given = parser.parse_args()
    tallies = []
    for name in [given.document] if given.document else sorted(shipped):
        text = shipped[name]
        whole = mutants_of(text)
        mutants = [each for each in whole[:: given.every] if given.only in each.name]
        harmless = harmless_mutants(name)
        findings = judged(mutants, () if given.checker else scenarios_of(name))
        names = {each.name for each in mutants}
        tally = Tally(name, findings, {each for each in harmless if each in names})
        wrong = [each for each in harmless if each not in {mutant.name for mutant in whole}]
        wrong += [each for each in tally.harmless if not _holds(text, mutants, harmless[each])]
        for line in tally.lines(every=given.all):
            print(line)
        for each in wrong:
            print(f"  listed as harmless, but there is no such mutant, or it is not: {each}")
        tallies.append(not wrong and tally.whole)
    return 0 if all(tallies) else 1


def _holds(text: str, mutants: list[Mutant], claim: Harmless) -> bool:
    mutant = next(each for each in mutants if each.name == claim.mutant)
    return refutation(text, mutant.text, claim) is None


if __name__ == "__main__":
    sys.exit(main())
