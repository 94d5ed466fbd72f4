"""ST7xx: one comparison for each kind of limit. The docstrings are what `inspector rules ST7xx` prints."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Final

from inspector.knowledge.storage_limits import STORAGE_LIMIT_BY_ID
from inspector.rules.budgets import Measured, Outcome, Sizes
from inspector.units import Units, ceil_div, format_bytes, format_count, format_ratio, format_signed_bytes
from inspector.values import replace

_NAMED: Final = 5


def total_size(limit: int, measured: Measured) -> Outcome:
    """Total size: the weights are larger than the budget.

    The sizes of all weight files, or what they would weigh under the budget's scheme, against `max-size`.

    Why: Downloads, images and app bundles have a size that somebody promised.

    Fix: Drop what is not needed (EMA copies, optimizer state), cast or quantise, or raise the limit.
    """
    if measured.sizes is None:
        return Outcome(status="skip", why=measured.projection, unmeasured=True)
    return _bytes(measured.sizes.file_bytes, limit, measured.units, why=_largest(measured.sizes, measured.units))


def file_size(limit: int, measured: Measured) -> Outcome:
    """File size: a file is larger than the budget.

    Each weight file against `max-file-size`.

    Why: Stores, registries and file systems limit single files, not models.

    Fix: Save in shards: save_pretrained(..., max_shard_size=...).
    """
    return _files(limit, measured, measured.files)


def layer_size(limit: tuple[int, str], measured: Measured) -> Outcome:
    """Layer size: a file does not fit where it is to be kept.

    Each weight file against what the named place takes as one file or image layer (`max-layer`). Where the weights are
    packed in the layers of an artifact or image, each of those layers.

    Why: A push that is refused after an hour of upload is an expensive way to learn a limit.

    Fix: Save in shards of at most the size that is named.
    """
    bound, place = limit
    found = _files(bound, measured, measured.layers or measured.files)
    row = STORAGE_LIMIT_BY_ID.get(place)
    if row is None or found.status == "skip":
        return found
    source = f"{found.advice} {row.name}: {row.source}, read {row.read}." if found.advice else ""
    return replace(found, limit=f"{found.limit}, {row.name}", advice=source)


def parameters(limit: int, measured: Measured) -> Outcome:
    """Parameters: the model has more than the budget.

    Logical parameters, what packed weights stand for, against `max-params`.

    Why: Licences, leaderboards and latency are promised by parameter count.

    Fix: Use the smaller model, or raise the limit.
    """
    over = measured.params - limit
    if over <= 0:
        return Outcome(status="pass", actual=_count(measured.params, limit), limit=_count(limit, measured.params))
    return Outcome(
        status="fail",
        actual=_count(measured.params, limit),
        limit=_count(limit, measured.params),
        over=format_count(over),
    )


def memory(limit: int, measured: Measured) -> Outcome:
    """Memory: the model needs more than the budget.

    The estimate of `inspector memory` for inference against `max-memory`.

    Why: What does not fit the device does not start.

    Fix: Quantise (`scheme`), shorten the context, or raise the limit.
    """
    if measured.memory_bytes is None:
        return Outcome(status="skip", why=measured.memory_why or "no estimate", unmeasured=True)
    return _bytes(measured.memory_bytes, limit, measured.units, why=measured.memory_why)


def growth(limit: Fraction | int, measured: Measured) -> Outcome:
    """Growth: the weights grew by more than the budget since the baseline.

    Total size against the baseline's, as a share of it or in bytes (`max-growth`).

    Why: A relative budget lets inherited size pass and stops the change that adds to it.

    Fix: Look at the components that grew; accept the change by keeping a new baseline.
    """
    old, new = measured.baseline, measured.sizes
    if new is None:
        return Outcome(status="skip", why=measured.projection, unmeasured=True)
    if old is None:
        return Outcome(status="skip", why=measured.baseline_why)
    delta = new.file_bytes - old.file_bytes
    allowed = limit if isinstance(limit, int) else old.file_bytes * limit.numerator // limit.denominator
    broken = delta > limit if isinstance(limit, int) else delta * limit.denominator > old.file_bytes * limit.numerator
    written = format_bytes(limit, measured.units) if isinstance(limit, int) else f"{format_ratio(limit * 100)} %"
    return Outcome(
        status="fail" if broken else "pass",
        actual=_delta(delta, old.file_bytes, measured.units),
        limit=written,
        over=format_bytes(delta - allowed, measured.units) if broken else "",
        why=_what_grew(old, new, measured.units),
    )


def component_sizes(limits: Mapping[str, int], measured: Measured) -> Outcome:
    """Component size: a component is larger than its budget.

    The bytes of each named component against `max-component-size`.

    Why: One component often has a budget of its own: an adapter, a text encoder.

    Fix: Cast or quantise that component, or raise its limit.
    """
    sizes = measured.sizes
    if sizes is None:
        return Outcome(status="skip", why=measured.projection, unmeasured=True)
    return _by_name(limits, {name: sizes.components.get(name, 0) for name in limits}, measured.units)


def dtype_sizes(limits: Mapping[str, int], measured: Measured) -> Outcome:
    """Dtype size: tensors of a dtype take more than their budget.

    The stored bytes of each named dtype against `max-dtype-size`.

    Why: A few tensors left in F32 are how a 16-bit artifact doubles unseen.

    Fix: Cast those tensors.
    """
    return _by_name(limits, {name: measured.dtypes.get(name, 0) for name in limits}, measured.units)


def header_size(limit: int, measured: Measured) -> Outcome:
    """Header size: the headers are larger than the budget.

    Length prefixes and headers of all files together against `max-header-size`.

    Why: Every remote reader fetches headers first; metadata blobs make that slow.

    Fix: Drop thumbnails and logs from __metadata__.
    """
    return _bytes(measured.header_bytes, limit, measured.units)


def shard_count(limit: int, measured: Measured) -> Outcome:
    """Shard count: the weights lie in more files than the budget.

    The number of weight files against `max-shards`.

    Why: A runnable image has at most 127 layers, and every file costs requests.

    Fix: Save with a larger max_shard_size.
    """
    count = len(measured.files)
    over = str(count - limit) if count > limit else ""
    return Outcome(status="fail" if over else "pass", actual=f"{count:,}", limit=f"{limit:,}", over=over)


def allowed_dtypes(allowed: Sequence[str], measured: Measured) -> Outcome:
    """Allowed dtypes: a tensor has a dtype that is not on the list.

    The dtypes of all tensors against `allow-dtypes`.

    Why: Hardware and engines take certain dtypes only.

    Fix: Cast, or add the dtype to the list.
    """
    return _unwanted([dtype for dtype in measured.dtypes if dtype not in allowed], sorted(measured.dtypes), allowed)


def denied_dtypes(denied: Sequence[str], measured: Measured) -> Outcome:
    """Denied dtypes: a tensor has a dtype that is ruled out.

    The dtypes of all tensors against `deny-dtypes`.

    Why: Hardware and engines refuse certain dtypes.

    Fix: Cast those tensors.
    """
    return _unwanted([d for d in measured.dtypes if d in denied], sorted(measured.dtypes), [f"no {d}" for d in denied])


def required_metadata(keys: Sequence[str], measured: Measured) -> Outcome:
    """Required metadata: a file lacks a metadata key.

    Every file's __metadata__ against `require-metadata`: KEY must be there, KEY=GLOB must match.

    Why: Provenance, licence and base model are lost unless the build insists on them.

    Fix: Pass metadata={...} to save_file.
    """
    missing = [f"{key} in {path}" for path, present in measured.metadata for key in keys if not _present(key, present)]
    return _missing(missing, len(measured.metadata) * len(keys), keys)


def required_tensors(globs: Sequence[str], measured: Measured) -> Outcome:
    """Required tensors: no tensor has a name that must be there.

    Tensor names against `require-tensors`, each a glob that must match.

    Why: A head or an adapter that was forgotten shows only when the model answers nonsense.

    Fix: Save the missing part.
    """
    missing = [glob for glob in globs if not any(fnmatchcase(name, glob) for name in measured.tensor_names)]
    return _missing(missing, len(globs), globs)


def forbidden_tensors(globs: Sequence[str], measured: Measured) -> Outcome:
    """Forbidden tensors: a tensor has a name that is ruled out.

    Tensor names against `forbid-tensors`, each a glob that must not match.

    Why: EMA copies, optimizer state and discriminators double an artifact.

    Fix: Leave them out when saving.
    """
    found = [name for name in measured.tensor_names if any(fnmatchcase(name, glob) for glob in globs)]
    return _unwanted(found, [f"{len(measured.tensor_names):,} names"], [f"none like {glob}" for glob in globs])


def no_unsafe_files(wanted: bool, measured: Measured) -> Outcome:
    """Unsafe files: files that can run code lie beside the weights.

    Pickles, programs and the like in the target, with `no-unsafe-files`.

    Why: Whoever downloads the folder may load them.

    Fix: Delete them, or leave them out of the upload.
    """
    if not wanted:
        return Outcome(status="skip", why="switched off")
    return _unwanted(measured.unsafe, ["none"], ["none"])


def split_advice(file_bytes: int, limit: int, largest_tensor_bytes: int, units: Units = "si") -> str:
    """Into how many files of what size weights are to be split, or why no split helps."""
    if largest_tensor_bytes + 8 > limit:
        return f"No split helps: the largest tensor alone takes {format_bytes(largest_tensor_bytes, units)}."
    files = ceil_div(file_bytes, limit)
    whole, each = format_bytes(file_bytes, units), format_bytes(limit, units)
    return f"Split the {whole} into {files} files or more, of at most {each} each."


def _files(limit: int, measured: Measured, files: Sequence[tuple[str, int]]) -> Outcome:
    """The largest of some files or layers against a limit, with advice to split the weights where one is too large."""
    if not measured.files:
        return Outcome(status="skip", why="there is no weight file")
    name, largest = max(files, key=lambda file: file[1])
    over = [file for file in files if file[1] > limit]
    total = sum(size for _, size in measured.files)
    advice = split_advice(total, limit, measured.largest_tensor_bytes, measured.units) if over else ""
    others = f" and {len(over) - 1} more" if len(over) > 1 else ""
    words = f"{name}{others}" if over else f"largest: {name}"
    return _bytes(largest, limit, measured.units, why=words, advice=advice)


def _bytes(actual: int, limit: int, units: Units, *, why: str = "", advice: str = "") -> Outcome:
    """Bytes against a limit: equal passes; where rounding would hide the difference, exact bytes are shown."""
    shown, bound = format_bytes(actual, units), format_bytes(limit, units)
    if shown == bound and actual != limit:
        shown, bound = f"{actual:,} B", f"{limit:,} B"
    if actual <= limit:
        return Outcome(status="pass", actual=shown, limit=bound, why=why)
    over = format_bytes(actual - limit, units)
    return Outcome(status="fail", actual=shown, limit=bound, over=over, why=why, advice=advice)


def _count(count: int, other: int) -> str:
    rounded = format_count(count)
    return f"{count:,}" if rounded == format_count(other) and count != other else rounded


def _delta(delta: int, old: int, units: Units) -> str:
    share = f" ({'+' if delta >= 0 else ''}{format_ratio(Fraction(delta * 100, old))} %)" if old else ""
    return f"{format_signed_bytes(delta, units)}{share}"


def _what_grew(old: Sizes, new: Sizes, units: Units) -> str:
    """The components that changed, the largest change first: "vae +12.40 MB, transformer -1.00 MB"."""
    deltas = {
        name: new.components.get(name, 0) - old.components.get(name, 0) for name in {*old.components, *new.components}
    }
    changed = sorted(((-abs(d), name, d) for name, d in deltas.items() if d))
    shown = [f"{name} {format_signed_bytes(delta, units)}" for _, name, delta in changed[:_NAMED]]
    return ", ".join(shown) + (f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else "")


def _largest(sizes: Sizes, units: Units) -> str:
    parts = sorted(sizes.components.items(), key=lambda part: (-part[1], part[0]))[:2]
    return (
        "largest: " + ", ".join(f"{name} {format_bytes(size, units)}" for name, size in parts if size) if parts else ""
    )


def _by_name(limits: Mapping[str, int], actual: Mapping[str, int], units: Units) -> Outcome:
    over = {name: actual[name] - limit for name, limit in limits.items() if actual[name] > limit}
    shown = over or limits
    return Outcome(
        status="fail" if over else "pass",
        actual=", ".join(f"{name} {format_bytes(actual[name], units)}" for name in shown),
        limit=", ".join(f"{name} {format_bytes(limits[name], units)}" for name in shown),
        over=", ".join(f"{name} {format_bytes(extra, units)}" for name, extra in over.items()),
    )


def _unwanted(found: Sequence[str], present: Sequence[str], wanted: Sequence[str]) -> Outcome:
    limit = ", ".join(wanted)
    if not found:
        return Outcome(status="pass", actual=_listed(present), limit=limit)
    return Outcome(status="fail", actual=_listed(found), limit=limit, over=f"{len(found):,}")


def _missing(missing: Sequence[str], asked: int, wanted: Sequence[str]) -> Outcome:
    limit = ", ".join(wanted)
    if not missing:
        return Outcome(status="pass", actual="all there" if asked else "nothing to ask", limit=limit)
    return Outcome(status="fail", actual=f"missing: {_listed(missing)}", limit=limit)


def _present(key: str, present: frozenset[str]) -> bool:
    """Is a key (or a pair KEY=GLOB) among the `key=value` pairs of a file?"""
    name, equals, glob = key.partition("=")
    values = [pair.partition("=")[2] for pair in present if pair.partition("=")[0] == name]
    return any(fnmatchcase(value, glob) for value in values) if equals else bool(values)


def _listed(items: Sequence[str]) -> str:
    return ", ".join(items[:_NAMED]) + (f" and {len(items) - _NAMED} more" if len(items) > _NAMED else "")
