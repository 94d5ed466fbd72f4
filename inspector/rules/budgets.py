"""The values of a gate: budgets, what they are held against, what became of them."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from inspector.rules.engine import AuditReport, Check, Status, Verdict
from inspector.units import Units
from inspector.values import field, frozen

#: How a limit is written: each has a parser in cli/configuration.py.
ValueKind = Literal["size", "count", "number", "growth", "place", "texts", "dtypes", "sizes", "flag"]


@frozen
class Limit:
    """One thing that a budget asks: `key` as the configuration spells it, `value` parsed, `text` as written."""

    key: str
    value: Any
    text: str


@frozen
class Budget:
    """Limits under one name.

    `paths` are globs ("!" negates) relative to the configuration's folder, () is every target. `scheme`
    makes size limits hold for the projected artifact; `origin` says where to edit it.
    """

    name: str
    limits: tuple[Limit, ...]
    paths: tuple[str, ...] = ()
    scheme: str = ""
    context: int | None = None
    message: str = ""
    origin: str = ""


@frozen
class Sizes:
    """Bytes of an artifact by file and by component, for growth and for naming what is largest."""

    file_bytes: int
    components: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        components = [{"name": name, "stored_bytes": size} for name, size in self.components.items()]
        return {"file_bytes": self.file_bytes, "components": components}


def _empty() -> Mapping[str, Any]:
    return MappingProxyType({})


@frozen
class Measured:
    """What the limits are compared with. `sizes` are as stored, or as projected where a scheme is named.

    `layers` are those that the files are packed in, () where they are not. `projection` says why there is no projected
    size, "" where there is one or none is asked for. `memory_bytes` is
    None where no estimate could be made, with `memory_why`. `baseline` is None where there is none.
    """

    path: str
    sizes: Sizes | None
    files: tuple[tuple[str, int], ...] = ()
    layers: tuple[tuple[str, int], ...] = ()
    largest_tensor_bytes: int = 0
    header_bytes: int = 0
    params: int = 0
    dtypes: Mapping[str, int] = field(default_factory=_empty)
    metadata: tuple[tuple[str, frozenset[str]], ...] = ()
    tensor_names: Sequence[str] = ()
    unsafe: tuple[str, ...] = ()
    projection: str = ""
    memory_bytes: int | None = None
    memory_why: str = ""
    baseline: Sizes | None = None
    baseline_why: str = "no baseline is given"
    scheme: str = ""
    units: Units = "si"


@frozen
class Outcome:
    """What a comparison found: texts for people, `over` how far beyond, `why` what accounts for it, `advice`.

    `unmeasured` is a skip because a figure could not be had at all: the gate has no verdict then.
    """

    status: Status
    actual: str = ""
    limit: str = ""
    over: str = ""
    why: str = ""
    advice: str = ""
    unmeasured: bool = False


@frozen
class BudgetCheck(Check):
    """What became of one limit of one budget: how far `over` it is, what to do, and the budget's own message."""

    over: str = ""
    advice: str = ""
    message: str = ""
    unmeasured: bool = False

    def to_dict(self) -> dict[str, Any]:
        return {**Check.to_dict(self), "over": self.over, "advice": self.advice, "message": self.message}


@frozen
class GateReport(AuditReport):
    """An audit's report together with the budgets' checks, and the sizes that a later run can take as its baseline."""

    sizes: Sizes

    @property
    def broken(self) -> tuple[BudgetCheck, ...]:
        """The budgets' checks that failed; they fail the gate whatever severity fails an audit."""
        return tuple(c for c in self.checks if isinstance(c, BudgetCheck) and c.status == "fail")

    @property
    def verdict(self) -> Verdict:
        if self.failing or self.broken:
            return "fail"
        return "none" if self.not_checked else "pass"

    @property
    def exit_code(self) -> int:
        """3 where a part has no verdict, 1 where something fails, else 0."""
        return 3 if self.not_checked else int(self.verdict == "fail")

    def to_dict(self) -> dict[str, Any]:
        return {**AuditReport.to_dict(self), "sizes": self.sizes.to_dict()}
