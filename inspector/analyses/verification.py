"""Contents against known hashes: what is claimed of each file, what was computed, and what follows."""

from collections.abc import Mapping, Sequence
from typing import Any

from inspector.readers.claims import Algorithm, Claim
from inspector.values import frozen


@frozen
class Outcome:
    """One claim compared with the file: `actual` is "" where the size already differed or nothing was computed."""

    claim: Claim
    actual_bytes: int
    actual: str = ""

    @property
    def size_differs(self) -> bool:
        return self.claim.bytes is not None and self.claim.bytes != self.actual_bytes

    @property
    def digest_differs(self) -> bool:
        return bool(self.actual and self.claim.digest and self.actual != self.claim.digest)

    @property
    def agrees(self) -> bool:
        return not self.size_differs and bool(self.claim.digest) and self.actual == self.claim.digest

    def to_dict(self) -> dict[str, Any]:
        claim = self.claim
        status = "agrees" if self.agrees else "differs" if self.size_differs or self.digest_differs else "not computed"
        return {
            "path": claim.path,
            "algorithm": claim.algorithm,
            "expected": claim.digest,
            "actual": self.actual,
            "expected_bytes": claim.bytes,
            "actual_bytes": self.actual_bytes,
            "origin": claim.origin,
            "status": status,
        }


@frozen
class Verification:
    """What the claims came to. `absent` are claimed files that are not there, `unclaimed` files nobody speaks of."""

    outcomes: tuple[Outcome, ...] = ()
    absent: tuple[Claim, ...] = ()
    unclaimed: tuple[str, ...] = ()
    unpublished: tuple[str, ...] = ()

    @property
    def verified(self) -> int:
        """How many files agree with a digest."""
        return len({outcome.claim.path for outcome in self.outcomes if outcome.agrees})


def plan_digests(claims: Sequence[Claim], sizes: Mapping[str, int]) -> dict[str, tuple[Algorithm, ...]]:
    """Path -> the algorithms to compute for it: those of its claims, none where its size already differs."""
    wanted: dict[str, tuple[Algorithm, ...]] = {}
    for claim in claims:
        size = sizes.get(claim.path)
        fits = size is not None and claim.bytes in (None, size)
        if fits and claim.digest and claim.algorithm not in wanted.get(claim.path, ()):
            wanted[claim.path] = (*wanted.get(claim.path, ()), claim.algorithm)
    return wanted


def verify(
    claims: Sequence[Claim],
    sizes: Mapping[str, int],
    digests: Mapping[tuple[str, Algorithm], str],
    published: Sequence[str],
) -> Verification:
    """Compare claims with sizes and computed digests; `published` are all files of the origin that lists them."""
    claimed = {claim.path for claim in claims}
    outcomes = [
        Outcome(claim=claim, actual_bytes=sizes[claim.path], actual=digests.get((claim.path, claim.algorithm), ""))
        for claim in claims
        if claim.path in sizes
    ]
    absent = {claim.path: claim for claim in claims if claim.path not in sizes}
    return Verification(
        outcomes=tuple(outcomes),
        absent=tuple(absent[path] for path in sorted(absent)),
        unclaimed=tuple(sorted(path for path in sizes if path not in claimed)),
        unpublished=tuple(sorted(set(sizes) - set(published))) if published else (),
    )
