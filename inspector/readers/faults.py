"""The kinds of fault that readers report, each with whether the official loader refuses the file for it."""

from typing import Final

from inspector.model import Fault
from inspector.values import frozen, replace

_LOADER: Final = "safetensors 0.8.0, measured on the wheel"
_FORMAT: Final = "safetensors README, section Format"


@frozen
class FaultKind:
    """One way to be wrong; `expected` is what a sound file has there, `error` the loader's own name for it."""

    id: str
    refused: bool
    expected: str
    error: str = ""
    source: str = _LOADER


def _refused(kind: str, expected: str, error: str = "InvalidHeaderDeserialization") -> FaultKind:
    return FaultKind(id=kind, refused=True, expected=expected, error=error)


def _loads(kind: str, expected: str) -> FaultKind:
    return FaultKind(id=kind, refused=False, expected=expected, source=_FORMAT)


FAULT_KINDS: Final[tuple[FaultKind, ...]] = (
    _refused("file-too-small", "at least 8 bytes of header length", "HeaderTooSmall"),
    _refused("header-too-large", "a header of at most 100,000,000 bytes", "HeaderTooLarge"),
    _refused("header-beyond-file", "a header that ends inside the file", "InvalidHeaderLength"),
    _refused("lfs-pointer", "the weights themselves, not a Git LFS pointer to them", "HeaderTooLarge"),
    _refused("foreign-format", "a safetensors file", "HeaderTooLarge"),
    _refused("header-not-utf8", "a header in UTF-8", "InvalidHeader"),
    _refused("header-not-json", "a header that is one JSON object"),
    _refused("header-too-deep", "at most 127 nested containers"),
    _refused("number-out-of-range", "numbers that fit a 64-bit float"),
    _refused("lone-surrogate", "\\u escapes that form whole characters"),
    _refused("header-not-object", "a JSON object at the top level"),
    _refused("metadata-not-strings", "__metadata__ as an object of strings"),
    _refused("metadata-twice", "__metadata__ at most once"),
    _refused("entry-not-a-tensor", "an object with dtype, shape and data_offsets"),
    _refused("field-missing", "dtype, shape and data_offsets in every entry"),
    _refused("field-twice", "each field of an entry once"),
    _refused("dtype-unknown", "one of the 22 dtypes of safetensors 0.8.0"),
    _refused("shape-invalid", "shape as a list of integers from 0 to 2^64-1"),
    _refused("offsets-invalid", "data_offsets as a list of two integers from 0 to 2^64-1"),
    _refused("hole", "each tensor to begin where the one before it ends", "InvalidOffset"),
    _refused("overlap", "each tensor to begin where the one before it ends", "InvalidOffset"),
    _refused("offsets-reversed", "an end that is not before its beginning", "InvalidOffset"),
    _refused("size-overflow", "a size that fits 64 bits", "ValidationOverflow"),
    _refused("bits-not-whole-bytes", "elements that fill whole bytes", "MisalignedSlice"),
    _refused("size-mismatch", "as many bytes as shape and dtype need", "TensorInvalidInfo"),
    _refused("data-beyond-file", "a file that holds all its tensors", "MetadataIncompleteBuffer"),
    _refused("trailing-bytes", "a file that ends with its last tensor", "MetadataIncompleteBuffer"),
    _loads("duplicate-name", "each tensor name once"),
    _loads("duplicate-metadata-key", "each metadata key once"),
    _loads("unknown-field", "only dtype, shape and data_offsets in an entry"),
    _loads("array-entry", "a tensor entry as an object"),
    _loads("dtype-as-object", "dtype as a string"),
    _loads("metadata-null", "__metadata__ as an object"),
    _loads("leading-whitespace", "a header that begins with {"),
    _loads("large-padding", "padding of a few bytes"),
    _loads("padding-not-spaces", "padding of spaces"),
    _loads("index-not-json", "an index in JSON"),
    _loads("index-invalid", "an index with a weight_map of tensor names to file names"),
    _loads("index-duplicate-name", "each tensor name once in the index"),
    _loads("index-path-outside", "shards inside the index's own folder"),
    _loads("index-not-safetensors", "an index that names .safetensors files"),
    _loads("shard-missing", "every shard that the index or the numbering names"),
    _loads("index-stale", "no index beside a whole single file that belongs to another set"),
    _loads("shard-count-odd", "shards numbered without gaps up to the count in their names"),
    _loads("shard-sets-mixed", "shards of one set only"),
    _loads("shard-stray", "no shard beside those that the index names"),
    _loads("config-not-json", "a configuration file in JSON"),
    _loads("config-key-twice", "each key of an object once"),
    _loads("config-not-object", "a configuration file that is a JSON object"),
    _loads("link-outside", "links that stay inside the folder or its cache"),
    _loads("dangling-link", "links whose target exists"),
    _loads("special-file", "a regular file"),
    _loads("partial-download", "no remains of an unfinished download"),
    _loads("size-unlike-listed", "the size that the Hub listed"),
)

KIND_BY_ID: Final = {kind.id: kind for kind in FAULT_KINDS}

#: Faults of one kind that are kept one by one for a file; the last one kept counts the rest.
MAX_FAULTS_PER_KIND: Final = 10


def fault(kind: str, saw: str, *, offset: int | None = None, name: str | None = None, expected: str = "") -> Fault:
    """A fault of a listed kind; `expected` replaces the kind's general words where both numbers are known."""
    row = KIND_BY_ID[kind]
    return Fault(
        kind=kind, refused=row.refused, saw=saw, expected=expected or row.expected, offset=offset, name=name, count=1
    )


class FaultLog:
    """Collects the faults of one file, bounded per kind; `count` of the last one kept covers those left out."""

    def __init__(self) -> None:
        self._kept: dict[str, list[Fault]] = {}
        self._left_out: dict[str, int] = {}

    def add(
        self, kind: str, saw: str, *, offset: int | None = None, name: str | None = None, expected: str = ""
    ) -> None:
        kept = self._kept.setdefault(kind, [])
        if len(kept) < MAX_FAULTS_PER_KIND:
            kept.append(fault(kind, saw, offset=offset, name=name, expected=expected))
        else:
            self._left_out[kind] = self._left_out.get(kind, 0) + 1

    def full(self, kind: str) -> bool:
        """True once further faults of this kind are only counted, so that their words need not be made."""
        return len(self._kept.get(kind, ())) >= MAX_FAULTS_PER_KIND

    def absorb(self, other: "FaultLog") -> None:
        """Take over the faults of a log of other kinds than this one's."""
        self._kept.update(other._kept)
        self._left_out.update(other._left_out)

    def __bool__(self) -> bool:
        return bool(self._kept)

    def faults(self) -> tuple[Fault, ...]:
        """In order of first appearance of each kind."""
        out: list[Fault] = []
        for kind, kept in self._kept.items():
            last = kept[-1]
            extra = self._left_out.get(kind, 0)
            out += [*kept[:-1], replace(last, count=1 + extra)]
        return tuple(out)
