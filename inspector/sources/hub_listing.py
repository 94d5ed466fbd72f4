"""The Hub's description of a repository at one commit: its files with sizes and hashes, and what else it tells."""

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from inspector.errors import CannotLook, LimitReached
from inspector.sources.base import SourceFile
from inspector.sources.network.retry import Transient
from inspector.values import field, frozen, no_entries

MOST_LISTING_BYTES = 16 * 1024 * 1024
MOST_FILES = 100_000
MOST_FILE_BYTES = 2**53
OUTSIDE = "outside link"
#: A name in a listing that is no path below the target.
OUTSIDE_NAME = "outside name"

_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_PATH_LENGTH = 4096

# Parsed JSON takes far more memory than its text: values are counted before it is parsed.
_MOST_VALUES = 2_000_000
_MOST_CONTAINERS = 300_000


@frozen
class RepositoryFacts:
    """What the Hub says of a repository besides its files; "" and None where it says nothing.

    `gated` is "", "auto" or "manual". `scan_done` tells whether the Hub has scanned this commit,
    `scan_issues` maps the path of each file with an issue to its level ("unsafe", "suspicious" …).
    `declared_params` are the Hub's own counts by dtype, as stored.
    """

    repo_id: str
    commit: str
    private: bool = False
    gated: str = ""
    disabled: bool = False
    library: str = ""
    license: str = ""
    last_modified: str = ""
    scan_done: bool | None = None
    scan_issues: Mapping[str, str] = field(default_factory=no_entries)
    declared_params: Mapping[str, int] = field(default_factory=no_entries)

    def to_dict(self) -> dict[str, Any]:
        """The plain values, `scan_issues` under the name `security`."""
        names = ("commit", "private", "gated", "disabled", "library", "license", "last_modified", "scan_done")
        plain: dict[str, Any] = {name: getattr(self, name) for name in ("repo_id", *names)}
        return plain | {"security": dict(self.scan_issues), "declared_params": dict(self.declared_params)}


@frozen
class Listing:
    """A repository at one commit."""

    facts: RepositoryFacts
    files: tuple[SourceFile, ...]


def parse_listing(subject: str, data: bytes) -> Listing:
    """Reads the answer of the Hub's revision call. Raises `Transient`, in the end `CannotLook`, where it is not one."""
    if data.count(b",") > _MOST_VALUES or data.count(b"{") + data.count(b"[") > _MOST_CONTAINERS:
        raise LimitReached(f"{subject}: its description holds more than {_MOST_VALUES:,} values.")
    try:
        document = json.loads(data)
        commit, siblings = document["sha"], document["siblings"]
        files = tuple(sorted((_file(entry) for entry in siblings), key=lambda file: file.path))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        what = "the server's answer is not a description of a repository"
        raise Transient(what, costly=True, becomes=CannotLook) from None
    if len(files) > MOST_FILES:
        raise LimitReached(f"{subject}: more than {MOST_FILES:,} files.")
    if not isinstance(commit, str) or not is_commit(commit):
        raise CannotLook(f"{subject}: the server names no commit.")
    return Listing(facts=_facts(subject, commit, document), files=files)


def is_commit(text: str) -> bool:
    return bool(_COMMIT.fullmatch(text))


def is_inside(path: str) -> bool:
    """A relative path that stays below its root, without control characters."""
    parts = path.split("/")
    plain = path.isprintable() and len(path) <= _MOST_PATH_LENGTH and "\\" not in path
    return plain and all(part not in ("", ".", "..") for part in parts) and ":" not in parts[0]


def _file(entry: Mapping[str, Any]) -> SourceFile:
    path, size, lfs = entry["rfilename"], entry.get("size"), entry.get("lfs") or {}
    if not isinstance(path, str):
        raise TypeError
    special = "" if is_inside(path) else OUTSIDE_NAME
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= MOST_FILE_BYTES:
        size, special = 0, special or "of unknown size"
    sha256, blob = str(lfs.get("sha256", "")), str(entry.get("blobId", ""))
    return SourceFile(
        path=path,
        bytes=size,
        sha256=sha256 if _SHA256.fullmatch(sha256) else "",
        git_sha1=blob if _COMMIT.fullmatch(blob) and not lfs else "",
        special=special,
    )


def _facts(subject: str, commit: str, document: Mapping[str, Any]) -> RepositoryFacts:
    scan = _mapping(document.get("securityRepoStatus"))
    issues = scan.get("filesWithIssues")
    gated = document.get("gated")
    return RepositoryFacts(
        repo_id=_text(document.get("id")) or subject,
        commit=commit,
        private=document.get("private") is True,
        gated="manual" if gated is True else _text(gated),
        disabled=document.get("disabled") is True,
        library=_text(document.get("library_name")),
        license=_text(_mapping(document.get("cardData")).get("license")),
        last_modified=_text(document.get("lastModified")),
        scan_done=scan.get("scansDone") if isinstance(scan.get("scansDone"), bool) else None,
        scan_issues=_issues(issues if isinstance(issues, list) else []),
        declared_params=_counts(_mapping(_mapping(document.get("safetensors")).get("parameters"))),
    )


def _issues(entries: list[Any]) -> Mapping[str, str]:
    found = (_mapping(entry) for entry in entries)
    named = {_text(entry.get("path")): _text(entry.get("level")) or "issue" for entry in found}
    return MappingProxyType({path: level for path, level in sorted(named.items()) if path})


def _counts(parameters: Mapping[str, Any]) -> Mapping[str, int]:
    counts = {name: n for name, n in parameters.items() if isinstance(n, int) and not isinstance(n, bool) and n >= 0}
    return MappingProxyType(dict(sorted(counts.items())))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= 256 else ""
