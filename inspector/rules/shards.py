"""ST3xx: do the index and the shards agree, and are all shards of the set there?"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from posixpath import normpath
from typing import Final

from inspector.model import ShardIndex, WeightSet
from inspector.readers.index import safe_path
from inspector.rules.engine import KEPT_SUBJECTS, Observation, Rule
from inspector.rules.evidence import Evidence


def shard_missing(evidence: Evidence) -> Iterable[Observation]:
    """Missing shard: a file of the set is not there.

    The index, or the numbers in the names of the other shards, promise a file that was not found.

    Why: The model is incomplete; some engines fill the gap with zeros or random numbers.

    Loads: No loader loads the model; the shards that are there open one by one.

    Fix: Download the missing files; check upper and lower case of their names.
    """
    for weights in evidence.checkpoint.weight_sets:
        there = weights.index.path if weights.index else weights.shards[0].path if weights.shards else ""
        missing = [
            name for name in weights.missing if safe_path(name) is not None
        ]  # Others are a finding of their own.
        for i, name in enumerate(missing[:KEPT_SUBJECTS]):
            rest = max(0, len(missing) - KEPT_SUBJECTS) if i == KEPT_SUBJECTS - 1 else 0
            saw = "a shard that is missing: not found"
            yield Observation(
                path=there or name, subject=name, saw=saw, expected="every shard of the set", count=1 + rest
            )
    counted = {name for weights in evidence.checkpoint.weight_sets for name in weights.missing}
    yield from (seen for seen in evidence.faults("shard-missing") if seen.path not in counted)


def tensor_missing(evidence: Evidence) -> Iterable[Observation]:
    """Missing tensor: the index names a tensor that no shard has.

    Why: Loading fails, or the module keeps random weights. Hub clients do not check it.

    Loads: Every shard opens; a loader that follows the index fails at the tensor.

    Fix: Write the index again from the shards, or export the missing tensor.
    """
    for weights, found in evidence.agreements:
        yield from _some(
            weights, found.lost, lambda paths: (f"in no shard, not in {paths[0]}", "a tensor of that shard")
        )


def tensor_unindexed(evidence: Evidence) -> Iterable[Observation]:
    """Tensor not in the index.

    A shard holds tensors that the index does not name.

    Why: Loaders that follow the index never load them; they cost space or the index is stale.

    Loads: Every loader opens the model and leaves these tensors out.

    Fix: Write the index again from the shards.
    """
    for weights, found in evidence.agreements:
        by_shard: dict[str, dict[str, tuple[str, ...]]] = {}
        for name, paths in found.unindexed.items():
            by_shard.setdefault(paths[0], {})[name] = paths
        for path, names in by_shard.items():
            yield from _some(weights, names, lambda _: ("not in the index", "every tensor in the index"), path=path)


def tensor_in_wrong_shard(evidence: Evidence) -> Iterable[Observation]:
    """Tensor in the wrong shard: the index names another file than the one that has it.

    Why: A loader that follows the index does not find the tensor where it was told to look.

    Loads: Every shard opens; a loader that follows the index fails at the tensor.

    Fix: Write the index again from the shards; perhaps two files were swapped.
    """
    for weights, found in evidence.agreements:
        yield from _some(
            weights, found.moved, lambda paths: (f"missing from {paths[0]}, found in {paths[1]}", paths[0])
        )


def tensor_in_two_shards(evidence: Evidence) -> Iterable[Observation]:
    """Tensor in two shards: the same name in more than one file.

    Why: Which copy counts depends on the order of loading; sizes and parameters are counted twice.

    Loads: Every loader opens the model; the last copy loaded wins.

    Fix: Remove the duplicate and write the index again.
    """
    for weights, found in evidence.agreements:
        yield from _some(weights, found.doubled, lambda paths: (f"in both {' and '.join(paths[:3])}", "in one shard"))


def total_size_wrong(evidence: Evidence) -> Iterable[Observation]:
    """Wrong total_size in the index.

    metadata.total_size is not the number of bytes of the tensors in the shards.

    Why: Tools that plan memory or show progress from it are wrong; or shards of another export are here.

    Loads: Every loader opens the model.

    Fix: Write the index again from the shards.
    """
    for census in evidence.whole_sets:
        index = census.weights.index
        claimed = index.metadata.get("total_size") if index else None
        stored = sum(group.stored_bytes for group in census.inventory.groups)
        if index and claimed is not None and (isinstance(claimed, bool) or claimed != stored):
            shown = f"{claimed:,}" if type(claimed) is int else repr(claimed)[:60]
            yield Observation(path=index.path, subject="total_size", saw=f"total_size {shown}", expected=f"{stored:,}")


def total_size_absent(evidence: Evidence) -> Iterable[Observation]:
    """No total_size in the index.

    Why: Some loaders read metadata.total_size and fail without it.

    Loads: Most loaders open the model.

    Fix: Write the index again with the library that wrote the shards.
    """
    for _, index in _indexed(evidence):
        if index.weight_map and index.metadata.get("total_size") is None:
            yield Observation(path=index.path, subject="total_size", saw="absent", expected="the bytes of all tensors")


def index_not_json(evidence: Evidence) -> Iterable[Observation]:
    """Index is not valid JSON.

    Why: Without it nobody knows which shards belong together; it was cut, or an error page was saved in its place.

    Loads: The shards open one by one; loaders that need the index fail.

    Fix: Download the index again, or write it again from the shards.
    """
    return evidence.faults("index-not-json")


def index_invalid(evidence: Evidence) -> Iterable[Observation]:
    """Index has no usable weight_map.

    An index is an object whose weight_map maps tensor names to the names of shards.

    Why: Loaders crash on it or skip the weights.

    Loads: The shards open one by one; loaders that need the index fail.

    Fix: Write the index again from the shards.
    """
    return evidence.faults("index-invalid")


def index_duplicate_name(evidence: Evidence) -> Iterable[Observation]:
    """Duplicate name in the index.

    A key of the index, mostly a tensor's name, stands in it more than once.

    Why: Readers disagree on which one counts, so that two of them can load different shards for one tensor.

    Loads: Python's json keeps the last.

    Fix: Write the index again from the shards.
    """
    return evidence.faults("index-duplicate-name")


def index_path_outside(evidence: Evidence) -> Iterable[Observation]:
    """Index points outside its folder: path traversal.

    A shard's name in the index leaves the folder of the index, is absolute, or is a URL. It was not opened.

    Why: A client that follows it reads any file of the machine, or sends its token to a path of the attacker's choice.

    Loads: Some Hub clients follow it.

    Fix: Do not use the repository; report it.
    """
    return evidence.faults("index-path-outside")


def index_not_safetensors(evidence: Evidence) -> Iterable[Observation]:
    """Index names a file that is not a safetensors file.

    The index of safetensors weights names files of another kind, such as a pickle .bin.

    Why: A loader that trusts the index's name opens a pickle, which runs code.

    Loads: Depends on the loader.

    Fix: Write the index again from safetensors shards.
    """
    return evidence.faults("index-not-safetensors")


def index_stale(evidence: Evidence) -> Iterable[Observation]:
    """Stale index beside a whole single file: both are there.

    An index names shards that are missing while a single file holds the weights.

    Why: Loaders differ in which of the two they prefer; one that prefers the index fails.

    Loads: Loaders that prefer the single file open it.

    Fix: Delete the index.
    """
    return evidence.faults("index-stale")


def shard_count_odd(evidence: Evidence) -> Iterable[Observation]:
    """Missing shard by its number: the numbering has a gap or stops early.

    The file names count up to a number of shards that are not all there, and there is no index to ask.

    Why: The set is incomplete, or files of two sets are mixed.

    Loads: The shards open one by one; the model is incomplete.

    Fix: Download the missing numbers and the index.
    """
    return evidence.faults("shard-count-odd")


def shard_sets_mixed(evidence: Evidence) -> Iterable[Observation]:
    """Two shard sets mixed in one folder.

    Files numbered up to different totals lie side by side, as two uploads leave them.

    Why: A loader that takes every file loads both; disk and download double.

    Loads: Loaders that follow the index open one set.

    Fix: Delete the files of the set that the index does not name.
    """
    return evidence.faults("shard-sets-mixed")


def shard_stray(evidence: Evidence) -> Iterable[Observation]:
    """Extra shard not in the index.

    A safetensors file lies beside the shards and the index does not name it.

    Why: Loaders that take every file load it too; it may be left over from another upload.

    Loads: Loaders that follow the index leave it out.

    Fix: Delete the file, or write the index again.
    """
    return evidence.faults("shard-stray")


def index_path_odd(evidence: Evidence) -> Iterable[Observation]:
    """Odd path in the index: not in its simplest form.

    A shard's name has "./", doubled slashes or backslashes and still means a file of the folder.

    Why: Clients that compare names as text do not find the file.

    Loads: Most loaders open it.

    Fix: Write the index again with plain file names.
    """
    for _, index in _indexed(evidence):
        for name in sorted(index.files):
            if safe_path(name) and normpath(name) != name:
                yield Observation(path=index.path, subject=name, saw="an odd path", expected=normpath(name))


def _indexed(evidence: Evidence) -> Iterator[tuple[WeightSet, ShardIndex]]:
    """The sets that have an index, with it."""
    return ((weights, weights.index) for weights in evidence.checkpoint.weight_sets if weights.index is not None)


def _some(
    weights: WeightSet,
    found: Mapping[str, tuple[str, ...]],
    words: Callable[[tuple[str, ...]], tuple[str, str]],
    path: str = "",
) -> Iterator[Observation]:
    """The first few tensors of many alike, by name; the last one counts the rest."""
    where = path or (weights.index.path if weights.index else weights.shards[0].path)
    ordered = sorted(found)
    for i, name in enumerate(ordered[:KEPT_SUBJECTS]):
        saw, expected = words(found[name])
        rest = len(ordered) - KEPT_SUBJECTS if i == KEPT_SUBJECTS - 1 else 0
        yield Observation(path=where, subject=name, saw=saw, expected=expected, count=1 + rest)


RULES: Final[tuple[Rule, ...]] = (
    Rule(code="ST301", name="shard-missing", severity="error", kind="integrity", check=shard_missing),
    Rule(code="ST302", name="tensor-missing", severity="error", kind="integrity", check=tensor_missing, needs="index"),
    Rule(
        code="ST303",
        name="tensor-unindexed",
        severity="warning",
        kind="integrity",
        check=tensor_unindexed,
        needs="index",
    ),
    Rule(
        code="ST304",
        name="tensor-in-wrong-shard",
        severity="error",
        kind="integrity",
        check=tensor_in_wrong_shard,
        needs="index",
    ),
    Rule(code="ST305", name="tensor-in-two-shards", severity="error", kind="integrity", check=tensor_in_two_shards),
    Rule(
        code="ST306",
        name="total-size-wrong",
        severity="warning",
        kind="integrity",
        check=total_size_wrong,
        needs="index",
    ),
    Rule(
        code="ST307", name="total-size-absent", severity="info", kind="hygiene", check=total_size_absent, needs="index"
    ),
    Rule(code="ST310", name="index-not-json", severity="error", kind="integrity", check=index_not_json),
    Rule(code="ST311", name="index-invalid", severity="error", kind="integrity", check=index_invalid),
    Rule(code="ST312", name="index-path-outside", severity="error", kind="security", check=index_path_outside),
    Rule(code="ST313", name="index-not-safetensors", severity="error", kind="security", check=index_not_safetensors),
    Rule(code="ST314", name="index-stale", severity="warning", kind="integrity", check=index_stale),
    Rule(code="ST315", name="index-path-odd", severity="warning", kind="hygiene", check=index_path_odd, needs="index"),
    Rule(code="ST319", name="index-duplicate-name", severity="error", kind="spec", check=index_duplicate_name),
    Rule(code="ST316", name="shard-count-odd", severity="error", kind="integrity", check=shard_count_odd),
    Rule(code="ST317", name="shard-sets-mixed", severity="warning", kind="integrity", check=shard_sets_mixed),
    Rule(code="ST318", name="shard-stray", severity="warning", kind="integrity", check=shard_stray),
)
