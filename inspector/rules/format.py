"""ST10x, ST11x: what the official loader refuses in a file's frame and header."""

from collections.abc import Iterable
from typing import Final

from inspector.rules.engine import Observation, Rule
from inspector.rules.evidence import Evidence


def file_too_small(evidence: Evidence) -> Iterable[Observation]:
    """File too small to be a safetensors file.

    The first eight bytes of a file give the length of its header; this file is shorter than that or empty.

    Why: It is what a failed or cancelled download leaves behind. No weights are in it.

    Loads: No reader opens it; the official loader says "header too small".

    Fix: Download or export the file again.
    """
    return evidence.faults("file-too-small")


def header_too_large(evidence: Evidence) -> Iterable[Observation]:
    """Header length too large.

    The first eight bytes claim a header above the format's limit of 100,000,000 bytes.

    Why: Almost always the file is not a safetensors file at all, or bytes were put before its beginning, or the
    length was written in the wrong byte order.

    Loads: The official loader refuses it with "header too large"; readers without a limit try to allocate it.

    Fix: Look at how the file begins; download or export it again.
    """
    return evidence.faults("header-too-large")


def header_beyond_file(evidence: Evidence) -> Iterable[Observation]:
    """Header longer than the file: truncated.

    The header is declared to end behind the end of the file.

    Why: The file was cut off within its header, or its first eight bytes are not a header length.

    Loads: The official loader refuses it with "invalid header length".

    Fix: Download the file again and compare its size with the published one.
    """
    return evidence.faults("header-beyond-file")


def header_not_utf8(evidence: Evidence) -> Iterable[Observation]:
    """Header is not UTF-8.

    Every byte of the header has to be strict UTF-8, in fields that are ignored and in padding too.

    Why: The bytes were damaged, or a writer used another encoding; readers that decode loosely see other names.

    Loads: The official loader refuses it with "invalid UTF-8 in header"; huggingface_hub drops the bytes and goes on.

    Fix: Write the file again with the safetensors library.
    """
    return evidence.faults("header-not-utf8")


def header_not_json(evidence: Evidence) -> Iterable[Observation]:
    """Header is not valid JSON.

    The header has to be one JSON object, with nothing but whitespace after it.

    Why: It was cut, padded with something else than whitespace (NUL bytes are common), or written by hand.

    Loads: The official loader refuses it; lenient readers accept NaN, trailing NUL bytes or a byte order mark.

    Fix: Write the file again with the safetensors library; pad headers with spaces only.
    """
    return evidence.faults("header-not-json", "header-not-object")


def header_too_deep(evidence: Evidence) -> Iterable[Observation]:
    """Header nested too deep.

    The loader's JSON reader stops at 127 nested containers.

    Why: No writer produces it; it is made to exhaust the stack of recursive parsers.

    Loads: The official loader refuses it ("recursion limit exceeded"); Python's json accepts up to about 1,000 levels.

    Fix: Do not use the file.
    """
    return evidence.faults("header-too-deep")


def number_out_of_range(evidence: Evidence) -> Iterable[Observation]:
    """Number out of range in the header.

    Every number of the header has to fit a 64-bit float, in fields that are ignored too.

    Why: No writer produces it; readers disagree on what such a number is.

    Loads: The official loader refuses it ("number out of range").

    Fix: Write the file again with the safetensors library.
    """
    return evidence.faults("number-out-of-range")


def lone_surrogate(evidence: Evidence) -> Iterable[Observation]:
    """Lone surrogate in a Unicode escape of the header's JSON.

    An escape \\\\ud800 to \\\\udfff stands without its other half, so the text is not Unicode.

    Why: Python reads such a name and then fails when it prints or writes it.

    Loads: The official loader refuses it; Python's json accepts it.

    Fix: Write the file again with the safetensors library.
    """
    return evidence.faults("lone-surrogate")


def metadata_not_strings(evidence: Evidence) -> Iterable[Observation]:
    """Metadata is not a map of strings.

    `__metadata__` has to be an object whose values are all strings. A tensor may not have that name either.

    Why: The whole file is unreadable for it, however sound its tensors are.

    Loads: The official loader refuses it; huggingface_hub's parser accepts it.

    Fix: Write every metadata value as a string, nested values as JSON text, and rename a tensor called __metadata__.
    """
    return evidence.faults("metadata-not-strings")


def metadata_twice(evidence: Evidence) -> Iterable[Observation]:
    """Duplicate __metadata__ in the header.

    The header has `__metadata__` more than once, perhaps spelled with an escape.

    Why: Readers disagree on which one counts.

    Loads: The official loader refuses it ("duplicate field"); Python's json keeps the last.

    Fix: Write the file again with one __metadata__.
    """
    return evidence.faults("metadata-twice")


def entry_not_a_tensor(evidence: Evidence) -> Iterable[Observation]:
    """Header entry is not a tensor.

    Every key but `__metadata__` has to hold an object with dtype, shape and data_offsets.

    Why: Often metadata under a wrong key, such as "metadata".

    Loads: The official loader refuses the whole file.

    Fix: Move free text into __metadata__ and write the file again.
    """
    return evidence.faults("entry-not-a-tensor")


def field_missing(evidence: Evidence) -> Iterable[Observation]:
    """Tensor entry lacks a field: dtype, shape or data_offsets.

    Why: Without all three nobody can tell where the tensor is and what its bytes mean.

    Loads: The official loader refuses the file ("missing field").

    Fix: Write the file again with the safetensors library.
    """
    return evidence.faults("field-missing")


def field_twice(evidence: Evidence) -> Iterable[Observation]:
    """Duplicate field in a tensor entry.

    Why: Readers that keep the first and readers that keep the last see different tensors.

    Loads: The official loader refuses it ("duplicate field"); Python's json keeps the last.

    Fix: Write the file again with the safetensors library.
    """
    return evidence.faults("field-twice")


def data_beyond_file(evidence: Evidence) -> Iterable[Observation]:
    """Tensor data missing at the end of the file.

    The header promises more bytes of tensors than the file holds.

    Why: A download or copy stopped early. Some engines read the missing part as zeros and produce nonsense.

    Loads: The official loader refuses it ("incomplete metadata, file not fully covered"); readers that map the file
    and skip the check open it.

    Fix: Download the file again and compare its size with the published one.
    """
    return evidence.faults("data-beyond-file")


def trailing_bytes(evidence: Evidence) -> Iterable[Observation]:
    """Trailing bytes: data not covered by any tensor at the end of the file.

    The file is longer than its header accounts for.

    Why: Something was appended (a newline, a second file, a pickle or ZIP archive that makes it a polyglot), or bytes
    were inserted on the way, as a text-mode transfer does; then the tensors are damaged too.

    Loads: The official loader refuses it; others ignore what follows.

    Fix: Download the file again in binary mode; treat appended content as hostile until it is known.
    """
    return evidence.faults("trailing-bytes")


RULES: Final[tuple[Rule, ...]] = (
    Rule(code="ST101", name="file-too-small", severity="error", kind="integrity", check=file_too_small),
    Rule(code="ST102", name="header-too-large", severity="error", kind="spec", check=header_too_large),
    Rule(code="ST103", name="header-beyond-file", severity="error", kind="integrity", check=header_beyond_file),
    Rule(code="ST104", name="header-not-utf8", severity="error", kind="spec", check=header_not_utf8),
    Rule(code="ST105", name="header-not-json", severity="error", kind="spec", check=header_not_json),
    Rule(code="ST106", name="header-too-deep", severity="error", kind="spec", check=header_too_deep),
    Rule(code="ST107", name="number-out-of-range", severity="error", kind="spec", check=number_out_of_range),
    Rule(code="ST108", name="lone-surrogate", severity="error", kind="spec", check=lone_surrogate),
    Rule(code="ST110", name="metadata-not-strings", severity="error", kind="spec", check=metadata_not_strings),
    Rule(code="ST111", name="metadata-twice", severity="error", kind="spec", check=metadata_twice),
    Rule(code="ST112", name="entry-not-a-tensor", severity="error", kind="spec", check=entry_not_a_tensor),
    Rule(code="ST113", name="field-missing", severity="error", kind="spec", check=field_missing),
    Rule(code="ST114", name="field-twice", severity="error", kind="spec", check=field_twice),
    Rule(code="ST115", name="data-beyond-file", severity="error", kind="integrity", check=data_beyond_file),
    Rule(code="ST116", name="trailing-bytes", severity="error", kind="integrity", check=trailing_bytes),
)
