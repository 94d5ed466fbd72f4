"""ST23x: sound, and still better done otherwise."""

from array import array
from collections.abc import Iterable
from sys import byteorder
from typing import Final

from inspector.dtypes import BITS
from inspector.rules.engine import Observation, Rule
from inspector.rules.evidence import Evidence

#: A float dtype that holds less than this share of a component's bytes is kept on purpose: norms, routers, scales.
MINOR_SHARE_PERCENT: Final = 10
#: Copying less than this on load costs nothing worth a word.
SMALL_FILE_BYTES: Final = 1_000_000
_WIDE: Final = ("F32", "F16", "BF16", "F64")


def unaligned_data(evidence: Evidence) -> Iterable[Observation]:
    """Unaligned tensor data.

    A tensor does not begin at a multiple of its element size in the file.

    Why: Mapped memory cannot be used as it is; frameworks copy each such tensor, and some refuse it.

    Loads: Every loader opens it.

    Fix: Save the file again with the safetensors library, which pads the header and sorts by dtype.
    """
    for shard in evidence.checkpoint.shards:
        table = shard.tensors
        if shard.file_bytes < SMALL_FILE_BYTES or not shard.loadable:
            continue
        if shard.header_bytes % 8 == 0 and _all_multiples_of_eight(table.starts):
            continue
        rows = zip(table.names, table.forms, table.starts, table.stops, strict=True)
        found = [
            name
            for name, form, start, stop in rows
            if stop > start and (shard.header_bytes + start) % max(1, BITS[form.dtype] // 8)
        ]
        if found:
            count = len(found)
            saw = f"{count:,} of {len(table):,} tensors begin off their element size"
            yield Observation(path=shard.path, subject=found[0], saw=saw, expected="multiples of it", count=count)


def f64_weights(evidence: Evidence) -> Iterable[Observation]:
    """F64 weights.

    Why: Eight bytes for each parameter, and no accelerator that is fast with them; usually an accident of NumPy.

    Loads: Every loader opens it.

    Fix: Save as F32 or narrower.
    """
    for census in evidence.sets:
        found = [
            label for label in census.labels if label.group.form.dtype == "F64" and label.logical.kind == "parameter"
        ]
        params = sum(label.logical.params for label in found)
        if params > 1_000_000:
            path = census.weights.shards[0].path
            yield Observation(
                path=path,
                subject=found[0].group.example,
                saw=f"{params:,} parameters in F64",
                expected="F32 or narrower",
            )


def mixed_dtypes(evidence: Evidence) -> Iterable[Observation]:
    """Mixed dtypes in one component without visible reason.

    Large parts of one component are stored in different float types.

    Why: Two exports were merged, or a conversion stopped half-way; the model is larger than it needs to be.

    Loads: Every loader opens it.

    Fix: Save the component in one type.
    """
    for census in evidence.sets:
        sizes: dict[tuple[str, str], dict[str, int]] = {}
        for label in census.labels:
            plain = label.logical.kind == "parameter" and not label.logical.packing and label.group.form.dtype in _WIDE
            if plain and len(label.logical.shape) > 1:
                by_dtype = sizes.setdefault((label.role.component, label.name), {})
                by_dtype[label.group.form.dtype] = by_dtype.get(label.group.form.dtype, 0) + label.group.stored_bytes
        for (component, name), by_dtype in sizes.items():
            total = sum(by_dtype.values())
            large = sorted(dtype for dtype, size in by_dtype.items() if size * 100 >= MINOR_SHARE_PERCENT * total)
            if len(large) > 1:
                path = census.weights.shards[0].path
                yield Observation(
                    path=path, subject=name or component, saw=" and ".join(large), expected="one float type"
                )


def _all_multiples_of_eight(column: "array[int]") -> bool:
    """Whether each number of a column of 64-bit integers divides by eight: its lowest byte tells."""
    lowest = column.tobytes()[0 if byteorder == "little" else 7 :: 8]
    return not lowest.translate(None, bytes(range(0, 256, 8)))


RULES: Final[tuple[Rule, ...]] = (
    Rule(code="ST230", name="unaligned-data", severity="info", kind="hygiene", check=unaligned_data),
    Rule(code="ST231", name="f64-weights", severity="info", kind="hygiene", check=f64_weights),
    Rule(code="ST232", name="mixed-dtypes", severity="info", kind="hygiene", check=mixed_dtypes),
)
