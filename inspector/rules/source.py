"""ST8xx: where the weights come from, and whether their contents are those that were published."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from inspector.rules.engine import Observation, Rule
from inspector.rules.evidence import Evidence


def repository_gated(evidence: Evidence) -> Iterable[Observation]:
    """Gated repository.

    Why: A download needs an account that accepted the conditions; automated jobs fail without a token.

    Loads: With a token.

    Fix: Accept the conditions on the Hub and pass a token.
    """
    gated = evidence.checkpoint.repository.get("gated")
    if gated and str(gated).lower() != "false":
        yield Observation(path="", subject="gated", saw=str(gated)[:40], expected="open to all")


def repository_disabled(evidence: Evidence) -> Iterable[Observation]:
    """Disabled repository.

    Why: The Hub has taken it out of service; downloads fail.

    Loads: Nobody.

    Fix: Use another source.
    """
    if evidence.checkpoint.repository.get("disabled") is True:
        yield Observation(path="", subject="disabled", saw="disabled by the Hub", expected="in service")


def scan_unsafe(evidence: Evidence) -> Iterable[Observation]:
    """Hub scan reports an unsafe file.

    A scanner that the Hub runs found malware or a dangerous pickle import. This is the Hub's verdict, not ours.

    Why: Loading the file may run hostile code.

    Loads: Loaders that open the file.

    Fix: Do not use the file.
    """
    for path, status in _scans(evidence):
        if status in ("unsafe", "infected", "suspicious", "dangerous", "malicious"):
            yield Observation(
                path=path, subject="security scan", saw=f"{status}, as reported by the Hub", expected="safe"
            )


def scan_pending(evidence: Evidence) -> Iterable[Observation]:
    """Hub scan pending or failed.

    Why: A scan that has not ended says nothing; pending is not safe.

    Loads: Every loader.

    Fix: Look again later.
    """
    if evidence.checkpoint.repository.get("scan_done") is False:
        yield Observation(path="", subject="security scan", saw="not finished, as reported by the Hub", expected="safe")
    for path, status in _scans(evidence):
        if status in ("pending", "queued", "unscanned", "error", "failed"):
            yield Observation(
                path=path, subject="security scan", saw=f"{status}, as reported by the Hub", expected="safe"
            )


def revision_not_pinned(evidence: Evidence) -> Iterable[Observation]:
    """Revision not pinned.

    The target names a branch or tag of a Hub repository and not a commit, or a tag in a registry and not a digest.
    Branches and tags can move.

    Why: The next run may see other weights and other code under the same name.

    Loads: Every loader.

    Fix: Pin the commit or digest that this report names.
    """
    target = evidence.checkpoint.target
    pinned = {"hub": r"[0-9a-f]{40}", "oci": r"sha(?:256|512):[0-9a-f]+"}.get(target.kind, "")
    if target.repo_id and pinned and not re.fullmatch(pinned, target.requested_revision):
        saw = target.requested_revision or "the default branch"
        yield Observation(
            path="", subject="revision", saw=saw, expected=target.revision or evidence.checkpoint.revision
        )


def _scans(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Path and status of each file that the Hub's scanners have something to say of."""
    security: Any = evidence.checkpoint.repository.get("security")
    if isinstance(security, Mapping):
        for path, value in security.items():
            status = value.get("status") if isinstance(value, Mapping) else value
            yield str(path), str(status).lower()


RULES: Final[tuple[Rule, ...]] = (
    Rule(code="ST801", name="repository-gated", severity="info", kind="policy", check=repository_gated, needs="hub"),
    Rule(
        code="ST802",
        name="repository-disabled",
        severity="error",
        kind="policy",
        check=repository_disabled,
        needs="hub",
    ),
    Rule(code="ST803", name="scan-unsafe", severity="error", kind="security", check=scan_unsafe, needs="hub"),
    Rule(code="ST804", name="scan-pending", severity="info", kind="security", check=scan_pending, needs="hub"),
    Rule(
        code="ST805",
        name="revision-not-pinned",
        severity="info",
        kind="policy",
        check=revision_not_pinned,
        needs="revision",
    ),
)
