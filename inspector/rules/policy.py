"""Budgets and expectations: the catalogue of what may be gated, and budgets held against a measured artifact.

Comparisons are on integers, and a value equal to its limit passes. Budgets share findings and exit codes
with the audit: a broken one is a finding of kind `policy`.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from hashlib import sha256
from typing import Any, Final

from inspector.rules import policy_checks as checks
from inspector.rules.budgets import Budget, BudgetCheck, Limit, Measured, Outcome, ValueKind
from inspector.rules.engine import Finding, Observation, Rule, Status, Suppressed
from inspector.rules.suppressions import Suppression
from inspector.values import frozen, replace

_FINGERPRINT: Final = 32


@frozen
class PolicyRule:
    """One kind of limit: `code` is never reused; the check's docstring explains it."""

    code: str
    key: str
    kind: ValueKind
    check: Callable[[Any, Measured], Outcome]

    @property
    def rule(self) -> Rule:
        """As the catalogue of rules shows it."""
        return Rule(code=self.code, name=self.key, severity="error", kind="policy", check=_explained(self.check))


def _explained(check: Callable[[Any, Measured], Outcome]) -> Callable[[Any], Iterable[Observation]]:
    """A check for the catalogue: it explains itself, and sees nothing where no budget is given."""

    def without_budget(_: Any) -> Iterable[Observation]:
        return ()

    without_budget.__doc__ = check.__doc__
    return without_budget


LIMITS: Final[tuple[PolicyRule, ...]] = (
    PolicyRule(code="ST701", key="max-size", kind="size", check=checks.total_size),
    PolicyRule(code="ST702", key="max-file-size", kind="size", check=checks.file_size),
    PolicyRule(code="ST703", key="max-layer", kind="place", check=checks.layer_size),
    PolicyRule(code="ST704", key="max-params", kind="count", check=checks.parameters),
    PolicyRule(code="ST705", key="max-memory", kind="size", check=checks.memory),
    PolicyRule(code="ST706", key="max-growth", kind="growth", check=checks.growth),
    PolicyRule(code="ST707", key="max-component-size", kind="sizes", check=checks.component_sizes),
    PolicyRule(code="ST708", key="max-dtype-size", kind="sizes", check=checks.dtype_sizes),
    PolicyRule(code="ST709", key="max-header-size", kind="size", check=checks.header_size),
    PolicyRule(code="ST710", key="max-shards", kind="number", check=checks.shard_count),
    PolicyRule(code="ST711", key="allow-dtypes", kind="dtypes", check=checks.allowed_dtypes),
    PolicyRule(code="ST712", key="deny-dtypes", kind="dtypes", check=checks.denied_dtypes),
    PolicyRule(code="ST713", key="require-metadata", kind="texts", check=checks.required_metadata),
    PolicyRule(code="ST714", key="require-tensors", kind="texts", check=checks.required_tensors),
    PolicyRule(code="ST715", key="forbid-tensors", kind="texts", check=checks.forbidden_tensors),
    PolicyRule(code="ST716", key="no-unsafe-files", kind="flag", check=checks.no_unsafe_files),
)

LIMIT_BY_KEY: Final[Mapping[str, PolicyRule]] = {row.key: row for row in LIMITS}
LIMIT_BY_CODE: Final[Mapping[str, PolicyRule]] = {row.code: row for row in LIMITS}
POLICY_RULES: Final[tuple[Rule, ...]] = tuple(row.rule for row in LIMITS)


def evaluate(budget: Budget, measured: Measured, *, required: Iterable[str] = ()) -> tuple[BudgetCheck, ...]:
    """One check for each limit of a budget; a skip of a `required` key is a failure."""
    must = set(required)
    return tuple(_check(budget, limit, measured, limit.key in must) for limit in budget.limits)


def skip(budget: Budget, why: str) -> tuple[BudgetCheck, ...]:
    """The same for a budget that is not for what was looked at."""
    return tuple(
        BudgetCheck(rule=LIMIT_BY_KEY[limit.key].code, status="skip", name=f"{budget.name}: {limit.key}", why=why)
        for limit in budget.limits
    )


def _check(budget: Budget, limit: Limit, measured: Measured, must: bool) -> BudgetCheck:
    row = LIMIT_BY_KEY[limit.key]
    outcome = row.check(limit.value, measured)
    status: Status = "fail" if must and outcome.status == "skip" else outcome.status
    todo = (
        "Change the artifact, or edit"
        if row.kind in ("texts", "dtypes", "flag")
        else "Make it smaller, or raise the limit in"
    )
    edit = f"{todo} {budget.origin}." if budget.origin else ""
    return BudgetCheck(
        rule=row.code,
        status=status,
        actual=outcome.actual,
        limit=outcome.limit or limit.text,
        why=outcome.why,
        name=f"{budget.name}: {row.key}" if budget.name else row.key,
        path=measured.path,
        over=outcome.over,
        advice=(outcome.advice or edit) if status == "fail" else "",
        message=budget.message if status == "fail" else "",
        unmeasured=outcome.unmeasured,
    )


def suppress(
    made: Iterable[BudgetCheck], suppressions: Iterable[Suppression], path: str, today: date
) -> tuple[tuple[BudgetCheck, ...], tuple[Finding, ...]]:
    """Checks, and a finding for each that failed (about `path` where it names no file); accepted ones are skipped."""
    rows = [row for row in suppressions if row.expires is None or row.expires >= today]
    checks, findings = [], []
    for check in made:
        if check.status == "fail":
            finding = _finding(check, path)
            row = LIMIT_BY_CODE[check.rule].rule
            seen = Observation(path=finding.path)
            accepted = next((one for one in rows if one.covers(row, seen)), None)
            if accepted is not None:
                until = accepted.expires.isoformat() if accepted.expires else ""
                finding = replace(finding, suppressed=Suppressed(reason=accepted.reason, expires=until))
                why = f"suppressed: {accepted.reason}"
                check = replace(check, status="skip", why=why, over="", advice="", message="")
            findings.append(finding)
        checks.append(check)
    return tuple(checks), tuple(findings)


def is_for_budgets(suppression: Suppression) -> bool:
    """Does an accepted finding speak of budgets only, and never of an audit's rule?"""
    return suppression.rule.upper().startswith("ST7") or suppression.rule.lower() in LIMIT_BY_KEY


def _finding(check: BudgetCheck, path: str) -> Finding:
    over = f", {check.over} over" if check.over else ""
    said = f"{check.name} is broken: {check.actual or check.why} (limit {check.limit}{over})."
    identity = "\0".join((check.rule, check.name, check.path))
    return Finding(
        rule=check.rule,
        name=check.name.rpartition(": ")[2],
        severity="error",
        kind="policy",
        message=" ".join(part for part in (said, check.message) if part),
        path=check.path or path,
        subject=check.name,
        saw=check.actual or check.why,
        expected=check.limit,
        fingerprint=sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:_FINGERPRINT],
        action=" ".join(part for part in (check.why if check.actual else "", check.advice) if part),
    )
