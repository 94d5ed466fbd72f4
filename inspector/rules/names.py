"""Observations of tensor names that were made to deceive."""

from collections.abc import Iterator
from typing import Final

from inspector.analyses.deceptive_names import MAX_NAME_CHARS, Problem
from inspector.rules.engine import KEPT_SUBJECTS, Observation
from inspector.rules.evidence import Evidence

_WORDS: Final[dict[Problem, tuple[str, str]]] = {
    "control": ("a control character", "printable characters"),
    "invisible": ("an invisible or bidirectional character", "visible characters"),
    "path": ("a path", "a dotted name"),
    "deceptive": ("a name that looks like another", "letters of one script, no blanks at its ends, no reserved name"),
    "unusual": ("characters that shells, sheets or pages act on", "letters, digits and . _ - / : +"),
    "case": ("the name of another tensor but for upper and lower case", "names that differ in letters"),
    "extreme": ("an extreme length", f"1 to {MAX_NAME_CHARS:,} characters"),
}


def observe(evidence: Evidence, problem: Problem) -> Iterator[Observation]:
    """The tensors of each file whose names have this problem, the first few named."""
    saw, expected = _WORDS[problem]
    for path, problems in evidence.name_problems:
        found = problems.get(problem, ())
        for i, name in enumerate(found[:KEPT_SUBJECTS]):
            rest = len(found) - KEPT_SUBJECTS if i == KEPT_SUBJECTS - 1 else 0
            yield Observation(path=path, subject=name, saw=saw, expected=expected, count=1 + rest)
