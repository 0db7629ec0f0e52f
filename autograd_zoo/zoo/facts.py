"""Facts in the document that can be checked at their source: figures, references and names, apart from its formulas.

A row says where it was checked: in the document itself, which then contradicts itself, or at a source that it names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Fact(NamedTuple):
    """One statement that does not hold: the lines, the words as printed, what is so, and where that was checked."""

    lines: tuple[int, ...]
    printed: str
    found: str
    source: str
    quoted: bool = True
    """Whether these are the document's words, or ours for something that stands in it."""


ITSELF = "the document"
REFERENCES = 33
"""The numbers of the list of references: 1 to 33."""
CITED = {
    1: (43, 49), 2: (44,), 3: (45,), 4: (46,), 7: (55,), 8: (63,), 9: (79,), 10: (67, 81), 11: (81,), 12: (83, 86),
    13: (83, 87), 14: (85,), 15: (85, 145), 16: (85,), 17: (85, 87), 18: (86,), 19: (86,), 20: (86,), 21: (86,),
    22: (86,), 23: (86,), 24: (86,), 25: (87,), 26: (87,), 27: (147,), 28: (149,), 29: (149,), 30: (149,),
    35: (189,), 36: (187,), 37: (187,), 38: (187,), 39: (187,),
}  # fmt: skip
"""The superscripts of the text -> the lines they stand in."""

_STATED = (
    Fact(
        (81,),
        "winning the ILSVRC 2012 challenge with a 57.2% top-5 accuracy",
        "84.7 %: the abstract has a winning top-5 test error rate of 15.3 %",
        "the abstract of reference 11",
    ),
    Fact((67,), "SE optimizations10", "reference 10 is Dan C.Ciresan et al; no reference is on SE", ITSELF),
    Fact((147,), "Transformerscite, modulescite", "a placeholder for a reference, twice", ITSELF),
    Fact((19,), "Karen Osidero", "Simon Osindero, as line 201 has it under Online Materials", ITSELF),
    Fact(
        (5, 216),
        "Yan LeCun",
        "Yann LeCun",
        "NIPS 1989, “Handwritten Digit Recognition with a Back-Propagation Network”, of the same authors",
    ),
    Fact((197,), "Aaron Courvill", "Aaron Courville", "notices of the book, MIT Press 2016"),
    Fact(
        (236,),
        "EECV 2018",
        "ECCV 2018",
        "hajungong007/GroupNorm-reproduce: “Best Paper Honorable Mention at ECCV 2018”",
    ),
    Fact(
        (210,), "Djork-Arn´e Clevert", "Djork-Arné Clevert", "PyTorch's torch/legacy/nn/ELU.py, which names the authors"
    ),
    Fact((55,), "swith vector", "switch vector, as in the table's row Switch", ITSELF),
    Fact((179,), "hidden staet", "hidden state, as for LSTM", ITSELF),
    Fact((161,), "Reccurent modules", "recurrent", ITSELF),
)


def rows() -> Iterator[Fact]:
    """All facts that do not hold, those of figures and names first, then what follows from the list of references."""
    yield from _STATED
    for number, lines in sorted(CITED.items()):
        if number > REFERENCES:
            yield Fact(
                lines, f"superscript {number}", f"points nowhere: the references end at {REFERENCES}", ITSELF, False
            )
    uncited = [number for number in range(1, REFERENCES + 1) if number not in CITED]
    yield Fact((), f"references {', '.join(map(str, uncited))}", "cited nowhere", ITSELF, False)
