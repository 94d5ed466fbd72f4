"""What rules judge: a checkpoint, its census, and whatever else was read, with the lookups that many rules share."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from inspector.analyses.agreement import Agreement, compare
from inspector.analyses.census import Census, WeightSetCensus
from inspector.analyses.comparison import Comparison
from inspector.analyses.deceptive_names import Problem, find_problems
from inspector.analyses.declared import Stack, find_stacks
from inspector.analyses.inventory import MAX_DIGITS, Inventory
from inspector.analyses.repeated import find_repeated
from inspector.knowledge.file_kinds import kind_of
from inspector.model import Checkpoint, Fault, Form, WeightSet
from inspector.paths import folder_of, join
from inspector.readers.naming import parse_weight_name
from inspector.rules.engine import Observation

if TYPE_CHECKING:
    from inspector.analyses.recognition.architecture import Architecture
    from inspector.analyses.verification import Verification
    from inspector.readers.contents import Content
    from inspector.readers.tensor_data import TensorStatistics

#: Fault kinds that say what a file is; the complaint about its first eight bytes is then only a consequence.
_TELLING = frozenset({"lfs-pointer", "foreign-format"})
_CONSEQUENCES = frozenset(
    {"file-too-small", "header-too-large", "header-beyond-file", "header-not-json", "header-not-utf8"}
)


def _deceptive(inventory: Inventory) -> bool:
    """Could a name of this inventory be deceptive? Numbers, folded or not, deceive nobody."""
    return bool(find_problems([group.pattern.replace("*", "0" * MAX_DIGITS) for group in inventory.groups]))


class Evidence:
    """All that a run has to judge by, with lookups made once; what was not read beyond headers is None."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        census: Census | None = None,
        *,
        contents: "Mapping[str, Content] | None" = None,
        tensor_data: "tuple[TensorStatistics, ...] | None" = None,
        verification: "Verification | None" = None,
        architecture: "Architecture | None" = None,
    ) -> None:
        self._architecture = architecture
        self.checkpoint = checkpoint
        self.census = census
        self.contents = contents
        self.tensor_data = tensor_data
        self.verification = verification

    @cached_property
    def architecture(self) -> "Architecture | None":
        """What the tensors are recognised as; None where there are none to recognise."""
        if self._architecture is not None or self.census is None or not self.census.sets:
            return self._architecture
        from inspector.analyses.recognition.architecture import recognise

        return recognise(self.checkpoint, self.census)

    @cached_property
    def _by_kind(self) -> Mapping[str, list[Observation]]:
        by_kind: dict[str, list[Observation]] = {}
        seen: set[tuple[str, str, str]] = set()
        for path, fault in self._faults():
            key = (fault.kind, path, f"{fault.name}\\0{fault.saw}\\0{fault.offset}")
            if key not in seen:
                seen.add(key)
                by_kind.setdefault(fault.kind, []).append(_observed(path, fault))
        return by_kind

    def _faults(self) -> Iterator[tuple[str, Fault]]:
        """Path and fault, files first: what the layout says of an index that belongs to a set comes last."""
        for shard in self.checkpoint.shards:
            telling = any(fault.kind in _TELLING for fault in shard.faults)
            for fault in shard.faults:
                if not (telling and fault.kind in _CONSEQUENCES):
                    yield shard.path, fault
        indexes = [weights.index for weights in self.checkpoint.weight_sets if weights.index]
        known = {fault for index in indexes for fault in index.faults}
        yield from ((index.path, fault) for index in indexes for fault in index.faults)
        paths = {file.path for file in self.checkpoint.files}
        lone = next((file.path for file in self.checkpoint.files if file.kind == "index"), "")
        for fault in self.checkpoint.faults:
            if fault not in known:
                name = fault.name or ""
                yield lone if fault.kind.startswith("index-") and name not in paths else name, fault

    def faults(self, *kinds: str) -> list[Observation]:
        """What the readers reported of these kinds, in the order of files."""
        return [seen for kind in kinds for seen in self._by_kind.get(kind, ())]

    def whole(self, weights: WeightSet) -> bool:
        """Whether all of a weight set was read: no shard is missing, refused by the loader or unreadable.

        One shard that is a target of its own is a part, by the count in its name.
        """
        folder = weights.folder
        unread = (part.path for part in self.checkpoint.unread if kind_of(part.path) == "weights")
        hidden = any(folder_of(path) == folder for path in unread)
        promised = max((parse_weight_name(shard.path).total or 0 for shard in weights.shards), default=0)
        there = promised <= len(weights.shards) and not weights.missing
        return not hidden and there and all(shard.loadable for shard in weights.shards)

    def config_of(self, weights: WeightSet, *names: str) -> tuple[str, Mapping[str, Any]]:
        """Path and content of the first of these files beside a weight set; ("", {}) where none is an object."""
        folder = weights.folder
        for name in names or ("config.json",):
            path = join(folder, name)
            value = self.checkpoint.configs.get(path)
            if isinstance(value, Mapping):
                return path, value
        return "", {}

    @cached_property
    def agreements(self) -> tuple[tuple[WeightSet, Agreement], ...]:
        """Each weight set that has shards, with where its index and its shards differ."""
        return tuple((weights, compare(weights)) for weights in self.checkpoint.weight_sets if weights.shards)

    @cached_property
    def name_problems(self) -> tuple[tuple[str, Mapping[Problem, list[str]]], ...]:
        """For each file with deceptive tensor names, its path and those names by their problem.

        Patterns keep all of a name but its numbers, so where no pattern has a problem no name has.
        """
        if self.sets and not any(c.inventory.coarse or _deceptive(c.inventory) for c in self.sets):
            return ()
        found = ((shard.path, find_problems(shard.tensors.names)) for shard in self.checkpoint.shards)
        return tuple((path, problems) for path, problems in found if problems)

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """Every form that a counted tensor has, once."""
        return tuple(dict.fromkeys(group.form for census in self.sets for group in census.inventory.groups))

    @cached_property
    def stacks(self) -> tuple[tuple[WeightSetCensus, tuple[Stack, ...]], ...]:
        """The stacks of blocks of each model that was read whole; in an adapter any layers may be there."""
        return tuple((census, find_stacks(census)) for census in self.whole_sets if not _is_adapter(census))

    @cached_property
    def comparisons(self) -> tuple[tuple[WeightSetCensus, tuple[Comparison, ...]], ...]:
        """The repeated modules of each model that was read whole, block beside block, adapters excepted."""
        models = (census for census in self.whole_sets if not _is_adapter(census))
        return tuple((census, tuple(map(Comparison, find_repeated(census)))) for census in models)

    @cached_property
    def whole_sets(self) -> tuple[WeightSetCensus, ...]:
        """The weight sets that were read whole."""
        return tuple(census for census in self.sets if self.whole(census.weights))

    @property
    def sets(self) -> tuple[WeightSetCensus, ...]:
        return self.census.sets if self.census else ()


def _is_adapter(census: WeightSetCensus) -> bool:
    return any(label.role.component == "adapter" for label in census.labels)


def _observed(path: str, fault: Fault) -> Observation:
    subject = fault.name or ""
    return Observation(
        path=path,
        subject="" if subject == path else subject,
        saw=fault.saw,
        expected=fault.expected,
        count=fault.count,
        offset=fault.offset,
    )
