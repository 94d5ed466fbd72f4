"""An architecture's treatments applied to pieces: drop, rename, split, turn, stack."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from math import prod
from types import MappingProxyType
from typing import Final

from inspector.analyses.gguf.config import GgufConfig
from inspector.analyses.gguf.pieces import OUTSIDE, Piece
from inspector.knowledge.gguf_architectures import COMMON_DROPS, COMMON_RULES, GgufRule
from inspector.values import replace


class Treatment:
    """The rules of one architecture on one model; remembers what may be written once only."""

    __slots__ = ("config", "embedded", "rules")

    def __init__(self, rules: tuple[GgufRule, ...], config: GgufConfig) -> None:
        self.rules, self.config, self.embedded = rules, config, False

    def apply(self, piece: Piece) -> Iterator[Piece]:
        """What a piece becomes, nothing where it is dropped."""
        return self._apply(piece, (*COMMON_RULES, *self.rules))

    def _apply(self, piece: Piece, rules: Sequence[GgufRule]) -> Iterator[Piece]:
        for i, rule in enumerate(rules):
            if not _search(rule.match, piece.name):
                continue
            if rule.kind == "split":
                for part in split(piece, rule, self.config):
                    yield from self._apply(part, rules[i + 1 :])
                return
            if self._drops(rule):
                return
            piece = _CHANGES.get(rule.kind, _unchanged)(piece, rule, self)
        if not _search(COMMON_DROPS, piece.name):
            yield piece

    def _drops(self, rule: GgufRule) -> bool:
        if rule.kind == "tied-head":
            return self.config.find("tie_word_embeddings") in ((True, None) if rule.to else (True,))
        if rule.kind == "shared-embedding":
            seen, self.embedded = self.embedded, True
            return seen
        return rule.kind == "drop"


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _search(pattern: str, name: str) -> bool:
    return _compiled(pattern).search(name) is not None


def split(piece: Piece, rule: GgufRule, config: GgufConfig) -> Iterator[Piece]:
    """The parts of a fused weight, cut along its rows; the weight itself where the configuration does not fit it."""
    sizes = [_SIZES[size](piece.shape, config) for _, size in rule.parts] if piece.shape else []
    if sum(prod(shape) for shape in sizes) != prod(piece.shape) or any(dim <= 0 for shape in sizes for dim in shape):
        yield piece
        return
    for (name, _), shape in zip(rule.parts, sizes, strict=True):
        yield replace(piece, name=_compiled(rule.match).sub(name, piece.name), shape=shape)


_Shape = tuple[int, ...]


def _row_count(shape: _Shape) -> int:
    return shape[-2] if len(shape) > 1 else shape[0]


def _rows(shape: _Shape, rows: int) -> _Shape:
    return (*shape[:-2], rows, shape[-1]) if len(shape) > 1 else (rows,)


def _half(shape: _Shape, config: GgufConfig) -> _Shape:
    return _rows(shape, _row_count(shape) // 2)


def _third(shape: _Shape, config: GgufConfig) -> _Shape:
    return _rows(shape, _row_count(shape) // 3)


def _columns(shape: _Shape, config: GgufConfig) -> _Shape:
    return (*shape[:-1], shape[-1] // 2)


def _queries(shape: _Shape, config: GgufConfig) -> _Shape:
    heads, kv = config.heads or 1, config.kv_heads or config.heads or 1
    return _rows(shape, _row_count(shape) * heads // (heads + 2 * kv))


def _keys(shape: _Shape, config: GgufConfig) -> _Shape:
    heads, kv = config.heads or 1, config.kv_heads or config.heads or 1
    return _rows(shape, _row_count(shape) * kv // (heads + 2 * kv))


def _mla_widths(config: GgufConfig) -> tuple[int, int]:
    return config.number("qk_nope_head_dim") or 0, config.number("v_head_dim") or 0


def _mla_k(shape: _Shape, config: GgufConfig) -> _Shape:
    nope, value = _mla_widths(config)
    return (shape[0] // ((nope + value) or 1), shape[-1], nope)


def _mla_v(shape: _Shape, config: GgufConfig) -> _Shape:
    nope, value = _mla_widths(config)
    return (shape[0] // ((nope + value) or 1), value, shape[-1])


def _linear_z(shape: _Shape, config: GgufConfig) -> _Shape:
    return _rows(shape, (config.number("linear_num_value_heads") or 0) * (config.number("linear_value_head_dim") or 0))


def _linear_qkv(shape: _Shape, config: GgufConfig) -> _Shape:
    return _rows(shape, _row_count(shape) - _row_count(_linear_z(shape, config)))


_Size = Callable[[_Shape, GgufConfig], _Shape]
_SIZES: Final[Mapping[str, _Size]] = MappingProxyType(
    {
        "half": _half,
        "third": _third,
        "columns": _columns,
        "q": _queries,
        "kv": _keys,
        "mla_k": _mla_k,
        "mla_v": _mla_v,
        "linear_qkv": _linear_qkv,
        "linear_z": _linear_z,
    }
)


def _unchanged(piece: Piece, rule: GgufRule, treatment: Treatment) -> Piece:
    return piece


def _renamed(piece: Piece, rule: GgufRule, treatment: Treatment) -> Piece:
    return replace(piece, name=_compiled(rule.match).sub(rule.to, piece.name))


def _transposed(piece: Piece, rule: GgufRule, treatment: Treatment) -> Piece:
    """Packed experts are stored as the file wants them already."""
    if piece.packing or len(piece.shape) < 2:
        return piece
    return replace(piece, shape=(*piece.shape[:-2], piece.shape[-1], piece.shape[-2]))


def _squeezed(piece: Piece, rule: GgufRule, treatment: Treatment) -> Piece:
    return replace(piece, shape=tuple(dim for dim in piece.shape if dim != 1))


def _as_column(piece: Piece, rule: GgufRule, treatment: Treatment) -> Piece:
    return replace(piece, shape=(*piece.shape, 1)) if len(piece.shape) == 1 else piece


def _grouped(piece: Piece, rule: GgufRule, treatment: Treatment) -> Piece:
    groups = treatment.config.number("n_groups", "mamba_n_groups", "n_group") or 1
    width = piece.shape[-1] if piece.shape else 0
    return piece if width % groups or not width else replace(piece, shape=(groups, width // groups))


def _stacked(piece: Piece, rule: GgufRule, treatment: Treatment) -> Piece:
    count = sum(piece.blocks.values())
    return replace(piece, name=rule.to, shape=(count, *piece.shape), blocks=MappingProxyType({OUTSIDE: 1}))


def _as_experts(piece: Piece, rule: GgufRule, treatment: Treatment) -> Piece:
    """Experts laid below each other in one matrix, as a stack; `columns` turns each of them."""
    experts = treatment.config.experts or 1
    if len(piece.shape) != 2 or piece.shape[0] % experts:
        return piece
    rows, width = piece.shape[0] // experts, piece.shape[1]
    shape = (experts, width, rows) if rule.to == "ffn_columns" else (experts, rows, width)
    return replace(piece, name=piece.name + ".weight", shape=shape)


def _fewer_rows(piece: Piece, rule: GgufRule, treatment: Treatment) -> Piece:
    rows = treatment.config.number("vocab_size")
    return (
        piece
        if rows is None or not piece.shape
        else replace(piece, shape=(min(rows, piece.shape[0]), *piece.shape[1:]))
    )


_Change = Callable[[Piece, GgufRule, Treatment], Piece]
_CHANGES: Final[Mapping[str, _Change]] = MappingProxyType(
    {
        "rename": _renamed,
        "shared-embedding": _renamed,
        "transpose": _transposed,
        "squeeze": _squeezed,
        "column": _as_column,
        "groups": _grouped,
        "stack": _stacked,
        "experts": _as_experts,
        "rows": _fewer_rows,
    }
)
