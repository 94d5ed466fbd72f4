"""The tensor type that llama-quantize chooses for every tensor of a converted model, per pattern and block."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Final

from inspector.analyses.gguf.model import GgufTensors, GgufTraits
from inspector.analyses.gguf.pieces import OUTSIDE
from inspector.knowledge.gguf_file_types import GgufScheme
from inspector.knowledge.gguf_mixes import (
    CATEGORIES,
    KEPT,
    KEPT_EXACTLY,
    LOW_IQ,
    MATRICES_16_BIT,
    MIXES,
    RAISED_FOR_70B,
    WRITTEN_F32,
    MixRule,
)
from inspector.knowledge.gguf_types import GGUF_TYPES, fitting_type
from inspector.values import frozen, replace

_EMBEDDINGS: Final = frozenset(("token_embd.weight", "per_layer_token_embd.weight"))
_WIDE: Final = frozenset(("F32", "F16", "BF16"))
_LOW_IQ: Final = frozenset(LOW_IQ.split())
#: Categories whose tensors are counted while the quantiser walks through the file.
_COUNTED: Final = frozenset(("v", "down", "gate", "up"))


@frozen
class Candidate:
    """Tensors of one pattern with what decides about them, worked out once for all file types.

    `kept` is the type that the converter writes and no file type changes, "" where the quantiser chooses.
    `ordinals` are the tensors' places among those of their category, parallel to the blocks.
    """

    tensors: GgufTensors
    category: str
    kept: str
    ordinals: tuple[int, ...] = ()


@frozen
class Chosen:
    """Types of one pattern: how many tensors get which, and why."""

    candidate: Candidate
    types: Mapping[str, int]
    reason: str


def candidates(tensors: Sequence[GgufTensors], traits: GgufTraits) -> tuple[Candidate, ...]:
    """The tensors in file order of patterns, each with category, kept type and ordinals."""
    drafts = [_draft(row, traits) for row in tensors]
    places = _ordinals(drafts)
    return tuple(replace(draft, ordinals=places[i]) if i in places else draft for i, draft in enumerate(drafts))


def _draft(tensors: GgufTensors, traits: GgufTraits) -> Candidate:
    kept = kept_type(tensors, traits.architecture)
    return Candidate(tensors=tensors, category=category_of(tensors.name, traits.tied), kept=kept)


@cache
def category_of(name: str, tied: bool) -> str:
    """What the quantiser takes a tensor for, "" for nothing in particular."""
    if name == "output.weight":
        return "output"
    if name in _EMBEDDINGS:
        return "output" if tied else "embedding"
    return next((category for part, category in CATEGORIES if part in name), "")


def kept_type(tensors: GgufTensors, architecture: str) -> str:
    """The type that a tensor keeps under every file type, "" where the quantiser chooses one; "16" for a 16-bit one."""
    name = tensors.name
    wide = architecture in MATRICES_16_BIT and not name.endswith("_norm.weight")
    if len(tensors.shape) <= 1 or not (wide or (name.endswith(".weight") and not _written_f32(name))):
        return "F32"
    if tensors.dims < 2 or name in KEPT_EXACTLY or any(part in name for part in KEPT):
        return "16"
    return ""


def _written_f32(name: str) -> bool:
    return name in KEPT_EXACTLY or name.endswith(WRITTEN_F32)


def _ordinals(drafts: Sequence[Candidate]) -> dict[int, tuple[int, ...]]:
    """For each pattern of a counted category, where its tensors stand when all are sorted by block, then by name."""
    walks: dict[str, list[tuple[int, str, int, int]]] = defaultdict(list)
    for i, draft in enumerate(drafts):
        if draft.category in _COUNTED and not draft.kept:
            for j, block in enumerate(draft.tensors.blocks):
                name = draft.tensors.name.replace("*", str(block))
                walks[draft.category].append((block if name.startswith("blk.") else OUTSIDE, name, i, j))
    places: dict[int, dict[int, int]] = defaultdict(dict)
    for walk in walks.values():
        for ordinal, (_, _, i, j) in enumerate(sorted(walk)):
            places[i][j] = ordinal
    return {i: tuple(found[j] for j in range(len(found))) for i, found in places.items()}


def value_count(tensors: Iterable[GgufTensors]) -> int:
    """Number of value matrices, fused ones included, by name alone."""
    return sum(len(row.blocks) for row in tensors if category_of(row.name, False) == "v")


def choose(candidate: Candidate, scheme: GgufScheme, traits: GgufTraits, values: int) -> Chosen | None:
    """Types of one pattern's tensors under a file type; None where the tool gives up on a row length."""
    tensors, default = candidate.tensors, scheme.file_type.default
    if candidate.kept:
        return Chosen(
            candidate=candidate, types={_kept(candidate, default): len(tensors.blocks)}, reason=_kept_reason(candidate)
        )
    if scheme.file_type.name == "NVFP4":
        packed = tensors.packed or _wide(tensors)
        return Chosen(candidate=candidate, types={packed: len(tensors.blocks)}, reason="as the converter writes it")
    if default in _WIDE:
        packed = tensors.packed or default
        return Chosen(
            candidate=candidate,
            types={packed: len(tensors.blocks)},
            reason="repacked" if tensors.packed else "converted",
        )
    wanted = _wanted(candidate, scheme, traits, values)
    stored = {kind: fitting_type(kind, tensors.row) for kind in wanted}
    if not all(stored.values()):
        return None
    types: Counter[str] = Counter()
    for kind, count in wanted.items():
        types[stored[kind]] += count
    return Chosen(candidate=candidate, types=types, reason=_reason(candidate, default, wanted, stored))


def _wide(tensors: GgufTensors) -> str:
    return "BF16" if tensors.source == "BF16" else "F16"


def _kept(candidate: Candidate, default: str) -> str:
    if candidate.kept != "16":
        return candidate.kept
    return default if default in _WIDE else _wide(candidate.tensors)


def _kept_reason(candidate: Candidate) -> str:
    if candidate.kept == "16":
        return "never quantised, keeps 16 bits"
    return "one-dimensional" if len(candidate.tensors.shape) <= 1 else "always written in F32"


def _reason(candidate: Candidate, default: str, wanted: Mapping[str, int], stored: Mapping[str, str]) -> str:
    if any(stored[kind] != kind for kind in wanted):
        blocks = max(GGUF_TYPES[kind].block_params for kind in wanted)
        return f"rows of {candidate.tensors.row} do not fill blocks of {blocks}"
    if set(wanted) == {default}:
        return "main type"
    return _WHY.get(candidate.category, "mixed by the file type")


_WHY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "output": "output matrix, or the embedding that stands in for it",
        "embedding": "token embedding",
        "v": "attention values, kept better in some blocks",
        "k": "attention keys",
        "q": "attention queries",
        "o": "attention output",
        "down": "down projection, kept better in some blocks",
        "gate": "gate projection, kept smaller in middle blocks",
        "up": "up projection, kept smaller in middle blocks",
    }
)


def _wanted(candidate: Candidate, scheme: GgufScheme, traits: GgufTraits, values: int) -> Mapping[str, int]:
    """Types before the fallback for odd rows, with how many tensors get each."""
    name, default, count = scheme.file_type.name, scheme.file_type.default, len(candidate.tensors.blocks)
    fixed, rows = _standing_rows(candidate, scheme, traits)
    raised = candidate.category == "v" and traits.is_70b and name not in _LOW_IQ and name != "MXFP4_MOE"

    def final(kind: str) -> str:
        return "Q5_K" if raised and kind in RAISED_FOR_70B else kind

    if not rows:
        return {final(fixed or default): count}
    total = values if candidate.category == "v" else traits.layers
    return Counter(
        final(next((row.to for row in rows if _stands(row.place, i, total)), fixed or default))
        for i in _indices(candidate, name, traits)
    )


def _indices(candidate: Candidate, file_type: str, traits: GgufTraits) -> tuple[int, ...]:
    """What the quantiser takes for the layer: the number in the name for experts' projections, else a counter."""
    by_name = candidate.category in ("down", "gate", "up") and traits.experts > 1 and file_type not in _LOW_IQ
    return candidate.tensors.blocks if by_name else candidate.ordinals


def _standing_rows(candidate: Candidate, scheme: GgufScheme, traits: GgufTraits) -> tuple[str, tuple[MixRule, ...]]:
    """The type that holds wherever no placed row does ("" for the default), and the placed rows before it."""
    placed: list[MixRule] = []
    for row in _rows(candidate.category, scheme.file_type.name):
        if all(_holds(condition, candidate, scheme, traits) for condition in row.when):
            if not row.place:
                return row.to, tuple(placed)
            placed.append(row)
    return "", tuple(placed)


@cache
def _rows(category: str, file_type: str) -> tuple[MixRule, ...]:
    return tuple(
        row
        for row in MIXES
        if (row.category == category or (row.category == "*" and category != "output"))
        and (file_type in row.file_types or row.file_types == ("*",))
    )


_Condition = Callable[[Candidate, GgufScheme, GgufTraits], bool]
_CONDITIONS: Final[Mapping[str, _Condition]] = MappingProxyType(
    {
        "gqa>=4": lambda candidate, scheme, traits: traits.heads_per_kv >= 4,
        "experts==8": lambda candidate, scheme, traits: traits.experts == 8,
        "experts>=4": lambda candidate, scheme, traits: traits.experts >= 4,
        "falcon": lambda candidate, scheme, traits: traits.architecture == "falcon",
        "imatrix": lambda candidate, scheme, traits: scheme.imatrix,
        "stacked": lambda candidate, scheme, traits: candidate.tensors.stacked,
        "uneven": lambda candidate, scheme, traits: (
            not GGUF_TYPES[scheme.file_type.default].fits(candidate.tensors.row)
        ),
    }
)


def _holds(condition: str, candidate: Candidate, scheme: GgufScheme, traits: GgufTraits) -> bool:
    wanted = not condition.startswith("!")
    return _CONDITIONS[condition.removeprefix("!")](candidate, scheme, traits) is wanted


def _stands(place: str, index: int, total: int) -> bool:
    if place.startswith("first:"):
        return index < int(place[6:])
    return _PLACES[place](index, total)


_PLACES: Final[Mapping[str, Callable[[int, int], bool]]] = MappingProxyType(
    {
        "eighth": lambda i, n: i < n // 8,
        "sixteenth": lambda i, n: i < n // 16,
        "middle": lambda i, n: n // 8 <= i < 7 * n // 8,
        "more": lambda i, n: i < n // 8 or i >= 7 * n // 8 or (i - n // 8) % 3 == 2,
    }
)
