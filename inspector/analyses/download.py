"""Which files of a repository a loader fetches, what that adds up to, and the patterns that fetch just those."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from inspector.model import Checkpoint, RepositoryFile
from inspector.paths import folder_of, name_of
from inspector.values import frozen

#: Kinds of files beside the weights that libraries read when they load a model (knowledge/file_kinds.py).
_READ_BY_LOADERS: Final = frozenset(("config", "generation-config", "tokenizer", "processor"))
#: Wanted paths times all paths beyond which no patterns are looked for.
_MOST_COMPARISONS: Final = 4_000_000
_PIPELINE: Final = "model_index.json"
_MODULES: Final = "modules.json"


@frozen
class Download:
    """`paths` are what is fetched, `cached_bytes` how much of `bytes` is on this machine already.

    `allow_patterns` match those files of the repository and no others, as `fnmatch` reads them.
    """

    paths: tuple[str, ...]
    bytes: int
    cached_bytes: int
    allow_patterns: tuple[str, ...]

    @property
    def missing_bytes(self) -> int:
        return self.bytes - self.cached_bytes

    def to_dict(self) -> dict[str, Any]:
        return {
            "files": list(self.paths),
            "bytes": self.bytes,
            "cached_bytes": self.cached_bytes,
            "missing_bytes": self.missing_bytes,
            "allow_patterns": list(self.allow_patterns),
        }


def plan_download(checkpoint: Checkpoint) -> Download | None:
    """What loading a Hub repository fetches, None for a target that is on this machine already."""
    if checkpoint.target.kind != "hub":
        return None
    folders = _loaded_folders(checkpoint)
    indexes = {weights.index.path for weights in checkpoint.weight_sets if weights.index}
    wanted = [file for file in checkpoint.files if file.path in indexes or _is_fetched(file, folders)]
    cached = frozenset(checkpoint.repository.get("cached_paths", ()))
    return Download(
        paths=tuple(file.path for file in wanted),
        bytes=sum(file.bytes for file in wanted),
        cached_bytes=sum(file.bytes for file in wanted if file.path in cached),
        allow_patterns=allow_patterns([file.path for file in wanted], [file.path for file in checkpoint.files]),
    )


def _is_fetched(file: RepositoryFile, folders: frozenset[str]) -> bool:
    if file.weight_set:
        return True
    return file.kind in _READ_BY_LOADERS and folder_of(file.path) in folders


def _loaded_folders(checkpoint: Checkpoint) -> frozenset[str]:
    """The root, the folders of the weights that count, and those that a pipeline or a list of modules names."""
    with_weights = {folder_of(shard.path) for shard in checkpoint.shards}
    named = set(_named_folders(checkpoint.configs))
    if _PIPELINE in checkpoint.configs and not named:
        named = {folder for file in checkpoint.files if "/" not in (folder := folder_of(file.path))}
    return frozenset({"", *with_weights, *named})


def _named_folders(configs: Mapping[str, Any]) -> Iterator[str]:
    """Folders of a pipeline's components, of a list of modules."""
    pipeline = configs.get(_PIPELINE)
    if isinstance(pipeline, dict):
        yield from (name for name in pipeline if not name.startswith("_"))
    modules = configs.get(_MODULES)
    if isinstance(modules, list):
        for module in modules:
            if isinstance(module, dict) and isinstance(module.get("path"), str):
                yield module["path"].strip("/")


def allow_patterns(wanted: Sequence[str], all_paths: Sequence[str]) -> tuple[str, ...]:
    """The fewest patterns found that match every wanted path and none of the others, the wide ones first.

    () for a repository of so many files that finding them takes too long.
    """
    if len(wanted) * len(all_paths) > _MOST_COMPARISONS:
        return ()
    others = sorted(set(all_paths) - set(wanted))
    chosen: list[str] = []
    for path in wanted:
        if not any(_matches(path, pattern) for pattern in chosen):
            chosen.append(_widest(path, others))
    needed = [pattern for pattern in chosen if _adds(pattern, chosen, wanted)]
    return tuple(sorted(needed, key=lambda pattern: (pattern.count("/"), pattern)))


def _widest(path: str, others: Sequence[str]) -> str:
    return next(pattern for pattern in _patterns_for(path) if not any(_matches(other, pattern) for other in others))


def _patterns_for(path: str) -> Iterator[str]:
    """Patterns that match a path, from wide to narrow; the last one matches nothing else."""
    folder, name = folder_of(path), name_of(path)
    suffix = _escaped(name[name.rindex(".") :]) if "." in name else ""
    prefix = f"{_escaped(folder)}/" if folder else ""
    stem = name.split("-", 1)[0] if "-of-" in name else ""
    if suffix:
        yield f"*{suffix}"
        yield f"{prefix}*{suffix}"
    if stem:
        yield f"{prefix}{_escaped(stem)}-*{suffix}"
    yield _escaped(path)


def _adds(pattern: str, chosen: Sequence[str], wanted: Sequence[str]) -> bool:
    """A wanted path is matched by this pattern and by no other one."""
    rest = [other for other in chosen if other != pattern]
    return any(_matches(path, pattern) and not any(_matches(path, other) for other in rest) for path in wanted)


def _matches(path: str, pattern: str) -> bool:
    from fnmatch import fnmatchcase

    return fnmatchcase(path, pattern)


def _escaped(text: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in text)
