"""ST81x: are the contents of the files those that were published? Judges what `inspector verify` computed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from inspector.knowledge.file_kinds import kind_of
from inspector.rules.engine import Observation, Rule
from inspector.rules.evidence import Evidence

if TYPE_CHECKING:
    from inspector.analyses.verification import Outcome
    from inspector.readers.claims import Claim


def hash_mismatch(evidence: Evidence) -> Iterable[Observation]:
    """Contents differ from the known hash.

    Why: The file was damaged on the way or changed afterwards; one flipped bit in a weight gives no error on loading.

    Loads: Every loader opens it. Hub clients compare sizes, not hashes.

    Fix: Download the file again; if the hash still differs, ask its publisher.
    """
    for outcome in _outcomes(evidence):
        if outcome.digest_differs and not outcome.size_differs:
            claim = outcome.claim
            saw, expected = f"{claim.algorithm} {outcome.actual}", f"{claim.digest} from {claim.origin}"
            yield Observation(path=claim.path, subject=claim.algorithm, saw=saw, expected=expected)


def size_mismatch(evidence: Evidence) -> Iterable[Observation]:
    """Size differs from the published one: truncated or another file.

    Why: The download stopped early, or another version is here.

    Loads: Loaders that check the header against the size refuse it.

    Fix: Download the file again.
    """
    for outcome in _outcomes(evidence):
        if outcome.size_differs:
            expected = f"{outcome.claim.bytes:,} bytes from {outcome.claim.origin}"
            yield Observation(path=outcome.claim.path, saw=f"{outcome.actual_bytes:,} bytes", expected=expected)


def weights_absent(evidence: Evidence) -> Iterable[Observation]:
    """Missing weights: published and not here.

    Why: The model is incomplete, or only one of several copies was downloaded on purpose.

    Loads: Loaders that need the file fail.

    Fix: Download the file if you need this copy of the weights.
    """
    for claim in _absent(evidence):
        if kind_of(claim.path) in ("weights", "index"):
            yield Observation(path=claim.path, saw="missing: not found", expected=f"a file of {claim.origin}")


def file_absent(evidence: Evidence) -> Iterable[Observation]:
    """Published file is not here.

    Why: Partial downloads are common; a missing tokenizer or configuration still stops a loader.

    Loads: Depends on the file.

    Fix: Download the file if you need it.
    """
    found = [claim for claim in _absent(evidence) if kind_of(claim.path) not in ("weights", "index")]
    for claim in found:
        yield Observation(path=found[0].path, subject=claim.path, saw="not found", expected=f"a file of {claim.origin}")


def file_unpublished(evidence: Evidence) -> Iterable[Observation]:
    """File that was not published with the others.

    Why: Somebody added it after the download; loaders that take every file take it too.

    Loads: Depends on the file.

    Fix: Find out where it comes from.
    """
    found = evidence.verification.unpublished if evidence.verification else ()
    for path in found:
        yield Observation(
            path=found[0], subject=path, saw="not in the published listing", expected="published files only"
        )


def weights_unverified(evidence: Evidence) -> Iterable[Observation]:
    """Weights without a known hash: not verified.

    Why: Nothing is known here that the file could be compared with.

    Loads: Every loader opens it.

    Fix: Name the repository it comes from (--against), or a checksum list.
    """
    for path in evidence.verification.unclaimed if evidence.verification else ():
        if kind_of(path) == "weights":
            yield Observation(path=path, saw="no known hash", expected="a hash to compare with")


def _outcomes(evidence: Evidence) -> "tuple[Outcome, ...]":
    return evidence.verification.outcomes if evidence.verification else ()


def _absent(evidence: Evidence) -> "tuple[Claim, ...]":
    return evidence.verification.absent if evidence.verification else ()


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        code="ST810",
        name="hash-mismatch",
        severity="error",
        kind="integrity",
        check=hash_mismatch,
        needs="verification",
    ),
    Rule(
        code="ST811",
        name="published-size",
        severity="error",
        kind="integrity",
        check=size_mismatch,
        needs="verification",
    ),
    Rule(
        code="ST812",
        name="weights-absent",
        severity="warning",
        kind="integrity",
        check=weights_absent,
        needs="verification",
    ),
    Rule(code="ST813", name="file-absent", severity="info", kind="integrity", check=file_absent, needs="verification"),
    Rule(
        code="ST814",
        name="file-unpublished",
        severity="info",
        kind="integrity",
        check=file_unpublished,
        needs="verification",
    ),
    Rule(
        code="ST815",
        name="weights-unverified",
        severity="warning",
        kind="integrity",
        check=weights_unverified,
        needs="verification",
    ),
)
