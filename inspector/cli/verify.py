"""`inspector verify TARGET`: contents against known hashes."""

import json
import os
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any, Final

import click

from inspector.analyses.verification import Verification, plan_digests, verify
from inspector.cli.findings_output import FORMATS, exit_code, write_reports
from inspector.cli.messages import show_note
from inspector.cli.options import Settings, output_options, source_options, take_settings, target_argument
from inspector.cli.progress import byte_progress
from inspector.cli.run import documented, open_source
from inspector.cli.sections import Command
from inspector.errors import CannotLook, NotFound, NothingToInspect, UsageError
from inspector.knowledge.file_kinds import kind_of
from inspector.model import Checkpoint
from inspector.readers.bare import bare_checkpoint
from inspector.readers.checkpoint import read_checkpoint
from inspector.readers.claims import RECORDS, Algorithm, Claim, cache_claims, gather_claims, published_claims
from inspector.readers.digests import Job, digest_files
from inspector.rules.audit import audit
from inspector.rules.catalogue import all_rules
from inspector.rules.engine import AuditReport, NotChecked
from inspector.sources.base import Source, SourceFile
from inspector.sources.local import LocalSource, read_regular
from inspector.units import format_bytes
from inspector.values import replace

#: Files read at once unless --jobs says otherwise: hashing is bound by the disk or by two or three cores.
_AT_ONCE: Final = 3
#: Rules that judge a verification; a pointer in place of weights is no content at all, nor is a missing shard.
_SELECTED: Final = ("ST301", "ST401", "ST81")
_STATE: Final = "inspector.verify-state/1"
_MAX_STATE_BYTES: Final = 64_000_000

Digests = dict[tuple[str, Algorithm], str]


@click.command("verify", cls=Command)
@target_argument
@click.option("--against", default="", metavar="TARGET", help="Compare with the hashes that this repository publishes.")
@click.option("--state", default="", metavar="FILE", help="Keep finished files in FILE and skip them next time.")
@source_options
@output_options(*FORMATS)
def command(target: str, against: str, state: str, **options: Any) -> int:
    """Are the contents those that were published? Reads whole files and compares their hashes.

    Hashes are taken from the Hub (--against org/name), the blob names and tree of a Hub cache, download records,
    SHA256SUMS lists, the digests of an image's layers, and the metadata of the files (modelspec). Exit code 0: all that
    is known agrees; 1: something differs; 3: no hash is known, or a file cannot be read.

    \b
    Examples:
      inspector verify ~/.cache/huggingface/hub/models--org--name
      inspector verify ./model --against org/name@main
      inspector verify ./model --state verify.json
    """
    settings = take_settings(options)
    with documented(settings):
        report, verification = _verify(target, against, state, settings)
    files = [outcome.to_dict() for outcome in verification.outcomes]
    rules = {rule.code: rule for rule in all_rules()}
    write_reports(settings, "verify", [report], rules, extra={"files": files, "verified": verification.verified})
    return exit_code([report])


def _verify(target: str, against: str, state: str, settings: Settings) -> tuple[AuditReport, Verification]:
    source = open_source(target, settings)
    try:
        checkpoint = read_checkpoint(source, jobs=settings.jobs)
    except NothingToInspect:
        checkpoint = bare_checkpoint(source)
    listing, packed = _with_layers(source, against)
    published = _published(source, against, settings)
    claims = [*gather_claims(source, [*listing, *_beside(source)], checkpoint.shards), *published]
    sizes = {file.path: file.bytes for file in listing if _subject(file)}
    if source.focus or packed:
        claims = [claim for claim in claims if claim.path in sizes]
    digests, failed = _digests(source, checkpoint, plan_digests(claims, sizes), sizes, _State(state, source), settings)
    verification = verify(claims, sizes, digests, [] if source.focus else [claim.path for claim in published])
    missing = [NotChecked(path=path, why=why) for path, why in sorted(failed.items())]
    if not any(outcome.actual or outcome.size_differs for outcome in verification.outcomes) and not failed:
        hint = "Name the repository they come from: --against org/name."
        missing.append(NotChecked(path="", why="no hash of these files is known here", hint=hint))
    report = audit(checkpoint, select=_SELECTED, verification=verification, not_checked=missing)
    note = f"{verification.verified:,} of {len(sizes):,} files agree with a known hash."
    return replace(report, notes=(*report.notes, note)), verification


def _with_layers(source: Source, against: str) -> tuple[list[SourceFile], frozenset[str]]:
    """What is listed; files in the archives of an image give way to those archives, which have digests.

    And the paths that gave way.
    """
    listing = list(source.list_files())
    if source.target.kind != "oci" or against:
        return listing, frozenset()
    from inspector.sources.oci.source import OciSource

    layers, inside = source.layers() if isinstance(source, OciSource) else ((), frozenset())
    return [*(file for file in listing if file.path not in inside and not file.unlisted), *layers], inside


def _beside(source: Source) -> list[SourceFile]:
    """Checksum lists and download records beside a single local file."""
    if not (isinstance(source, LocalSource) and source.focus):
        return []
    found: list[SourceFile] = []
    for path in ("SHA256SUMS", f"{source.focus}.sha256", f"{RECORDS}{source.focus}.metadata"):
        try:
            found.append(SourceFile(path=path, bytes=source.size_bytes(path)))
        except CannotLook:
            continue
    return found


def _published(source: Source, against: str, settings: Settings) -> list[Claim]:
    """What the named repository publishes; without one, what the tree file of a Hub cache says."""
    if against:
        return published_claims(open_source(against, settings).list_files(), against)
    return cache_claims(source)


def _subject(file: SourceFile) -> bool:
    """Whether a file is content to verify: not special, hidden, half downloaded or a list of checksums."""
    hidden = any(part.startswith(".") for part in file.path.split("/")[:-1])
    return not file.special and not hidden and kind_of(file.path) not in ("partial", "checksums")


def _digests(
    source: Source,
    checkpoint: Checkpoint,
    wanted: Mapping[str, tuple[Algorithm, ...]],
    sizes: Mapping[str, int],
    state: "_State",
    settings: Settings,
) -> tuple[Digests, Mapping[str, str]]:
    """All digests that claims ask for, read now or kept from an earlier run, and why others could not be computed."""
    headers = {shard.path: shard.header_bytes for shard in checkpoint.shards}
    digests: Digests = {}
    jobs: list[Job] = []
    for path, algorithms in wanted.items():
        kept = state.kept(path, sizes[path])
        if all(algorithm in kept for algorithm in algorithms):
            digests.update({(path, algorithm): kept[algorithm] for algorithm in algorithms})
        else:
            jobs.append(Job(path=path, bytes=sizes[path], header_bytes=headers.get(path, 0), algorithms=algorithms))
    if not settings.quiet:
        _announce(jobs, len(wanted) - len(jobs), settings)

    stamps = {job.path: state.stamp(job.path) for job in jobs}
    changed: dict[str, str] = {}

    def done(job: Job, found: Mapping[Algorithm, str]) -> None:
        if state.stamp(job.path) != stamps[job.path]:
            changed[job.path] = f"{job.path} changed while it was read."
            return
        digests.update({(job.path, algorithm): digest for algorithm, digest in found.items()})
        state.keep(job, found)

    with byte_progress("verifying", sum(job.bytes for job in jobs), settings) as advance:
        try:
            failed = digest_files(source, jobs, at_once=settings.jobs or _AT_ONCE, on_bytes=advance, on_done=done)
        finally:
            state.write()
    return digests, {**failed, **changed}


def _announce(jobs: Sequence[Job], kept: int, settings: Settings) -> None:
    """Say how much will be read before it is."""
    total = format_bytes(sum(job.bytes for job in jobs), settings.units)
    known = f"; {kept:,} known from an earlier run" if kept else ""
    show_note(f"verify reads {total} in {len(jobs):,} {'file' if len(jobs) == 1 else 'files'}{known}.")


class _State:
    """Digests of files that are done, kept in a file: by path, with the size and time of the file they are of."""

    def __init__(self, path: str, source: Source) -> None:
        self._path, self._source = path, source
        self._files: dict[str, Any] = _load(path) if path else {}
        self._written = 0.0

    def kept(self, path: str, file_bytes: int) -> Mapping[str, str]:
        """The digests of a file that has not changed since, else nothing."""
        row = self._files.get(path)
        if not isinstance(row, dict) or row.get("bytes") != file_bytes or row.get("stamp") != self.stamp(path):
            return {}
        digests = row.get("digests")
        return {key: one for key, one in digests.items() if isinstance(one, str)} if isinstance(digests, dict) else {}

    def keep(self, job: Job, digests: Mapping[Algorithm, str]) -> None:
        """One more file is done; of many small ones not each is written at once."""
        self._files[job.path] = {"bytes": job.bytes, "stamp": self.stamp(job.path), "digests": dict(digests)}
        if monotonic() - self._written > 1:
            self.write()

    def write(self) -> None:
        """Write the state, whole or not at all."""
        if not self._path:
            return
        self._written = monotonic()
        text = json.dumps({"schema": _STATE, "files": self._files}, indent=1, sort_keys=True)
        try:
            with open(f"{self._path}.tmp", "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(f"{self._path}.tmp", self._path)
        except OSError as error:
            reason = (error.strerror or "unknown error").lower()
            raise UsageError(f"{self._path} cannot be written: {reason}.", hint="Name another --state file.") from None

    def stamp(self, path: str) -> str:
        """What changes when a file's contents may have: its place and times here, the revision elsewhere."""
        if not isinstance(self._source, LocalSource):
            return self._source.target.revision
        try:
            found = os.stat(os.path.join(self._source.root, *path.split("/")))
        except OSError:
            return ""
        return f"{found.st_dev}.{found.st_ino}.{found.st_mtime_ns}.{found.st_ctime_ns}"


def _load(path: str) -> dict[str, Any]:
    try:
        value = json.loads(read_regular(path, _MAX_STATE_BYTES))
    except NotFound:
        return {}
    except (OSError, CannotLook, ValueError, RecursionError):
        raise UsageError(f"{path} is not a state file of verify.", hint="Delete it, or name another.") from None
    files = value.get("files") if isinstance(value, dict) and value.get("schema") == _STATE else None
    if not isinstance(files, dict):
        raise UsageError(f"{path} is not a state file of verify.", hint="Delete it, or name another.")
    return files
