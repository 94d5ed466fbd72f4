"""The parts of a memory estimate: every one with its formula and source, bytes as exact integers."""

from collections.abc import Sequence
from typing import Any, Literal

from inspector.values import frozen

Label = Literal[
    "weights", "kv_cache", "state", "activations", "logits", "gradients", "optimizer", "master_weights", "overhead"
]


@frozen
class Part:
    """One part: what for, of which component, how many bytes, by which arithmetic, from where.

    `detail` tells parts of one label and component apart ("12 sliding layers").
    """

    label: Label
    component: str
    bytes: int
    formula: str
    source: str
    detail: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "component": self.component,
            "bytes": self.bytes,
            "formula": self.formula,
            "source": self.source,
            "detail": self.detail,
        }


def total(parts: Sequence[Part], *labels: Label) -> int:
    """Bytes of the parts with one of `labels`, of all parts where none is named."""
    return sum(part.bytes for part in parts if not labels or part.label in labels)
