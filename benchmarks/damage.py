"""How much of what a damaged checkpoint lost the audit notices: python benchmarks/damage.py [SNAPSHOT...] [--each N]

Takes snapshots (those in fixtures/ unless told), removes one tensor or one module at random, adds a stray tensor or
damages a name, as a bad export would leave it (offsets and index written anew), and counts where the audit says more
than of the sound one. The seed is fixed; run it with the Python of an environment where safetensors-inspector is
installed.
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from inspector.errors import InspectorError
from inspector.model import Target
from inspector.readers.checkpoint import read_checkpoint
from inspector.rules.audit import audit
from inspector.sources.base import SourceFile
from inspector.sources.memory import HeldFile, MemorySource
from inspector.sources.snapshot import open_snapshot

FIXTURES = Path(__file__).parents[1] / "fixtures"
Header = dict[str, Any]
Files = dict[str, bytes | Header]


def files_of(path: str) -> Files:
    """Headers and small files of a snapshot."""
    source = open_snapshot(path)
    files: Files = {}
    for file in source.list_files():
        ranges = source.held(file.path).ranges
        if file.path.endswith(".safetensors") and 0 in ranges:
            size = int.from_bytes(source.read(file.path, 0, 8), "little")
            files[file.path] = json.loads(source.read(file.path, 8, 8 + size))
        elif 0 in ranges:
            files[file.path] = ranges[0]
    return files


def findings(files: Files) -> set[tuple[str, str]]:
    """Rules and messages of the audit of these files."""
    held = []
    for path, content in files.items():
        body = content if isinstance(content, bytes) else json.dumps(content, separators=(",", ":")).encode()
        data = 0
        if not isinstance(content, bytes):
            body += b" " * (-len(body) % 8)
            body = len(body).to_bytes(8, "little") + body
            data = max(
                (entry["data_offsets"][1] for name, entry in content.items() if name != "__metadata__"), default=0
            )
        held.append(HeldFile(listed=SourceFile(path=path, bytes=len(body) + data), ranges={0: body}))
    report = audit(read_checkpoint(MemorySource(Target(kind="folder", ref="damaged"), held)))
    return {(finding.rule, finding.message) for finding in report.findings}


def rewritten(files: Files, change: Callable[[str, Header], Header]) -> Files:
    """The files with their tensors changed, offsets and index as an export would write them."""
    result: Files = {}
    for path, content in files.items():
        result[path] = content if isinstance(content, bytes) else _packed(change(path, content))
    for path, content in files.items():
        if path.endswith(".index.json") and isinstance(content, bytes):
            result[path] = _index(path, json.loads(content), result)
    return result


def _packed(header: Header) -> Header:
    packed, offset = {}, 0
    for name, entry in header.items():
        if name == "__metadata__":
            packed[name] = entry
            continue
        start, stop = entry["data_offsets"]
        packed[name] = {**entry, "data_offsets": [offset, offset + stop - start]}
        offset += stop - start
    return packed


def _index(path: str, index: Mapping[str, Any], files: Files) -> bytes:
    folder = path.rpartition("/")[0]
    shards = {p: h for p, h in files.items() if not isinstance(h, bytes) and p.rpartition("/")[0] == folder}
    names = {n: (p, e) for p, h in shards.items() for n, e in h.items() if n != "__metadata__"}
    total = sum(e["data_offsets"][1] - e["data_offsets"][0] for _, e in names.values())
    weight_map = {name: p.rpartition("/")[2] for name, (p, _) in names.items()}
    return json.dumps({"metadata": {"total_size": total}, "weight_map": weight_map}).encode()


def _without(files: Files, gone: Callable[[str], bool]) -> Files:
    return rewritten(files, lambda _, header: {name: entry for name, entry in header.items() if not gone(name)})


def lose_tensor(files: Files, chosen: str, path: str, dice: random.Random) -> Files | None:
    return _without(files, lambda name: name == chosen)


def lose_module(files: Files, chosen: str, path: str, dice: random.Random) -> Files | None:
    """All below a random part of the name, where that is at most half of the checkpoint."""
    parts = chosen.split(".")
    prefix = ".".join(parts[: dice.randint(1, max(1, len(parts) - 1))]) + "."
    names = [name for header in files.values() if not isinstance(header, bytes) for name in header]
    lost = sum(name.startswith(prefix) for name in names)
    return _without(files, lambda name: name.startswith(prefix)) if 0 < lost <= len(names) // 2 else None


def stray_tensor(files: Files, chosen: str, path: str, dice: random.Random) -> Files | None:
    """A copy of a tensor under a word of its own, beside it or somewhere above."""
    parts = chosen.split(".")
    name = ".".join([*parts[: dice.randint(0, len(parts) - 1)], "unexpected", "weight"])
    return rewritten(files, lambda p, header: {**header, name: header[chosen]} if p == path else header)


def damaged_name(files: Files, chosen: str, path: str, dice: random.Random) -> Files | None:
    """One letter of one word doubled."""
    parts = chosen.split(".")
    at = dice.choice([i for i, part in enumerate(parts) if not part.isdigit()] or [0])
    letter = dice.randrange(max(1, len(parts[at])))
    parts[at] = parts[at][: letter + 1] + parts[at][letter : letter + 1] + parts[at][letter + 1 :]
    name = ".".join(parts)
    return rewritten(
        files, lambda _, header: {(name if key == chosen else key): value for key, value in header.items()}
    )


KINDS = (lose_tensor, lose_module, stray_tensor, damaged_name)


def measure(paths: list[str], each: int, seed: int = 1) -> tuple[Counter[str], Counter[str]]:
    """For each kind of damage how often it was done, and how often noticed."""
    done: Counter[str] = Counter()
    noticed: Counter[str] = Counter()
    dice = random.Random(seed)
    for path in paths:
        files = files_of(path)
        sound = findings(files)
        tensors = [(p, n) for p, h in files.items() if not isinstance(h, bytes) for n in h if n != "__metadata__"]
        for kind in KINDS:
            for _ in range(each):
                place, chosen = dice.choice(tensors)
                damaged = kind(files, chosen, place, dice)
                if damaged is None:
                    continue
                try:
                    noticed[kind.__name__] += bool(findings(damaged) - sound)
                except InspectorError:
                    noticed[kind.__name__] += 1
                done[kind.__name__] += 1
    return done, noticed


def main(arguments: list[str]) -> None:
    each = int(arguments[arguments.index("--each") + 1]) if "--each" in arguments else 5
    given = [argument for argument in arguments if argument.endswith(".gz")]
    paths = given or [str(p) for p in sorted(FIXTURES.glob("*.gz")) if p.stat().st_size < 200_000]
    done, noticed = measure(paths, each)
    for kind in KINDS:
        name = kind.__name__
        share = 100 * noticed[name] / done[name]
        print(f"{name.replace('_', ' '):14} {noticed[name]:4} of {done[name]:4} noticed ({share:.0f} %)")


if __name__ == "__main__":
    main(sys.argv[1:])
