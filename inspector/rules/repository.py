"""ST4xx: are the files what their names promise, and is everything there?"""

from collections.abc import Iterable, Iterator
from typing import Final
from unicodedata import normalize

from inspector.knowledge.file_kinds import kind_of
from inspector.model import RepositoryFile
from inspector.paths import folder_of
from inspector.rules.engine import Observation, Rule
from inspector.rules.evidence import Evidence

#: What transformers takes as the format of a file.
FORMATS: Final = ("pt", "tf", "flax", "mlx")
#: Two copies of one model in the same precision differ by their headers only; more than this share is another model.
COPY_TOLERANCE_PERCENT: Final = 5


def lfs_pointer(evidence: Evidence) -> Iterable[Observation]:
    """Git LFS pointer in place of the weights.

    The repository was cloned without Git LFS, so that a text of some 130 bytes stands where the weights belong.

    Why: Nothing can be loaded; loaders complain of a header that is too large.

    Loads: No reader opens it.

    Fix: Run "git lfs install" and "git lfs pull" in the clone, or download the file with huggingface_hub.
    """
    return evidence.faults("lfs-pointer")


def foreign_format(evidence: Evidence) -> Iterable[Observation]:
    """Not a safetensors file: another format under its name.

    The first bytes are those of another format.

    Why: An error page was saved in place of the file, or a pickle was renamed; loaders that go by content may run it.

    Loads: No safetensors reader opens it.

    Fix: Download the file again while logged in; convert pickles with a trusted tool instead of renaming them.
    """
    return evidence.faults("foreign-format")


def partial_download(evidence: Evidence) -> Iterable[Observation]:
    """Incomplete or partial file.

    A file that a download tool keeps while it works is still there.

    Why: The download was interrupted; the finished file may be missing or old.

    Loads: Loaders do not look at it.

    Fix: Run the download again; then delete what is left over.
    """
    return evidence.faults("partial-download")


def dangling_link(evidence: Evidence) -> Iterable[Observation]:
    """Dangling link: a file that is missing.

    A symbolic link points to a file that does not exist, as in a cache whose blobs were deleted or not downloaded.

    Why: The file cannot be read.

    Loads: No loader opens it.

    Fix: Download the file again.
    """
    return evidence.faults("dangling-link")


def link_outside(evidence: Evidence) -> Iterable[Observation]:
    """Link leads outside the folder.

    A symbolic link points outside the target and its cache. It was not followed.

    Why: Whoever packs, uploads or serves the folder gives away a file that was never meant to be in it.

    Loads: Loaders follow it.

    Fix: Replace the link by the file, or delete it.
    """
    return evidence.faults("link-outside")


def no_safetensors(evidence: Evidence) -> Iterable[Observation]:
    """No safetensors weights: only pickle files or other formats.

    The target holds weights, and none of them as safetensors.

    Why: Loading them runs whatever code the pickle holds, and nothing here can be checked.

    Loads: torch.load opens them.

    Fix: Ask for safetensors weights, or convert them in a sandbox.
    """
    if not evidence.checkpoint.weight_sets and not evidence.checkpoint.alternatives:
        kinds = ("pickle", "torch-program", "keras", "tensorflow", "flax")
        found = [file for file in evidence.checkpoint.files if file.kind in kinds]
        yield from in_one(found, "a pickle or another format", "safetensors")


def not_a_regular_file(evidence: Evidence) -> Iterable[Observation]:
    """Not a regular file: a FIFO, socket or device under the name of a weight file.

    Why: A reader that opens a FIFO (a pipe) waits for ever; a device has no end.

    Loads: The official loader hangs on a FIFO.

    Fix: Delete it and download the file.
    """
    known = evidence.faults("special-file")
    yield from known
    for part in evidence.checkpoint.unread:
        if part.kind == "not-a-file" and part.path and part.path not in {seen.path for seen in known}:
            yield Observation(path=part.path, saw=part.message, expected="a regular file")


def copies_differ(evidence: Evidence) -> Iterable[Observation]:
    """Copies of one model that differ in size.

    Two sets of weights look like copies of the same model in the same precision, and one is much larger.

    Why: Different tools load different copies; one of them may be old.

    Loads: Every loader opens its own copy.

    Fix: Delete one copy, or say in the model card what it is.
    """
    strays = {seen.path for seen in evidence.faults("shard-stray")}
    whole = {w.folder: w for w in evidence.checkpoint.weight_sets if w.shards and evidence.whole(w)}
    for other in evidence.checkpoint.alternatives:
        weights = whole.get(folder_of(other.paths[0]))
        if weights is None or other.variant != weights.variant or other.paths[0] in strays:
            continue
        size = sum(shard.file_bytes for shard in weights.shards)
        if abs(size - other.file_bytes) * 100 > COPY_TOLERANCE_PERCENT * max(size, other.file_bytes):
            saw, expected = f"{other.file_bytes:,} bytes ({other.reason})", f"about {size:,} bytes"
            yield Observation(path=other.paths[0], subject=other.path, saw=saw, expected=expected)


def copy_beside(evidence: Evidence) -> Iterable[Observation]:
    """Both: a second copy of the same weights is here.

    The target holds the same safetensors weights more than once: whole and in shards, or in two precisions.

    Why: A download without a filter fetches every copy; disk and time double.

    Loads: Loaders choose one copy.

    Fix: Download one copy only (allow_patterns), or delete the other.
    """
    strays = {seen.path for seen in evidence.faults("shard-stray")}
    for other in evidence.checkpoint.alternatives:
        if kind_of(other.paths[0]) == "weights" and other.paths[0] not in strays:
            saw = f"{other.file_bytes:,} bytes: {other.reason}"
            yield Observation(path=other.paths[0], subject=other.path, saw=saw, expected="one copy")


def pointer_not_checked_out(evidence: Evidence) -> Iterable[Observation]:
    """Git LFS content was fetched and not checked out.

    The working copy holds a pointer; its content lies in the repository's LFS store, and was read from there.

    Why: Loaders see the pointer, not the weights.

    Loads: No loader opens the file as it is.

    Fix: Run "git lfs checkout".
    """
    found = [file for file in evidence.checkpoint.files if file.link_target.startswith(".git/lfs/objects/")]
    yield from in_one(found, "a pointer in the working copy", "its content")


def format_metadata_missing(evidence: Evidence) -> Iterable[Observation]:
    """No format in the metadata of the file.

    `__metadata__` is there and does not say {"format": "pt"} (or "tf", "flax", "mlx"), in a folder that transformers
    loads. A file without any metadata is fine.

    Why: transformers 4 refuses a file whose metadata has no format, although its tensors are sound.

    Loads: safetensors itself, and engines that read tensors by name.

    Fix: Save with metadata={"format": "pt"}.
    """
    for weights in evidence.checkpoint.weight_sets:
        _, config = evidence.config_of(weights)
        if "model_type" in config or "architectures" in config:
            for shard in weights.shards:
                said = shard.metadata.get("format")
                if shard.loadable and len(shard.tensors) and shard.metadata and said not in FORMATS:
                    saw = "no format key" if said is None else f"format {said!r}"
                    yield Observation(path=shard.path, saw=saw, expected='format: "pt", "tf", "flax" or "mlx"')


def size_unlike_listed(evidence: Evidence) -> Iterable[Observation]:
    """Size differs from what the Hub listed: incomplete or another file.

    The record of the download says how large the file is, and the file here is not.

    Why: The download stopped early, or the file was changed or replaced afterwards.

    Loads: Loaders that check the header against the size refuse a file that was cut off.

    Fix: Download the file again; "inspector verify" compares the hashes of all files.
    """
    return evidence.faults("size-unlike-listed")


def names_collide(evidence: Evidence) -> Iterable[Observation]:
    """File names that differ only in case or in Unicode form.

    Why: On macOS and Windows the two are one file: a download or checkout keeps whichever came last.

    Loads: Loaders on Linux open both.

    Fix: Rename one of them.
    """
    first: dict[str, str] = {}
    for file in evidence.checkpoint.files:
        other = first.setdefault(normalize("NFC", file.path).casefold(), file.path)
        if other != file.path:
            yield Observation(
                path=file.path, subject=other, saw="the same name but for case or form", expected="one name"
            )


def signature_unverified(evidence: Evidence) -> Iterable[Observation]:
    """Signature present, not verified.

    A signature or attestation lies beside the weights. It was not verified here.

    Why: A signature that nobody verifies protects nothing.

    Loads: Loaders do not look at it.

    Fix: Verify it with the tool that made it, such as model_signing or cosign.
    """
    found = [file for file in evidence.checkpoint.files if file.kind == "signature"]
    yield from in_one(found, "present and not verified")


def in_one(files: list[RepositoryFile], saw: str, expected: str = "") -> Iterator[Observation]:
    """Observations of many files as one finding for each folder, under the first file's path."""
    first: dict[str, str] = {}
    for file in sorted(files, key=lambda file: file.path):
        folder, _, name = file.path.rpartition("/")
        yield Observation(path=first.setdefault(folder, file.path), subject=name, saw=saw, expected=expected)


RULES: Final[tuple[Rule, ...]] = (
    Rule(code="ST401", name="lfs-pointer", severity="error", kind="integrity", check=lfs_pointer),
    Rule(code="ST402", name="foreign-format", severity="error", kind="integrity", check=foreign_format),
    Rule(code="ST403", name="partial-download", severity="warning", kind="integrity", check=partial_download),
    Rule(code="ST404", name="dangling-link", severity="error", kind="integrity", check=dangling_link),
    Rule(code="ST405", name="link-outside", severity="error", kind="security", check=link_outside),
    Rule(code="ST406", name="no-safetensors", severity="error", kind="security", check=no_safetensors),
    Rule(code="ST407", name="not-a-regular-file", severity="error", kind="integrity", check=not_a_regular_file),
    Rule(code="ST408", name="copies-differ", severity="warning", kind="integrity", check=copies_differ),
    Rule(
        code="ST409", name="format-metadata-missing", severity="warning", kind="hygiene", check=format_metadata_missing
    ),
    Rule(code="ST411", name="copy-beside", severity="info", kind="hygiene", check=copy_beside),
    Rule(
        code="ST412",
        name="pointer-not-checked-out",
        severity="error",
        kind="integrity",
        check=pointer_not_checked_out,
    ),
    Rule(code="ST413", name="size-unlike-listed", severity="error", kind="integrity", check=size_unlike_listed),
    Rule(code="ST414", name="names-collide", severity="warning", kind="hygiene", check=names_collide),
    Rule(code="ST410", name="signature-unverified", severity="info", kind="security", check=signature_unverified),
)
