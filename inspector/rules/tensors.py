"""ST2xx: is each tensor's entry possible, does it cover its own bytes, and can a framework make use of it?"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from inspector.dtypes import BITS, DTYPE_BY_NAME
from inspector.model import Form
from inspector.rules.engine import KEPT_SUBJECTS, Observation, Rule
from inspector.rules.evidence import Evidence

if TYPE_CHECKING:
    from inspector.readers.tensor_data import TensorStatistics

#: The most dimensions that NumPy 2 (64) takes, and the largest dimension that a signed 64-bit index can hold.
MAX_RANK: Final = 64
MAX_DIM: Final = 2**63 - 1


def dtype_unknown(evidence: Evidence) -> Iterable[Observation]:
    """Unknown dtype.

    The dtype is none of the 22 names of safetensors 0.8.0, which are case-sensitive.

    Why: Nobody can tell how many bytes an element has.

    Loads: The official loader refuses the whole file ("unknown variant").

    Fix: Write the file again with a released version of safetensors; packed types are stored as U8 or I32.
    """
    return evidence.faults("dtype-unknown")


def shape_invalid(evidence: Evidence) -> Iterable[Observation]:
    """Invalid shape: a dimension is not an integer.

    A shape is a list of integers from 0 to 2^64-1. 1.0, -1, "1", true and null are none.

    Why: Lenient readers convert such values and disagree on the result.

    Loads: The official loader refuses the whole file.

    Fix: Write the file again with the safetensors library.
    """
    return evidence.faults("shape-invalid")


def offsets_invalid(evidence: Evidence) -> Iterable[Observation]:
    """Invalid data_offsets: not two integers.

    data_offsets is a list of exactly two integers from 0 to 2^64-1. A negative offset or 4.0 is none.

    Why: Readers that do not check compute addresses outside the file from it.

    Loads: The official loader refuses the whole file.

    Fix: Write the file again with the safetensors library.
    """
    return evidence.faults("offsets-invalid")


def hole(evidence: Evidence) -> Iterable[Observation]:
    """Hole between tensors: a gap in the data offsets.

    Sorted by offset, each tensor has to begin where the one before it ends, the first at 0.

    Why: Bytes in no tensor can hide a payload, or an entry was removed from the header.

    Loads: The official loader refuses it ("invalid offset for tensor"); many other readers open it.

    Fix: Write the file again with the safetensors library.
    """
    return evidence.faults("hole")


def overlap(evidence: Evidence) -> Iterable[Observation]:
    """Overlapping tensors: data offsets share bytes.

    Two tensors claim the same bytes; the format has no aliasing, not even for tied weights.

    Why: Changing one tensor in place changes the other, and readers that add up sizes go wrong.

    Loads: The official loader refuses it ("invalid offset for tensor"); many other readers open it.

    Fix: Store tied weights once, and tie them in code.
    """
    return evidence.faults("overlap")


def offsets_reversed(evidence: Evidence) -> Iterable[Observation]:
    """Reversed data offsets: the end lies before the beginning.

    Why: A reader that subtracts without a check gets a negative or an enormous size.

    Loads: The official loader refuses it ("invalid offset for tensor").

    Fix: Write the file again with the safetensors library.
    """
    return evidence.faults("offsets-reversed")


def size_overflow(evidence: Evidence) -> Iterable[Observation]:
    """Overflow: the dimensions are too large for 64 bits.

    The product of the dimensions, from left to right, or its number of bits does not fit 64 bits.

    Why: No such tensor exists; the shape is made so that a reader's arithmetic wraps around.

    Loads: The official loader refuses it ("overflow computing buffer size").

    Fix: Do not use the file.
    """
    return evidence.faults("size-overflow")


def bits_not_whole_bytes(evidence: Evidence) -> Iterable[Observation]:
    """Tensor does not fill whole bytes.

    Elements of 4 or 6 bits have to add up to a number of bits that is divisible by eight.

    Why: The last byte would be shared, and readers round it differently.

    Loads: The official loader refuses it.

    Fix: Pad the last dimension.
    """
    return evidence.faults("bits-not-whole-bytes")


def size_mismatch(evidence: Evidence) -> Iterable[Observation]:
    """Size does not match shape and dtype.

    The range of bytes is smaller or larger than the shape times the bits of the dtype.

    Why: The header was edited, or dtype and data belong to different exports; readers then read foreign bytes.

    Loads: The official loader refuses it ("invalid shape, data type, or offset").

    Fix: Write the file again with the safetensors library.
    """
    return evidence.faults("size-mismatch")


def young_dtype(evidence: Evidence) -> Iterable[Observation]:
    """Young dtype: needs a recent safetensors.

    The file opens with the named version of safetensors or newer; older ones refuse the whole file.

    Why: Pinned environments and other readers may not have it yet.

    Loads: safetensors from the named version on.

    Fix: Say so in the model card, or require the version.
    """
    names = sorted({form.dtype for form in evidence.forms} & _SINCE.keys())
    for shard in evidence.checkpoint.shards if names else ():
        young = sorted({form.dtype for form in shard.tensors.forms} & set(names))
        if young:
            newest = max((_SINCE[name] for name in young), key=_version)
            yield Observation(path=shard.path, subject=", ".join(young), saw=f"needs safetensors {newest} or newer")


def dimension_absurd(evidence: Evidence) -> Iterable[Observation]:
    """Absurdly large dimension in an empty tensor.

    A dimension of zero makes the tensor empty, and another one is beyond what any framework can index.

    Why: The loader opens the file and every framework fails when it makes the tensor; arithmetic may overflow.

    Loads: The official loader opens it anyway; get_tensor fails.

    Fix: Write the file again without the tensor.
    """
    return _suspect(evidence, _absurd, "at most 2^63-1")


def rank_too_high(evidence: Evidence) -> Iterable[Observation]:
    """Rank above 64: more dimensions than frameworks take.

    Why: NumPy and PyTorch refuse an array of more than 64 dimensions.

    Loads: The official loader opens it anyway; get_tensor fails.

    Fix: Reshape the tensor before saving.
    """
    return _suspect(
        evidence, lambda f: f"{len(f.shape)} dimensions" if len(f.shape) > MAX_RANK else "", f"at most {MAX_RANK}"
    )


def packed_row_odd(evidence: Evidence) -> Iterable[Observation]:
    """Last dimension does not fill whole bytes.

    Elements of 4 or 6 bits fill whole bytes over the tensor but not in each row.

    Why: Frameworks pack along the last dimension and cannot make this tensor.

    Loads: The official loader opens it anyway; get_tensor fails.

    Fix: Pad the last dimension.
    """
    return _suspect(evidence, _ragged, "rows of whole bytes")


def empty_tensor(evidence: Evidence) -> Iterable[Observation]:
    """Empty tensor: zero elements.

    Why: Legal, and nothing is stored for it; some exporters and engines do not expect one.

    Loads: Every loader opens it.

    Fix: None needed where a quantiser wrote it as a placeholder.
    """
    return _suspect(
        evidence, lambda f: f"shape {list(f.shape)}" if not f.elements and not _absurd(f) else "", "elements"
    )


def has_nan(evidence: Evidence) -> Iterable[Observation]:
    """NaN in the weights.

    Why: One NaN spreads through every later layer and makes the output meaningless.

    Loads: Every loader opens it; nothing but the data shows it.

    Fix: Train or convert again from a sound checkpoint; a cast to F16 may have overflowed.
    """
    return _data(evidence, lambda t: t.nan, "NaN")


def has_infinity(evidence: Evidence) -> Iterable[Observation]:
    """Infinity in the weights.

    Why: A cast to a narrower type overflowed, and the output will hold NaN.

    Loads: Every loader opens it; nothing but the data shows it.

    Fix: Convert again to BF16, or scale before the cast. Masks may hold infinity on purpose.
    """
    return _data(evidence, lambda t: t.infinite, "infinite")


def all_zero(evidence: Evidence) -> Iterable[Observation]:
    """Weight that is all zero.

    Why: Downloads that were cut and files that were allocated but never filled read as zeros; fresh LoRA "B" matrices
    and zero-initialised projections are zero before training.

    Loads: Every loader opens it; nothing but the data shows it.

    Fix: Compare the file's hash with the published one; train the adapter.
    """
    return _data(evidence, lambda t: t.elements if t.zeros == t.elements and t.dims > 1 else 0, "zero")


def constant(evidence: Evidence) -> Iterable[Observation]:
    """Weight with one single value.

    Why: A matrix whose elements are all equal was never trained or was overwritten.

    Loads: Every loader opens it; nothing but the data shows it.

    Fix: Compare the file's hash with the published one.
    """
    return _data(evidence, lambda t: t.elements if t.constant and t.dims > 1 and t.zeros != t.elements else 0, "equal")


def near_zero(evidence: Evidence) -> Iterable[Observation]:
    """Weight that is mostly near zero.

    At least half of the elements are below 2^-20 in magnitude, and not all of them zero.

    Why: Pruned weights look so, and so do weights that were scaled down by accident before a cast.

    Loads: Every loader opens it.

    Fix: Compare with the model that it was made from.
    """
    for tensor in evidence.tensor_data or ():
        if tensor.dims > 1 and tensor.zeros < tensor.elements <= 2 * tensor.near_zero:
            saw = f"{tensor.near_zero:,} of {tensor.elements:,} elements near zero"
            yield Observation(path=tensor.path, subject=tensor.name, saw=saw, expected="less than half")


def _data(evidence: Evidence, count: "Callable[[TensorStatistics], int]", what: str) -> Iterator[Observation]:
    for tensor in evidence.tensor_data or ():
        if tensor.elements and (found := count(tensor)):
            saw = f"{found:,} of {tensor.elements:,} elements {what}"
            yield Observation(path=tensor.path, subject=tensor.name, saw=saw, expected="none")


_SINCE: Final = {name: row.since for name, row in DTYPE_BY_NAME.items() if row.since}


def _version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def _suspect(evidence: Evidence, test: Callable[[Form], str], expected: str) -> Iterator[Observation]:
    """What `test` says of the first few forms of a file that fail it, each under its first tensor; all are counted."""
    bad = {form: saw for form in evidence.forms if (saw := test(form))}
    for shard in evidence.checkpoint.shards if bad else ():
        first: dict[Form, str] = {}
        for name, form in zip(shard.tensors.names, shard.tensors.forms, strict=True):
            if form in bad:
                first.setdefault(form, name)
        counts = Counter(form for form in shard.tensors.forms if form in bad)
        left = counts.total()
        for i, (form, name) in enumerate(first.items()):
            count = left if i == KEPT_SUBJECTS - 1 else counts[form]
            yield Observation(path=shard.path, subject=name, saw=bad[form], expected=expected, count=count)
            left -= count
            if not left:
                break


def _absurd(form: Form) -> str:
    largest = max(form.shape, default=0)
    return f"a dimension of {largest}" if largest > MAX_DIM else ""


def _ragged(form: Form) -> str:
    bits, last = BITS[form.dtype], form.shape[-1] if form.shape else 1
    return f"{last} elements of {bits} bits in a row" if form.elements and last * bits % 8 else ""


RULES: Final[tuple[Rule, ...]] = (
    Rule(code="ST201", name="dtype-unknown", severity="error", kind="spec", check=dtype_unknown),
    Rule(code="ST202", name="shape-invalid", severity="error", kind="spec", check=shape_invalid),
    Rule(code="ST203", name="offsets-invalid", severity="error", kind="spec", check=offsets_invalid),
    Rule(code="ST204", name="hole", severity="error", kind="spec", check=hole),
    Rule(code="ST205", name="overlap", severity="error", kind="spec", check=overlap),
    Rule(code="ST206", name="offsets-reversed", severity="error", kind="spec", check=offsets_reversed),
    Rule(code="ST207", name="size-overflow", severity="error", kind="spec", check=size_overflow),
    Rule(code="ST208", name="bits-not-whole-bytes", severity="error", kind="spec", check=bits_not_whole_bytes),
    Rule(code="ST209", name="size-mismatch", severity="error", kind="spec", check=size_mismatch),
    Rule(code="ST210", name="young-dtype", severity="info", kind="hygiene", check=young_dtype),
    Rule(code="ST211", name="dimension-absurd", severity="warning", kind="hygiene", check=dimension_absurd),
    Rule(code="ST212", name="rank-too-high", severity="warning", kind="hygiene", check=rank_too_high),
    Rule(code="ST213", name="packed-row-odd", severity="warning", kind="hygiene", check=packed_row_odd),
    Rule(code="ST214", name="empty-tensor", severity="info", kind="hygiene", check=empty_tensor),
    Rule(code="ST220", name="nan", severity="error", kind="integrity", check=has_nan, needs="tensor-data"),
    Rule(code="ST221", name="infinity", severity="warning", kind="integrity", check=has_infinity, needs="tensor-data"),
    Rule(code="ST222", name="all-zero", severity="warning", kind="integrity", check=all_zero, needs="tensor-data"),
    Rule(code="ST223", name="constant", severity="warning", kind="integrity", check=constant, needs="tensor-data"),
    Rule(code="ST224", name="near-zero", severity="info", kind="hygiene", check=near_zero, needs="tensor-data"),
)
