"""Low-rank adapters: their form, their rank, and the base model that names and widths of their modules speak of."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from inspector.analyses.census import LabelledGroup
from inspector.analyses.recognition.declared_model import quoted
from inspector.knowledge.adapters import ADAPTER_BASES, BASE_WORDS, AdapterBase
from inspector.values import frozen

#: Ends of names -> (form of the adapter, axis that is the rank, axis that is the width taken in; None: not told).
_ENDS: Final[Mapping[str, tuple[str, int | None, int | None]]] = {
    ".lora_down.weight": ("LoRA", 0, 1),
    ".lora_A.weight": ("LoRA", 0, 1),
    ".lora_A.default.weight": ("LoRA", 0, 1),
    ".lora_a": ("LoRA", 1, 0),
    ".lora.down.weight": ("LoRA", 0, 1),
    "_lora.down.weight": ("LoRA", 0, 1),
    ".lora_linear_layer.down.weight": ("LoRA", 0, 1),
    ".lora_embedding_A": ("LoRA", 0, 1),
    ".hada_w1_a": ("LoHa", 1, None),
    ".hada_w2_b": ("LoHa", 0, 1),
    ".lokr_w1": ("LoKr", None, None),
    ".lokr_w1_a": ("LoKr", 1, None),
    ".lokr_w2": ("LoKr", None, None),
    ".lokr_w2_b": ("LoKr", 0, None),
    ".oft_blocks": ("OFT", None, None),
    ".oft_diag": ("OFT", None, None),
    ".oft_R.weight": ("OFT", None, None),
    ".ia3_l": ("IA3", None, None),
    ".vera_lambda_b": ("VeRA", None, None),
    ".on_input": ("IA3", None, None),
    ".diff": ("full difference", None, None),
}
#: Where training tools write the name of the base; `model_card` values are added by the caller.
_BASE_KEYS: Final = ("ss_base_model_version", "modelspec.architecture", "ss_sd_model_name")
_CONFIG_KEYS: Final = ("base_model_name_or_path",)


@frozen
class Adapter:
    """A low-rank adapter: `base` is "" where nothing tells it; `rank` that of most modules, None where not told."""

    form: str
    base: str
    rank: int | None
    modules: int
    evidence: tuple[str, ...]
    candidates: tuple[str, ...]


@frozen
class _Module:
    name: str
    end: str
    form: str
    rank: int | None
    width: int | None
    tensors: int


def read_adapter(
    labels: Sequence[LabelledGroup], metadata: Mapping[str, str], config: Mapping[str, Any]
) -> Adapter | None:
    """The adapter that these tensors are; None where no end of a name is one of a low-rank adapter's."""
    modules = [module for label in labels if (module := _module(label)) is not None]
    if not modules:
        return None
    ranks: Counter[int] = Counter()
    for module in modules:
        if module.rank is not None:
            ranks[module.rank] += module.tensors
    rank = max(ranks, key=lambda r: (ranks[r], r)) if ranks else None
    base, candidates, told = _base(modules, list(_said(metadata, config)))
    forms = Counter(module.form for module in modules)
    return Adapter(
        form=max(forms, key=lambda form: forms[form]),
        base=base,
        rank=rank,
        modules=_count(modules),
        evidence=(*told, *_rank_evidence(ranks)),
        candidates=candidates,
    )


def _module(label: LabelledGroup) -> _Module | None:
    name = label.logical.weight
    for end, (form, rank_axis, width_axis) in _ENDS.items():
        if name.endswith(end):
            shape = label.logical.shape
            return _Module(
                name=_module_name(name.removesuffix(end)),
                end=end,
                form=form,
                rank=_dim(shape, rank_axis),
                width=_dim(shape, width_axis),
                tensors=label.group.tensors,
            )
    return None


def _module_name(path: str) -> str:
    """A module's path with underscores, without the word that older versions of diffusers put into it."""
    return path.replace(".", "_").replace("/", "_").replace("_processor_", "_")


def _dim(shape: tuple[int, ...], axis: int | None) -> int | None:
    return shape[axis] if axis is not None and len(shape) > axis else None


def _count(modules: Sequence[_Module]) -> int:
    """How many modules are adapted: of the tensors that one has, that of which there are most."""
    counts: dict[str, Counter[str]] = {}
    for module in modules:
        counts.setdefault(module.name, Counter())[module.end] += module.tensors
    return sum(max(ends.values()) for ends in counts.values())


def _rank_evidence(ranks: Counter[int]) -> tuple[str, ...]:
    if not ranks:
        return ()
    told = ", ".join(f"{rank} ({ranks[rank]} modules)" for rank in sorted(ranks))
    return (f"rank {told}, from the shapes of the down projections",)


def _said(metadata: Mapping[str, str], config: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for key in _BASE_KEYS:
        if value := metadata.get(key):
            yield key, value
    for key in _CONFIG_KEYS:
        if isinstance(value := config.get(key), str) and value:
            yield f"adapter_config.json {key}", value


def _base(modules: Sequence[_Module], said: Sequence[tuple[str, str]]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """(base, candidates, evidence) from modules first and words second."""
    names = {module.name for module in modules}
    row, module = next(((row, found) for row in ADAPTER_BASES if (found := _shows(row, modules, names))), (None, None))
    words = [(key, value, base) for key, value in said if (base := base_of_word(value))]
    if row is None or module is None:
        return _by_words_alone(words)
    width = f" takes {module.width} in" if row.widths and module.width else ""
    evidence = [f"module {module.name}{width}: a base of the {row.base} family"]
    allowed = row.candidates or (row.base, *row.also)
    for key, value, base in words:
        if base in allowed:
            evidence.append(f"{key} {quoted(value)} fits")
            return base, (), tuple(evidence)
        evidence.append(f"{key} {quoted(value)} speaks of {base}, its modules do not")
    return row.base, row.candidates, tuple(evidence)


def _by_words_alone(words: Sequence[tuple[str, str, str]]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    if not words:
        return "", (), ("no module name of it is of a known base",)
    key, value, base = words[0]
    return "", (base,), (f"{key} {quoted(value)} speaks of {base}; its modules do not tell",)


def _shows(row: AdapterBase, modules: Sequence[_Module], names: set[str]) -> _Module | None:
    if row.lacks and any(row.lacks in name for name in names):
        return None
    if row.beside and not any(row.beside in name for name in names):
        return None
    for module in modules:
        if row.module in module.name and (not row.widths or module.width in row.widths):
            return module
    return None


def base_of_word(value: str) -> str:
    """The base that a value of metadata speaks of, "" for none that is known."""
    lowered = value.lower()
    return next((row.base for row in BASE_WORDS if row.word in lowered), "")
