"""ST54x: are all modules there, and none that does not belong?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from inspector.analyses.census import WeightSetCensus
from inspector.analyses.essentials import absent_modules
from inspector.analyses.gaps import find_gaps, find_unnumbered
from inspector.analyses.irregular import Odd, lacking, lacking_in_short_lists, straying
from inspector.analyses.pairs import find_halves
from inspector.analyses.repeated import Repeated, split_number
from inspector.knowledge.wrappers import LEFTOVERS, WRAPPERS, Wrapper
from inspector.model import WeightSet
from inspector.rules.engine import KEPT_SUBJECTS, Observation, Rule
from inspector.rules.evidence import Evidence


def block_incomplete(evidence: Evidence) -> Iterable[Observation]:
    """Missing tensor: one block lacks what its siblings have.

    Blocks of another kind, such as dense layers among sparse ones or attention among recurrence, are held against
    those of their kind. The first and the last block may be special: only what no module goes without is told of them.

    Why: The tensor was lost, or its name was damaged; the module keeps random weights.

    Loads: The weights open; transformers warns and goes on, other loaders fail.

    Fix: Export the weights again, or download the file again.
    """
    for census, comparisons in evidence.comparisons:
        config, families = census.context.config, [comparison.family for comparison in comparisons]
        found = [(odd, comparison.family) for comparison in comparisons for odd in lacking(comparison)]
        described = {odd.tensor for odd, family in found if odd.whole and _is_described(config, odd, family)}
        odds = [*(odd for odd, _ in found), *lacking_in_short_lists(families)]
        lost = {odd.tensor: odd.siblings for odd in reversed(odds) if odd.tensor not in described}
        told = [(name, "not there", f"as in {siblings:,} sibling blocks") for name, siblings in lost.items()]
        yield from _tell(census.weights, sorted(told))


def block_stray(evidence: Evidence) -> Iterable[Observation]:
    """Unexpected tensor: one block has what no sibling has.

    Also what stands among numbered blocks and has no number.

    Why: A name was damaged, or a tensor of another model or of training got in.

    Loads: Every loader opens the file; transformers leaves the tensor out and says so.

    Fix: Export the weights again; rename the tensor if it belongs to a module under another name.
    """
    for census, comparisons in evidence.comparisons:
        odds = [odd for comparison in comparisons for odd in straying(comparison)]
        stray = {odd.tensor: odd.siblings for odd in reversed(odds)}
        told = [(name, "in one block", f"none, as in {siblings:,} sibling blocks") for name, siblings in stray.items()]
        families = [comparison.family for comparison in comparisons]
        beside = dict(find_unnumbered(census, families))
        told += [(name, "under no number", f"as the {blocks:,} modules beside it") for name, blocks in beside.items()]
        yield from _tell(census.weights, sorted(told))


def module_gap(evidence: Evidence) -> Iterable[Observation]:
    """Missing module: the numbers of a list of modules have a gap.

    Why: The module's weights were lost, or its names were damaged; it keeps random weights.

    Loads: The weights open; transformers and diffusers warn or fail.

    Fix: Export the weights again, or download the file again.
    """
    known = {stack.prefix for _, stacks in evidence.stacks for stack in stacks if stack.missing}
    for census, comparisons in evidence.comparisons:
        found = {gap for comparison in comparisons for gap in find_gaps(comparison.family) if gap[0] not in known}
        told = [(f"{prefix}{number}", "no module of this number", "one") for prefix, number in sorted(found)]
        yield from _tell(census.weights, told)


def counterpart_missing(evidence: Evidence) -> Iterable[Observation]:
    """Missing counterpart: half of what belongs together.

    A bias without its weight, a projection up without the one down, one factor of a low-rank adapter, a packed weight
    without its scales, one norm without the bias that all others have.

    Why: What is there cannot be used without the other half, which keeps random or default values.

    Loads: The weights open; loaders warn, fail, or apply the half that is there wrongly.

    Fix: Export the weights again, or download the file again.
    """
    for census in evidence.whole_sets:
        halves = dict.fromkeys((half.there, half.missing) for half in find_halves(census))
        told = [(there, f"without {missing}", "both") for there, missing in halves]
        yield from _tell(census.weights, told)


def module_absent(evidence: Evidence) -> Iterable[Observation]:
    """Missing module: what every model of this kind has.

    Models that read tokens have a table to look them up in, blocks with norms before them end in a norm, and towers
    and lists of blocks that the configuration describes are stored.

    Why: The module keeps random weights, and the output is noise.

    Loads: The weights open; transformers warns and goes on, other loaders fail.

    Fix: Export the weights again with all modules; weights for another model to build on are no model of their own.
    """
    known = evidence.architecture and evidence.architecture.id != "unknown" and len(evidence.sets) == 1
    kind = evidence.architecture.kind if evidence.architecture and known else ""
    for (census, stacks), (_, comparisons) in zip(evidence.stacks, evidence.comparisons, strict=True):
        families = [comparison.family for comparison in comparisons]
        for absent in absent_modules(census, stacks, families, kind):
            yield Observation(
                path=_first_path(census.weights), saw=f"no {absent.module}", expected=f"one beside {absent.evidence}"
            )


def wrapped_names(evidence: Evidence) -> Iterable[Observation]:
    """Wrapper in the tensor names: saved from a compiled or distributed model.

    torch.compile, DataParallel, FSDP and activation checkpointing put a word of their own into every name.

    Why: No name is the one that the model's code looks for, so every weight stays random.

    Loads: The weights open; transformers and diffusers find none of the names, warn and go on.

    Fix: Save the model that is inside (model.module, model._orig_mod), or strip the word from every name.
    """
    for census in evidence.sets:
        for row in WRAPPERS:
            count, first = _wrapped(census, row)
            if count:
                yield Observation(
                    path=_path_of(census.weights, first),
                    subject=first,
                    saw=f'"{row.word}" of {row.by} in {count:,} names',
                    expected="names without it",
                    count=count,
                )


def training_leftovers(evidence: Evidence) -> Iterable[Observation]:
    """Training leftovers: modules beside the model that only training needs.

    Optimizer states, teachers, discriminators, losses and averaged copies under a name of their own.

    Why: They cost space and loading time, and loaders leave them out.

    Loads: Every loader opens the file; the modules are left out.

    Fix: Save the model alone.
    """
    for census in evidence.sets:
        rows = {word: row for row in LEFTOVERS for word in row.words}
        found: dict[str, list[int]] = {}
        for i, label in enumerate(census.labels):
            row = rows.get(label.group.pattern.partition(".")[0])
            if row:
                found.setdefault(row.what, []).append(i)
        whole = sum(label.group.stored_bytes for label in census.labels)
        for what, members in found.items():
            groups = [census.labels[i].group for i in members]
            size, count = sum(group.stored_bytes for group in groups), sum(group.tensors for group in groups)
            if len(members) == len(census.labels) or size * _WORTH_A_WORD < whole:
                continue
            saw = f"{what}: {count:,} tensors, {size:,} bytes"
            yield Observation(
                path=_path_of(census.weights, groups[0].example),
                subject=groups[0].example,
                saw=saw,
                expected="the model alone",
                count=count,
            )


def _tell(weights: WeightSet, found: Sequence[tuple[str, str, str]]) -> Iterator[Observation]:
    """Observations of tensors: name, what was seen, what was expected; the first few are named, all are counted."""
    for i, (name, saw, expected) in enumerate(found[:KEPT_SUBJECTS]):
        rest = len(found) - KEPT_SUBJECTS if i == KEPT_SUBJECTS - 1 else 0
        path = _path_of(weights, name)
        yield Observation(path=path, subject=name, saw=saw, expected=expected, count=1 + rest)


def _is_described(config: Mapping[str, Any], odd: Odd, family: Repeated) -> bool:
    """Does a configuration describe each block by itself, and this one unlike any other?"""
    values = [value for part in (config, *config.values()) if isinstance(part, Mapping) for value in part.values()]
    lists = [value for value in values if isinstance(value, list) and len(value) == len(family.blocks)]
    number = int(split_number(odd.block)[1] or 0)
    return any(number < len(value) and value.count(value[number]) == 1 for value in lists)


def _wrapped(census: WeightSetCensus, row: Wrapper) -> tuple[int, str]:
    """How many names have a wrapper's word, and the first; none where not all begin with a word that all must."""
    having = [
        label.group
        for label in census.labels
        if (parts := label.group.pattern.split("."))[0] == row.word or (not row.first and row.word in parts)
    ]
    if not having or (row.first and len(having) < len(census.labels)):
        return 0, ""
    return sum(group.tensors for group in having), having[0].example


def _first_path(weights: WeightSet) -> str:
    return weights.shards[0].path if weights.shards else weights.path


def _path_of(weights: WeightSet, tensor: str) -> str:
    """The shard that holds a tensor."""
    return next((shard.path for shard in weights.shards if tensor in shard.tensors.names), _first_path(weights))


#: Leftovers of less than one part in so many of the file cost nothing worth a word.
_WORTH_A_WORD: Final = 100

RULES: Final[tuple[Rule, ...]] = (
    Rule(code="ST540", name="block-incomplete", severity="warning", kind="integrity", check=block_incomplete),
    Rule(code="ST541", name="block-stray", severity="warning", kind="integrity", check=block_stray),
    Rule(code="ST542", name="module-gap", severity="warning", kind="integrity", check=module_gap),
    Rule(code="ST543", name="counterpart-missing", severity="warning", kind="integrity", check=counterpart_missing),
    Rule(code="ST544", name="module-absent", severity="warning", kind="integrity", check=module_absent),
    Rule(code="ST545", name="wrapped-names", severity="warning", kind="integrity", check=wrapped_names),
    Rule(code="ST546", name="training-leftovers", severity="info", kind="hygiene", check=training_leftovers),
)
