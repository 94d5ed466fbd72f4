"""What stands around a packed weight and helps where its own shapes leave a choice.

Shapes come first: the widths that the model's other tensors show. The configuration is asked second.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any, Final

from inspector.analyses.inventory import TensorGroup
from inspector.analyses.unpacking.modules import FLOATS
from inspector.knowledge.packings import FUSED_PAIRS, GROUP_SIZES, WRITES_WIDTH
from inspector.units import ceil_div
from inspector.values import frozen

#: Widths in the order tried where several fit: 4 bits are the usual ones.
_WORD_BITS: Final = (4, 8, 2, 3, 6, 5, 1, 7)
#: What a vote for a width of bits counts where nothing but coinciding widths speaks: most artifacts hold 4 or 8.
_USUAL: Final = {4: 8, 8: 7, 6: 5, 3: 5, 2: 5, 5: 4}


@frozen
class Declared:
    """What a quantiser's configuration says: `method` in lower case, None for what it does not say."""

    method: str = ""
    bits: int | None = None
    group_size: int | None = None


@frozen
class Candidate:
    """One reading of a packed row of unknown width.

    `fit` is 3 if its length is the width of the norms that feed it, 1 if it is seen anywhere, else 0.
    """

    bits: int
    group_size: int | None
    columns: int
    fit: int

    @property
    def seen(self) -> str:
        return " seen elsewhere" if self.fit else ""


@frozen
class Hints:
    """Widths seen in unpacked tensors, of norms (by block, outermost first) and biases; the configuration.

    `order` ranks (bits, group size) of layouts whose shapes leave a choice, the most plausible first.
    """

    widths: frozenset[int] = frozenset()
    norms: Mapping[str, tuple[int, ...]]
    vectors: Mapping[str, int]
    config: Mapping[str, Any]
    declared: Declared = Declared()
    order: tuple[tuple[int, int | None], ...] = ()

    def declared_for(self, name: str) -> Declared:
        """What the configuration says of one weight: its own entry where there is one, else the general one."""
        module = name.removesuffix(".weight")
        own = self.config.get(module)
        return _declared(own, self.declared.method) if isinstance(own, Mapping) else self.declared

    def flat_shape(self, weight: str, params: int) -> tuple[tuple[int, ...], str]:
        """Logical shape of a weight of which only the number of values is stored, with the evidence."""
        bias = self.bias_of(weight)
        if bias and params % bias == 0:
            return (bias, params // bias), f"its bias has {bias} values"
        width = next((w for w in self._widths_near(weight) if params % w == 0), None)
        if width is None:
            return (params,), "its shape is not in the header"
        other = params // width
        shape = (width, other) if _leaf(weight) in WRITES_WIDTH else (other, width)
        return shape, f"rows by the width {width} seen beside it"

    def bias_of(self, weight: str) -> int | None:
        """Length of the bias beside a weight."""
        return self.vectors.get(weight.removesuffix(".weight") + ".bias")

    def fit(self, weight: str, columns: int) -> int:
        """How well a row length fits the widths around: 3 for the norm before it, 1 for any width seen, 0 for none."""
        if columns in self._widths_near(weight)[:1] and _leaf(weight) not in WRITES_WIDTH:
            return 3
        return int(columns in self.widths)

    def _widths_near(self, weight: str) -> tuple[int, ...]:
        """Widths that may be the weight's: of its own norm, of the model, of the norms in its block."""
        block, star, _ = weight.partition("*.")
        near = self.norms.get(block + star, ())
        own = self.vectors.get(weight.replace("_b_proj.", "_a_layernorm.")) if "_b_proj." in weight else None
        hidden = self.config.get("hidden_size")
        return (*((own,) if own else ()), *((hidden,) if isinstance(hidden, int) and hidden in near else ()), *near)


def _leaf(weight: str) -> str:
    return weight.removesuffix(".weight").rpartition(".")[2]


def word_candidates(weight: str, words: int, groups: int, hints: Hints) -> tuple[Candidate, ...]:
    """Readings of rows of `words` 32-bit words with `groups` scales each; one scale means no groups."""
    found = []
    for bits in _WORD_BITS:
        most, least = 32 * words // bits, 32 * (words - 1) // bits + 1
        columns = next((w for w in range(most, least - 1, -1) if w in hints.widths), most)
        fit = hints.fit(weight, columns)
        for size in GROUP_SIZES if groups > 1 else (None,):
            if size is None or ceil_div(columns, size) == groups:
                found.append(Candidate(bits=bits, group_size=size, columns=columns, fit=fit))
    return tuple(found)


def rank(votes: Counter[tuple[int, int | None]], declared: Declared) -> tuple[tuple[int, int | None], ...]:
    """(bits, group size), the most plausible first; the declared one leads unless widths speak against it."""
    most = max(votes.values(), default=0)
    said = next((pair for pair in votes if _agrees(pair, declared)), None)
    leader = said if said and 2 * votes[said] >= most else None
    ordered = sorted(votes, key=lambda pair: (pair != leader, -votes[pair] * _USUAL.get(pair[0], 1), _unusual(pair)))
    top = ordered[0][1] if ordered else None
    return tuple(sorted(ordered, key=lambda pair: (pair[1] != top, ordered.index(pair))))


def _agrees(pair: tuple[int, int | None], declared: Declared) -> bool:
    return pair[0] == declared.bits and pair[1] in (None, declared.group_size)


def _unusual(pair: tuple[int, int | None]) -> tuple[int, int]:
    bits, size = pair
    return _WORD_BITS.index(bits), GROUP_SIZES.index(size) if size in GROUP_SIZES else -1


def choose(candidates: Sequence[Candidate], hints: Hints, name: str) -> Candidate | None:
    """The candidate that fits best: as declared, unless widths refuted that; else by group size and known width."""
    said = hints.declared_for(name)
    agreed = said is not hints.declared or bool(hints.order and _agrees(hints.order[0], said))

    def key(candidate: Candidate) -> tuple[bool, bool, int, int]:
        pair = (candidate.bits, candidate.group_size)
        fit = candidate.fit if candidate.bits in (4, 8, *(hints.order[0][:1] if hints.order else ())) else 0
        fits = agreed and _agrees(pair, said)
        top = hints.order[0][1] if hints.order else candidate.group_size
        place = hints.order.index(pair) if pair in hints.order else len(hints.order)
        return not fits, candidate.group_size != top, -fit, place

    return min(candidates, key=key, default=None)


def group_of(columns: int, groups: int, preferred: int | None = None) -> int | None:
    """Group size that cuts `columns` into `groups`; None for one group a row, or where none fits."""
    if groups <= 1:
        return None
    for size in (preferred, *GROUP_SIZES):
        if size and size > 0 and ceil_div(columns, size) == groups:
            return size
    return columns // groups if columns % groups == 0 else None


def take_hints(groups: Sequence[TensorGroup], config: Mapping[str, Any]) -> Hints:
    """Hints from the groups of one weight set and the configuration beside it."""
    plain = [group for group in groups if group.form.dtype in FLOATS]
    section = _section(config)
    nested = config.get("text_config")
    hidden = config.get("hidden_size", nested.get("hidden_size") if isinstance(nested, Mapping) else None)
    vectors = {g.pattern: prod(g.form.shape) for g in plain if g.pattern.endswith((".bias", ".weight"))}
    return Hints(
        widths=frozenset(width for group in plain for width in _widths_of(group)),
        norms=_norms(plain),
        vectors=vectors,
        config={**section, "hidden_size": hidden},
        declared=_declared(section, ""),
    )


def _widths_of(group: TensorGroup) -> Iterable[int]:
    """Dimensions that may be a width; of a module that holds two side by side, half of them too."""
    parts = group.pattern.split(".")
    fused = len(parts) > 1 and parts[-2] in FUSED_PAIRS
    for dim in group.form.shape:
        if dim >= 16:
            yield dim
            if fused and dim % 2 == 0:
                yield dim // 2


def _norms(groups: Iterable[TensorGroup]) -> Mapping[str, tuple[int, ...]]:
    """Widths by block prefix (`model.layers.*.`): what most vectors have, then those of norms, outermost first."""
    seen: dict[str, Counter[int]] = {}
    depths: dict[str, dict[int, int]] = {}
    for group in groups:
        scales = group.pattern.endswith(".weight")
        if len(group.form.shape) != 1 or group.form.shape[0] < 2 or not (scales or group.pattern.endswith(".bias")):
            continue
        block, star, inner = group.pattern.partition("*.")
        key, width = block + star if star else "", group.form.shape[0]
        seen.setdefault(key, Counter())[width] += 1 + scales
        if scales:
            depth = (inner or block).count(".")
            known = depths.setdefault(key, {})
            known[width] = min(depth, known.get(width, depth))
    return {key: _by_weight(counts, depths.get(key, {})) for key, counts in seen.items()}


def _by_weight(counts: Counter[int], depths: Mapping[int, int]) -> tuple[int, ...]:
    outermost = sorted(depths, key=lambda width: (depths[width], -width))
    usual = min(counts, key=lambda width: (-counts[width], depths.get(width, 99), -width))
    return tuple(dict.fromkeys((usual, *outermost)))


def _section(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of a configuration that a quantiser wrote."""
    for holder in (config, config.get("text_config"), config.get("llm_config")):
        for key in ("quantization_config", "quantization", "compression_config", "quant_config"):
            section = holder.get(key) if isinstance(holder, Mapping) else None
            if isinstance(section, Mapping):
                return section
    return config if "bits" in config or "w_bit" in config else {}


def _declared(section: Mapping[str, Any], method: str) -> Declared:
    weights = _weights_of_groups(section)
    return Declared(
        method=str(section.get("quant_method") or section.get("quant_algo") or method).lower(),
        bits=_first_int(section, "bits", "w_bit", "nbits") or _first_int(weights, "num_bits"),
        group_size=_first_int(section, "group_size", "q_group_size") or _first_int(weights, "group_size"),
    )


def _weights_of_groups(section: Mapping[str, Any]) -> Mapping[str, Any]:
    """`weights` of the only group of a compressed-tensors configuration; several groups declare nothing in general."""
    groups = section.get("config_groups")
    found = [g.get("weights") for g in groups.values() if isinstance(g, Mapping)] if isinstance(groups, Mapping) else []
    return found[0] if len(found) == 1 and isinstance(found[0], Mapping) else {}


def _first_int(section: Mapping[str, Any], *keys: str) -> int | None:
    values = (section.get(key) for key in keys)
    return next((v for v in values if isinstance(v, int) and not isinstance(v, bool)), None)
