"""Low-rank adapters: how many parameters and tensors they add, from the real shapes of the layers they sit on."""

import re
from collections.abc import Sequence
from typing import Final

from inspector.analyses.census import Census, LabelledGroup
from inspector.values import frozen

#: Parts whose matrices are no linear layers of their own in the library that trains them.
_NOT_LINEAR: Final = frozenset({"embedding", "norm", "head", "experts", "router"})
_NOT_COMPONENTS: Final = frozenset({"embedding", "head", "tokenizer", "optimizer", "buffer"})

ALL_LINEAR: Final = "all-linear"


@frozen
class Adapters:
    """Adapters of one rank: `params` and `tensors` of A and B (and magnitudes), over `modules` linear layers.

    `saved_params` are those of whole modules trained beside them, as second copies in the base's own format.
    """

    rank: int
    params: int
    tensors: int
    modules: int
    saved_params: int = 0
    saved_tensors: int = 0
    unmatched: tuple[str, ...] = ()


def count_adapters(
    census: Census,
    *,
    rank: int,
    targets: Sequence[str] = (ALL_LINEAR,),
    magnitudes: bool = False,
    saved: Sequence[str] = (),
) -> Adapters:
    """Adapters over `targets` (module names, or `all-linear`): rank x (in + out) each, plus out for magnitudes."""
    params = modules = 0
    matched: set[str] = set()
    for label in census.labels:
        target = _target(label, targets)
        if not target:
            continue
        matched.add(target)
        rows, columns = label.logical.shape
        modules += label.group.tensors
        params += label.group.tensors * (rank * (rows + columns) + (rows if magnitudes else 0))
    copies = [label for label in census.labels if _is_named(label, saved) and label.logical.params]
    return Adapters(
        rank=rank,
        params=params,
        tensors=modules * (3 if magnitudes else 2),
        modules=modules,
        saved_params=sum(label.logical.params for label in copies),
        saved_tensors=sum(label.group.tensors for label in copies),
        unmatched=tuple(target for target in targets if target not in matched),
    )


def _target(label: LabelledGroup, targets: Sequence[str]) -> str:
    """The target that adapts this group of matrices, "" for none."""
    logical = label.logical
    if logical.kind != "parameter" or not logical.params or len(logical.shape) != 2:
        return ""
    for target in targets:
        if target == ALL_LINEAR and _is_linear(label):
            return target
        if target != ALL_LINEAR and _is_named(label, (target,)):
            return target
    return ""


def _is_linear(label: LabelledGroup) -> bool:
    if label.role.component in _NOT_COMPONENTS or label.role.part in _NOT_LINEAR:
        return False
    return label.logical.weight.endswith(".weight") and not re.search(r"embed|conv", label.logical.weight)


def _is_named(label: LabelledGroup, names: Sequence[str]) -> bool:
    """A module name as peft takes it: the last part of the module's path, or a path that ends in it."""
    module = label.logical.weight.rpartition(".")[0]
    return any(module == name or module.endswith("." + name) for name in names)
