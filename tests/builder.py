"""Bytes of safetensors files, good or bad, from a spec: the one builder that the tests share."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from inspector.dtypes import BITS
from inspector.model import Shard
from inspector.readers.header import read_header

#: name -> (dtype, shape)
Spec = Mapping[str, tuple[str, Sequence[int]]]


def header_of(spec: Spec, metadata: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The header that describes `spec` in its order, data packed without gaps; bits must fill whole bytes."""
    header: dict[str, Any] = {} if metadata is None else {"__metadata__": dict(metadata)}
    offset = 0
    for name, (dtype, shape) in spec.items():
        elements = 1
        for dim in shape:
            elements *= dim
        stop = offset + elements * BITS[dtype] // 8
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [offset, stop]}
        offset = stop
    return header


def header_bytes(header: Any, *, padding: int | None = None) -> bytes:
    """Length prefix and JSON of a header (any JSON value), padded with spaces to eight bytes unless told."""
    body = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    body += b" " * (-len(body) % 8 if padding is None else padding)
    return len(body).to_bytes(8, "little") + body


def framed(body: bytes, data: bytes = b"") -> bytes:
    """A file with the literal header `body`, whatever it is."""
    return len(body).to_bytes(8, "little") + body + data


def data_bytes(header: Mapping[str, Any]) -> int:
    """How many bytes of data the tensors of a header span."""
    return max((entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"), default=0)


def file_bytes(spec: Spec, metadata: Mapping[str, str] | None = None) -> bytes:
    """A whole small file with zeros for data."""
    header = header_of(spec, metadata)
    return header_bytes(header) + bytes(data_bytes(header))


def write(path: Path, spec: Spec, metadata: Mapping[str, str] | None = None) -> Path:
    """Write a file of full logical size, sparse: the weights take no room."""
    header = header_of(spec, metadata)
    return write_header(path, header)


def write_header(path: Path, header: Mapping[str, Any]) -> Path:
    """Write a sparse file with the given header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = header_bytes(header)
    with open(path, "wb") as file:
        file.write(head)
        file.truncate(len(head) + data_bytes(header))
    return path


def write_json(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def shard(spec: Spec, path: str = "model.safetensors", metadata: Mapping[str, str] | None = None) -> Shard:
    """The shard that the reader makes of a file described by `spec`, without writing one."""
    header = header_of(spec, metadata)
    head = header_bytes(header)
    read = read_header(head, file_bytes=len(head) + data_bytes(header))
    return Shard(
        path=path,
        file_bytes=read.file_bytes,
        header_bytes=read.header_bytes,
        tensors=read.tensors,
        metadata=read.metadata,
        faults=read.faults,
    )


def shared_folder() -> Path | None:
    """The optional development data beside the project, None where it is absent."""
    folder = Path(os.environ.get("INSPECTOR_SHARED", Path(__file__).parents[2] / "shared"))
    return folder if (folder / "README.md").exists() else None
