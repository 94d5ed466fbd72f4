"""ST12x, ST13x: what the official loader opens although the specification forbids it, or readers stumble over it."""

from collections.abc import Iterable
from typing import Final

from inspector.rules.engine import Observation, Rule
from inspector.rules.evidence import Evidence

#: The header size above which huggingface_hub and huggingface.js refuse a file that the loader opens.
HUB_CLIENT_HEADER_BYTES: Final = 25_000_000

#: Total metadata above this is carried by every reader of the header and usually training history.
LARGE_METADATA_CHARS: Final = 1_000_000


def duplicate_name(evidence: Evidence) -> Iterable[Observation]:
    """Duplicate tensor name in the header.

    The format forbids duplicate keys, and one of them may be hidden by an escape.

    Why: The loader keeps the last entry and a reader that keeps the first sees other weights; so a scanner and an
    engine can be shown two different models. The bytes of the lost entry are still in the file.

    Loads: The official loader opens it anyway.

    Fix: Find out who wrote the file; write it again with unique names.
    """
    return evidence.faults("duplicate-name")


def duplicate_metadata_key(evidence: Evidence) -> Iterable[Observation]:
    """Duplicate metadata key.

    Why: Readers disagree on which value counts; license or base model may be shown differently.

    Loads: The official loader opens it anyway and keeps the last.

    Fix: Write each metadata key once.
    """
    return evidence.faults("duplicate-metadata-key")


def unknown_field(evidence: Evidence) -> Iterable[Observation]:
    """Unknown field in a tensor entry.

    The format has dtype, shape and data_offsets and nothing else; other fields are ignored by the loader.

    Why: Up to 100 MB of payload can hide there in a file that every loader opens.

    Loads: The official loader opens it anyway.

    Fix: Keep free text in __metadata__.
    """
    return evidence.faults("unknown-field")


def array_entry(evidence: Evidence) -> Iterable[Observation]:
    """Tensor entry as an array, not an object.

    The entry is a list of dtype, shape and offsets where the format demands an object.

    Why: The official loader accepts this form by accident; huggingface_hub and most other readers crash on it.

    Loads: The official loader opens it anyway.

    Fix: Write the file again with the safetensors library.
    """
    return evidence.faults("array-entry")


def dtype_as_object(evidence: Evidence) -> Iterable[Observation]:
    """Tensor dtype as an object, not a string.

    Why: The official loader accepts {"F32": null} by accident; huggingface_hub and most other readers crash on it.

    Loads: The official loader opens it anyway.

    Fix: Write the file again with the safetensors library.
    """
    return evidence.faults("dtype-as-object")


def leading_whitespace(evidence: Evidence) -> Iterable[Observation]:
    """Header does not begin with {.

    The specification says that the header must begin with an opening brace; here whitespace comes first.

    Why: Readers that test the ninth byte to recognise the format do not take the file for one.

    Loads: The official loader opens it anyway.

    Fix: Write the file again; padding belongs behind the JSON.
    """
    return evidence.faults("leading-whitespace")


def large_padding(evidence: Evidence) -> Iterable[Observation]:
    """Unusually large header padding.

    Writers pad with a few spaces so that the data begins aligned; here it is far more whitespace.

    Why: Every reader fetches the whole header; whitespace can also encode a hidden message.

    Loads: The official loader opens it anyway.

    Fix: Write the file again with the safetensors library.
    """
    return evidence.faults("large-padding")


def padding_not_spaces(evidence: Evidence) -> Iterable[Observation]:
    """Header padding is not spaces.

    The specification pads with spaces (0x20); here it is other whitespace.

    Why: A strict reader may refuse it.

    Loads: The official loader opens it anyway.

    Fix: Write the file again with the safetensors library.
    """
    return evidence.faults("padding-not-spaces")


def metadata_null(evidence: Evidence) -> Iterable[Observation]:
    """Metadata is null.

    The specification has `__metadata__` as a map of strings, or not at all.

    Why: Readers that expect a map crash on it.

    Loads: The official loader opens it anyway.

    Fix: Leave __metadata__ out.
    """
    return evidence.faults("metadata-null")


def no_tensors(evidence: Evidence) -> Iterable[Observation]:
    """File has no tensors: an empty checkpoint.

    The header is sound and names no tensor.

    Why: A filter or a failed export can leave such a file; what loads it silently keeps its random weights.

    Loads: The official loader opens it anyway.

    Fix: Export the weights again, or delete the file.
    """
    for shard in evidence.checkpoint.shards:
        if shard.loadable and not len(shard.tensors):
            yield Observation(path=shard.path, saw="0 tensors", expected="at least one tensor")


def header_over_client_limit(evidence: Evidence) -> Iterable[Observation]:
    """Header larger than Hub clients read.

    huggingface_hub and huggingface.js stop at 25,000,000 bytes of header, below the format's own limit.

    Why: The Hub's page and its clients cannot show or check the file.

    Loads: The official loader opens it anyway.

    Fix: Split the checkpoint into shards.
    """
    for shard in evidence.checkpoint.shards:
        length = shard.header_bytes - 8
        if length > HUB_CLIENT_HEADER_BYTES:
            yield Observation(path=shard.path, saw=f"{length:,} bytes", expected=f"at most {HUB_CLIENT_HEADER_BYTES:,}")


def large_metadata(evidence: Evidence) -> Iterable[Observation]:
    """Large metadata.

    Why: Whoever reads the header reads it all; training histories of megabytes are better kept beside the weights.

    Loads: Every loader opens it.

    Fix: Keep in __metadata__ what a user of the weights needs.
    """
    for shard in evidence.checkpoint.shards:
        chars = sum(map(len, shard.metadata)) + sum(map(len, shard.metadata.values()))
        if chars > LARGE_METADATA_CHARS:
            saw = f"{chars:,} characters in {len(shard.metadata):,} keys"
            yield Observation(
                path=shard.path, subject="__metadata__", saw=saw, expected=f"at most {LARGE_METADATA_CHARS:,}"
            )


RULES: Final[tuple[Rule, ...]] = (
    Rule(code="ST120", name="duplicate-name", severity="error", kind="spec", check=duplicate_name),
    Rule(code="ST121", name="duplicate-metadata-key", severity="warning", kind="spec", check=duplicate_metadata_key),
    Rule(code="ST122", name="unknown-field", severity="warning", kind="spec", check=unknown_field),
    Rule(code="ST123", name="array-entry", severity="error", kind="spec", check=array_entry),
    Rule(code="ST124", name="dtype-as-object", severity="error", kind="spec", check=dtype_as_object),
    Rule(code="ST125", name="leading-whitespace", severity="warning", kind="spec", check=leading_whitespace),
    Rule(code="ST126", name="large-padding", severity="warning", kind="hygiene", check=large_padding),
    Rule(code="ST127", name="padding-not-spaces", severity="info", kind="spec", check=padding_not_spaces),
    Rule(code="ST128", name="metadata-null", severity="warning", kind="spec", check=metadata_null),
    Rule(code="ST130", name="no-tensors", severity="warning", kind="hygiene", check=no_tensors),
    Rule(
        code="ST131",
        name="header-over-client-limit",
        severity="warning",
        kind="hygiene",
        check=header_over_client_limit,
    ),
    Rule(code="ST132", name="large-metadata", severity="info", kind="hygiene", check=large_metadata),
)
