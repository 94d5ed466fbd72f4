"""Findings that somebody accepted: with a reason, and until a date."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inspector.paths import name_of
from inspector.rules.engine import Observation, Rule, Suppressed
from inspector.values import frozen

if TYPE_CHECKING:
    from datetime import date


@frozen
class Suppression:
    """Accepts what a rule (code, its beginning, or name) says of the files and tensors that match the globs.

    `prefix` is what leads from the folder that `path` is relative to, to the target ("" where they are the same).
    """

    rule: str
    reason: str
    path: str = "*"
    tensor: str = ""
    expires: "date | None" = None
    prefix: str = ""

    def covers(self, rule: Rule, seen: Observation) -> bool:
        """Whether an observation is accepted; one that stands for more tensors than it names never is by `tensor`."""
        from fnmatch import fnmatchcase

        if not (rule.code.startswith(self.rule.upper()) or rule.name == self.rule.lower()):
            return False
        spellings = (self.prefix + seen.path, seen.path, name_of(seen.path))
        if not any(fnmatchcase(path, self.path) for path in spellings):
            return False
        return not self.tensor or (seen.count == 1 and fnmatchcase(seen.subject, self.tensor))


class Suppressions:
    """The suppressions in force on a day, by default this one; remembers which of them were of use."""

    def __init__(self, rows: Sequence[Suppression], today: "date | None" = None) -> None:
        self._expired = [row for row in rows if row.expires is not None and row.expires < (today or _today())]
        self._rows = [row for row in rows if row not in self._expired]
        self._used: set[int] = set()

    def covering(self, rule: Rule, seen: Observation) -> Suppressed | None:
        """The first suppression that covers an observation, as a finding shows it."""
        for i, row in enumerate(self._rows):
            if row.covers(rule, seen):
                self._used.add(i)
                return Suppressed(reason=row.reason, expires=row.expires.isoformat() if row.expires else "")
        return None

    def notes(self) -> tuple[str, ...]:
        """A remark for each suppression that is over or matched nothing."""
        unused = [row for i, row in enumerate(self._rows) if i not in self._used]
        over = (f"The ignore of {row.rule} for {row.path} expired on {row.expires}." for row in self._expired)
        return (*over, *(f"The ignore of {row.rule} for {row.path} matched nothing." for row in unused))


def _today() -> "date":
    from datetime import date

    return date.today()
