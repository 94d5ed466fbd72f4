"""Reads `*.safetensors.index.json`: which tensor is in which shard. What it says is checked, never obeyed blindly."""

import re
from collections.abc import Iterator
from typing import Any, Final

from inspector.model import ShardIndex
from inspector.paths import folder_of, join
from inspector.readers.faults import FaultLog
from inspector.readers.json_files import NotJson, parse_json

_UNSAFE: Final = re.compile(r"\A(?:[/\\]|[A-Za-z]:|[A-Za-z][A-Za-z0-9+.\-]*://)|\\|[\x00-\x1f\x7f]")
#: Longest path of a shard; file systems stop at 255 bytes a part and 4,096 in all.
MAX_PATH_CHARS: Final = 1024


def parse_index(path: str, raw: bytes) -> ShardIndex:
    """The index at `path`; entries that are not text are left out, with a fault."""
    log = FaultLog()
    repeated: list[str] = []
    try:
        value = parse_json(raw, repeated=repeated)
    except NotJson as problem:
        log.add("index-not-json", str(problem), name=path)
        return ShardIndex(path=path, faults=log.faults())
    if not isinstance(value, dict):
        log.add("index-invalid", f"{_kind_of(value)} in place of an object", name=path)
        return ShardIndex(path=path, faults=log.faults())
    for name in repeated:
        log.add("index-duplicate-name", "the same key twice or more", name=name)
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    weight_map = _weight_map(path, value.get("weight_map"), log)
    files = tuple(dict.fromkeys(weight_map.values()))
    for shard in files:
        _check_shard_path(path, shard, log)
    return ShardIndex(
        path=path,
        weight_map=weight_map,
        files=files,
        metadata=metadata,
        faults=log.faults(),
    )


def _weight_map(path: str, value: Any, log: FaultLog) -> dict[str, str]:
    if not isinstance(value, dict):
        saw = "no weight_map" if value is None else f"{_kind_of(value)} as weight_map"
        log.add("index-invalid", saw, name=path)
        return {}
    if not value:
        log.add("index-invalid", "an empty weight_map", name=path)
    if set(map(type, value.values())) <= {str}:
        return value
    for name, shard in value.items():
        if not isinstance(shard, str):
            log.add("index-invalid", f"{_kind_of(shard)} as the shard of a tensor in weight_map", name=name)
    return {name: shard for name, shard in value.items() if isinstance(shard, str)}


def _check_shard_path(path: str, shard: str, log: FaultLog) -> None:
    if not shard.strip("./ "):
        log.add("index-invalid", "an empty file name in weight_map", name=path)
    elif len(shard) > MAX_PATH_CHARS:
        saw = f"a file name of {len(shard):,} characters in weight_map"
        log.add("index-invalid", saw, name=shard, expected=f"at most {MAX_PATH_CHARS:,}")
    elif safe_path(shard) is None:
        log.add("index-path-outside", "a weight_map that names a file outside of its own folder", name=shard)
    elif not shard.lower().endswith(".safetensors"):
        kind = "a pickle (.bin)" if shard.lower().endswith(".bin") else "a file that is not .safetensors"
        log.add("index-not-safetensors", f"a weight_map that names {kind}", name=shard)


def safe_path(shard: str) -> str | None:
    """The path of a shard below its index's folder, None where it could lead out of it, encoded or not."""
    if any(_UNSAFE.search(form) or ".." in form.split("/") or len(form) > MAX_PATH_CHARS for form in _decoded(shard)):
        return None
    parts = [part for part in shard.split("/") if part not in ("", ".")]
    return "/".join(parts) if parts and shard.isprintable() else None


def _decoded(shard: str) -> Iterator[str]:
    """A path as written and with its percent-escapes decoded, again and again."""
    yield shard
    if "%" not in shard:
        return
    from urllib.parse import unquote

    for _ in range(5):
        shard = unquote(shard, errors="replace")
        yield shard


def shard_paths(index: ShardIndex) -> list[str]:
    """The shards that may be opened, relative to the target, in order of first appearance."""
    folder = folder_of(index.path)
    safe = (safe_path(shard) for shard in index.files if shard.lower().endswith(".safetensors"))
    return [join(folder, path) for path in dict.fromkeys(safe) if path is not None]


def _kind_of(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")
