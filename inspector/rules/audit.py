"""Runs rules over evidence and makes findings and checks of what they saw."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from inspector.analyses.census import Census
from inspector.model import Checkpoint
from inspector.paths import name_of
from inspector.rules.catalogue import RULES, select_rules
from inspector.rules.engine import (
    KEPT_SUBJECTS,
    SEVERITIES,
    AuditReport,
    Check,
    Explanation,
    Finding,
    NotChecked,
    Observation,
    Rule,
    Suppressed,
    explain,
)
from inspector.rules.evidence import Evidence
from inspector.rules.suppressions import Suppression, Suppressions
from inspector.text import shorten

if TYPE_CHECKING:
    from datetime import date

    from inspector.analyses.recognition.architecture import Architecture
    from inspector.analyses.verification import Verification
    from inspector.readers.contents import Content
    from inspector.readers.tensor_data import TensorStatistics

#: Longest subject, and longest words of what was seen, that a finding carries.
MAX_SUBJECT_CHARS = 500
_SHOWN_IN_MESSAGE = 200

#: Needs that cost no reading beyond headers and configuration.
_FREE = frozenset({"", "index", "config"})


def audit(
    checkpoint: Checkpoint,
    census: Census | None = None,
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    suppressions: Sequence[Suppression] = (),
    fail_on: str = "error",
    contents: "Mapping[str, Content] | None" = None,
    tensor_data: "tuple[TensorStatistics, ...] | None" = None,
    verification: "Verification | None" = None,
    not_checked: Sequence[NotChecked] = (),
    notes: Sequence[str] = (),
    today: "date | None" = None,
) -> AuditReport:
    """Judge a checkpoint by the selected rules.

    `contents`, `tensor_data` and `verification` are what was read beyond headers, None where it was not;
    `not_checked` are parts that the caller could not read, `notes` its remarks on the run.
    Raises `UsageError` for a selector that matches no rule.
    """
    rules = select_rules(select, ignore)
    evidence = Evidence(
        checkpoint,
        census or _census(checkpoint),
        contents=contents,
        tensor_data=tensor_data,
        verification=verification,
    )
    accepted = Suppressions(suppressions, today)
    findings, checks = _judge_all(rules, evidence, accepted)
    return AuditReport(
        target=checkpoint.target,
        findings=_ordered(findings),
        checks=checks,
        not_checked=(*_unread(checkpoint), *not_checked),
        notes=(*accepted.notes(), *notes),
        fail_on=fail_on,
    )


def _judge_all(
    rules: Iterable[Rule], evidence: Evidence, accepted: Suppressions
) -> tuple[list[Finding], tuple[Check, ...]]:
    """The findings of all rules, and what became of each; those that lack what they need are skipped."""
    missing = _missing_needs(evidence)
    findings: list[Finding] = []
    checks: list[Check] = []
    for rule in rules:
        if why := missing.get(rule.needs, ""):
            checks.append(Check(rule=rule.code, name=rule.name, status="skip", why=why))
            continue
        found = _judge(rule, evidence, accepted)
        findings += found
        checks.append(_check(rule, found))
    return findings, tuple(checks)


def notable_findings(
    checkpoint: Checkpoint,
    census: Census,
    architecture: "Architecture | None" = None,
    *,
    rules: Iterable[Rule] = RULES,
    suppressions: Sequence[Suppression] = (),
) -> tuple[Finding, ...]:
    """The errors and warnings that cost no reading beyond headers and configuration; what `inspect` shows."""
    evidence = Evidence(checkpoint, census, architecture=architecture)
    accepted = Suppressions(suppressions)
    chosen = [rule for rule in rules if rule.needs in _FREE and rule.severity != "info"]
    return _ordered([finding for rule in chosen for finding in _judge(rule, evidence, accepted)])


def _census(checkpoint: Checkpoint) -> Census:
    from inspector.analyses.labelling import take_census

    return take_census(checkpoint)


def _missing_needs(evidence: Evidence) -> Mapping[str, str]:
    """Why the rules of each need are skipped."""
    checkpoint = evidence.checkpoint
    missing: dict[str, str] = {}
    if not any(weights.index for weights in checkpoint.weight_sets):
        missing["index"] = "there is no index"
    if not checkpoint.configs:
        missing["config"] = "there is no configuration beside the weights"
    if checkpoint.target.kind != "hub" and ("layers" in checkpoint.repository or not checkpoint.repository):
        missing["hub"] = "the target is not on the Hub"
    if not checkpoint.target.requested_revision:
        missing["revision"] = "the target has no revisions"
    if evidence.contents is None:
        missing["contents"] = "files beside the headers were not read"
    if evidence.tensor_data is None:
        missing["tensor-data"] = "weights were not read; --weights reads them"
    if evidence.verification is None:
        missing["verification"] = "contents were not hashed; inspector verify hashes them"
    return missing


def _judge(rule: Rule, evidence: Evidence, accepted: Suppressions) -> list[Finding]:
    """The findings of one rule: its observations by file, those that are accepted apart from the rest."""
    groups: dict[tuple[str, Suppressed | None], list[Observation]] = {}
    for seen in rule.check(evidence):
        groups.setdefault((seen.path, accepted.covering(rule, seen)), []).append(seen)
    if not groups:
        return []
    words = explain(rule)
    return [_finding(rule, words, path, suppressed, seen) for (path, suppressed), seen in groups.items()]


def _finding(
    rule: Rule, words: Explanation, path: str, suppressed: Suppressed | None, seen: Sequence[Observation]
) -> Finding:
    first = seen[0]
    subjects = [shorten(one.subject, MAX_SUBJECT_CHARS) for one in seen if one.subject]
    count = sum(one.count for one in seen)
    subject = subjects[0] if subjects else name_of(path)
    return Finding(
        rule=rule.code,
        name=rule.name,
        severity=rule.severity,
        kind=rule.kind,
        message=_message(words.title, first, count),
        path=path,
        subject=subject,
        saw=shorten(first.saw, MAX_SUBJECT_CHARS),
        expected=shorten(first.expected, MAX_SUBJECT_CHARS),
        fingerprint=_fingerprint(rule, path, seen),
        action=first.detail or words.fix,
        subjects=tuple(dict.fromkeys(subjects))[:KEPT_SUBJECTS],
        count=count,
        offset=first.offset,
        suppressed=suppressed,
    )


def _message(title: str, first: Observation, count: int) -> str:
    """One sentence without its subject's path: what the rule says, then what was seen and expected."""
    subject = shorten(first.subject, _SHOWN_IN_MESSAGE)
    others = f" and {count - 1:,} more" if count > 1 else ""
    place = f" at byte {first.offset:,}" if first.offset is not None else ""
    what = ": ".join(part for part in (f"{subject}{others}", shorten(first.saw, _SHOWN_IN_MESSAGE)) if part)
    expected = f"; expected {shorten(first.expected, _SHOWN_IN_MESSAGE)}" if first.expected else ""
    return f"{title}: {what}{place}{expected}"


def _fingerprint(rule: Rule, path: str, seen: Sequence[Observation]) -> str:
    """The same for the same rule, file and kinds of subjects, whatever their order, offsets and numbers.

    Where only some of the subjects are named, which ones depends on the order in the file, so none counts.
    """
    from hashlib import sha256

    listed = all(one.count == 1 for one in seen)
    patterns = sorted({re.sub(r"[0-9]+", "*", one.subject[:10_000]) for one in seen}) if listed else []
    text = "\0".join((rule.code, path, *patterns))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _check(rule: Rule, found: Sequence[Finding]) -> Check:
    counted = [finding for finding in found if finding.suppressed is None]
    if not counted:
        return Check(rule=rule.code, name=rule.name, status="pass", why=f"{len(found)} suppressed" if found else "")
    actual = sum(finding.count for finding in counted)
    return Check(rule=rule.code, name=rule.name, status="fail", actual=str(actual), limit="0", why=counted[0].message)


def _ordered(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    key: Callable[[Finding], tuple[int, str, str]] = lambda f: (SEVERITIES.index(f.severity), f.path, f.rule)  # noqa: E731
    return tuple(sorted(findings, key=key))


def _unread(checkpoint: Checkpoint) -> list[NotChecked]:
    """Parts without a verdict; what is no regular file is a finding instead."""
    parts = [
        NotChecked(path=part.path, why=part.message, hint=part.hint)
        for part in checkpoint.unread
        if part.kind != "not-a-file" or not part.path
    ]
    limits = [NotChecked(path=s.path, why=s.limit) for s in checkpoint.shards if s.limit and s.loadable is None]
    return parts + limits
