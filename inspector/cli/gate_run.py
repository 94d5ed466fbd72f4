"""What one run of the gate does: targets, budgets, what is measured for each, one report a target."""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from inspector.analyses.census import Census
from inspector.cli.audit import AuditRun
from inspector.cli.baselines import Baseline
from inspector.cli.configuration import parse_limit
from inspector.cli.globs import expand, is_glob, matches
from inspector.cli.messages import show_error
from inspector.cli.options import Settings
from inspector.cli.run import Failed, Looked
from inspector.errors import InspectorError, NothingToInspect, UsageError
from inspector.model import Checkpoint
from inspector.rules.budgets import Budget, BudgetCheck, GateReport, Measured, Sizes
from inspector.rules.engine import AuditReport, NotChecked
from inspector.rules.measure import measure, select_files, stored_sizes
from inspector.rules.policy import evaluate, skip, suppress
from inspector.values import replace

#: Flag -> the key of the limit that it gives.
FLAGS: Final[Mapping[str, str]] = {
    "max_size": "max-size",
    "max_file_size": "max-file-size",
    "max_layer": "max-layer",
    "max_params": "max-params",
    "max_memory": "max-memory",
    "max_growth": "max-growth",
    "max_shards": "max-shards",
    "max_header_size": "max-header-size",
    "allow_dtype": "allow-dtypes",
    "deny_dtype": "deny-dtypes",
    "require_metadata": "require-metadata",
    "require_tensor": "require-tensors",
    "forbid_tensor": "forbid-tensors",
    "no_unsafe_files": "no-unsafe-files",
}
_FLAG_OF: Final = {key: option.replace("_", "-") for option, key in FLAGS.items()}
_TARGETS: Final = (".safetensors", ".safetensors.index.json", ".snapshot.json.gz")
_SIZED: Final = frozenset(("max-size", "max-growth", "max-component-size"))


class GateRun(AuditRun):
    """One run: an audit, and the budgets of the flags and the configuration."""

    def __init__(self, given: Mapping[str, Any], options: dict[str, Any], settings: Settings) -> None:
        every = tuple(options["ignore"])
        no_audit = any(part.strip().upper() == "ALL" for value in every for part in value.split(","))
        super().__init__({**options, "contents": False, "weights": False}, settings)
        self.no_audit = no_audit
        self.scheme: str = options["scheme"]
        self.context: int | None = options["context"]
        self.require_baseline: bool = options["require_baseline"]
        self.baseline = Baseline(options["baseline"] or self._configured_baseline(), settings)
        self.budgets = (*self._flags(given), *map(self._completed, self.configuration.budgets))
        self._check_schemes()
        self.tokenizers = any(budget.scheme for budget in self.budgets)

    def _configured_baseline(self) -> str:
        path = self.configuration.baseline
        return str(self.configuration.folder / path) if path else ""

    def _flags(self, given: Mapping[str, Any]) -> tuple[Budget, ...]:
        """The budget without a name that the flags make; none where no flag gives a limit."""
        asked = {key: list(value) if isinstance(value, tuple) else value for key, value in given.items() if value}
        limits = tuple(parse_limit(key, value, f"--{_FLAG_OF[key]}") for key, value in asked.items())
        return (Budget(name="", limits=limits, scheme=self.scheme, context=self.context),) if limits else ()

    def _completed(self, budget: Budget) -> Budget:
        return replace(budget, scheme=budget.scheme or self.scheme, context=budget.context or self.context)

    def _check_schemes(self) -> None:
        """Raises `UsageError` for a scheme that the catalogue does not have."""
        for scheme in {budget.scheme for budget in self.budgets if budget.scheme}:
            from inspector.analyses.projection import find_scheme

            find_scheme(scheme)

    def all(self, targets: Sequence[str]) -> list[AuditReport | Failed]:
        """The reports of all targets, globs expanded; a budget that matched nothing is a part without a verdict."""
        used: set[int] = set()
        results = [self._one_gate(target, used) for target in self._expanded(targets)]
        return self._with_unmatched(results, used, named=bool(targets))

    def _expanded(self, targets: Sequence[str]) -> Iterator[str]:
        """Targets as named; a glob that no shell expanded, and without targets the paths of the budgets."""
        if not targets:
            yield from self._configured_targets()
        for target in targets:
            if not is_glob(target) or os.path.lexists(target) or "://" in target:
                yield target
                continue
            found = expand([target], Path.cwd())
            if not found:
                raise NothingToInspect(f"Nothing matches {target}.", hint="Check the glob and the working folder.")
            yield from found

    def _configured_targets(self) -> list[str]:
        patterns = [budget.paths for budget in self.configuration.budgets if budget.paths]
        folder = self.configuration.folder
        found = [path for globs in patterns for path in expand(globs, folder) if _may_be_target(folder / path)]
        if not patterns:
            raise UsageError("No target is given.", hint="Name one, or give the budgets of inspector.toml a path.")
        if not found:
            raise NothingToInspect(
                f"Nothing matches the paths of the budgets in {Path(self.configuration.path).name}.",
                hint="Paths are relative to the folder of the configuration.",
            )
        kept = [path for path in found if not any(other == "." or path.startswith(f"{other}/") for other in found)]
        return [_from_here(folder / path) for path in dict.fromkeys(kept or ["."])]

    def _one_gate(self, target: str, used: set[int]) -> AuditReport | Failed:
        """The report of one target; what cannot be looked at has been said on stderr."""
        try:
            looked, report = self.judge(target)
        except UsageError:
            raise
        except InspectorError as error:
            show_error(error)
            return Failed(target, error)
        if looked is None:
            return report
        return self._gated(looked, report, used)

    def _gated(self, looked: Looked, report: AuditReport, used: set[int]) -> GateReport:
        unsafe = [finding.path for finding in report.counted if finding.kind == "security"]
        checks: list[BudgetCheck] = []
        for i, budget in enumerate(self.budgets):
            part = self._part(looked, budget)
            if part is not None:
                used.add(i)
                checks += self._held(looked, part, budget, unsafe)
        audit = report if not self.no_audit else replace(report, findings=(), checks=())
        made, broken = suppress(
            checks, self.configuration.suppressions_for(looked.target), _only_file(looked), date.today()
        )
        return GateReport(
            target=report.target,
            findings=(*broken, *audit.findings),
            checks=(*made, *audit.checks),
            not_checked=(*report.not_checked, *_unmeasured(made), *self._nothing_to_check(audit)),
            notes=report.notes,
            fail_on=report.fail_on,
            sizes=stored_sizes(looked.checkpoint, looked.census),
        )

    def _nothing_to_check(self, audited: AuditReport) -> tuple[NotChecked, ...]:
        """A gate without budgets that selects no rules either is no pass; but fails by the audit."""
        if self.budgets or self.select or audited.failing:
            return ()
        why = "no budget is given, by flag or configuration"
        return (NotChecked(path="", why=why, hint="Give one, such as --max-size 5GB."),)

    def _part(self, looked: Looked, budget: Budget) -> tuple[str, Checkpoint, Census] | None:
        """What of a target a budget is for: all of it, some of its files, or nothing."""
        if not budget.paths:
            return "", looked.checkpoint, looked.census
        paths = {shard.path for shard in looked.checkpoint.shards}
        wanted = frozenset(p for p in paths if any(matches(n, budget.paths) for n in self._names(looked, p)))
        if not wanted:
            return None
        if wanted == paths:
            return "", looked.checkpoint, looked.census
        from inspector.analyses.labelling import take_census

        checkpoint = select_files(looked.checkpoint, wanted)
        name = next(iter(wanted)) if len(wanted) == 1 else f"{len(wanted)} of {len(paths)} files"
        return name, checkpoint, take_census(checkpoint)

    def _names(self, looked: Looked, path: str) -> Iterator[str]:
        """How a configuration may write a file: relative to its folder, or within a target that is not local."""
        if looked.checkpoint.target.kind not in ("file", "folder"):
            yield from (path, f"{looked.checkpoint.target.ref}/{path}")
            return
        yield self.configuration.prefix_of(looked.target) + path

    def _held(
        self, looked: Looked, part: tuple[str, Checkpoint, Census], budget: Budget, unsafe: Sequence[str]
    ) -> tuple[BudgetCheck, ...]:
        name, checkpoint, census = part
        measured = replace(measure(name, checkpoint, census, unsafe), units=self.settings.units)
        asked = {limit.key for limit in budget.limits}
        if budget.scheme and asked & _SIZED:
            measured = _projected(measured, checkpoint, census, budget.scheme)
        if "max-memory" in asked:
            measured = _with_memory(measured, checkpoint, census, budget)
        if "max-growth" in asked:
            sizes, why = self.baseline.sizes(looked.checkpoint.target.ref, budget.scheme)
            measured = replace(measured, baseline=sizes, baseline_why=why)
        return evaluate(budget, measured, required=("max-growth",) if self.require_baseline else ())

    def _with_unmatched(
        self, results: list[AuditReport | Failed], used: set[int], *, named: bool
    ) -> list[AuditReport | Failed]:
        """The reports, the last of them with each budget whose paths matched nothing.

        Where targets were named and other budgets hold for them, these are for others and skipped; else no verdict.
        """
        idle = [budget for i, budget in enumerate(self.budgets) if i not in used]
        at = next((i for i in reversed(range(len(results))) if isinstance(results[i], GateReport)), None)
        if not idle or at is None:
            return results
        last = results[at]
        assert isinstance(last, GateReport)
        if named and used:
            skipped = [check for budget in idle for check in skip(budget, "for none of these targets")]
            results[at] = replace(last, checks=(*last.checks, *skipped))
            return results
        parts = [
            NotChecked(
                path=", ".join(budget.paths),
                why=f"nothing matched the path of {budget.origin}",
                hint="Paths are relative to the folder of the configuration.",
            )
            for budget in idle
        ]
        results[at] = replace(last, not_checked=(*last.not_checked, *parts))
        return results


def _from_here(path: Path) -> str:
    """A path relative to the working folder, as it is where there is no such way (another drive)."""
    try:
        return Path(os.path.relpath(path)).as_posix()
    except ValueError:
        return path.as_posix()


def _may_be_target(path: Path) -> bool:
    """Is it a folder, or a file of weights? A glob may also match what lies beside them."""
    return path.is_dir() or path.name.endswith(_TARGETS)


def _only_file(looked: Looked) -> str:
    """The file that a target's findings are about where it has only one, else ""."""
    shards = looked.checkpoint.shards
    return shards[0].path if len(shards) == 1 else ""


def _unmeasured(checks: Sequence[BudgetCheck]) -> list[NotChecked]:
    """A budget whose figure cannot be had has no verdict, and is no pass."""
    return [NotChecked(path=check.path, why=f"{check.name}: {check.why}") for check in checks if check.unmeasured]


def _projected(measured: Measured, checkpoint: Checkpoint, census: Census, scheme: str) -> Measured:
    """The same with the sizes that a scheme projects; None with the reason where it is not offered."""
    from inspector.analyses.projection import project

    result = project(checkpoint, census, [scheme])
    for row in result.projections:
        sizes = Sizes(file_bytes=row.projected_bytes, components=dict(row.components))
        return replace(measured, sizes=sizes, scheme=scheme)
    why = next((row.reason for row in result.not_offered), "the scheme gives no size")
    return replace(measured, sizes=None, projection=f"{scheme} is not offered: {why}", scheme=scheme)


def _with_memory(measured: Measured, checkpoint: Checkpoint, census: Census, budget: Budget) -> Measured:
    from inspector.cli.gate_memory import estimate_bytes

    estimated, why = estimate_bytes(
        checkpoint, census, scheme=budget.scheme, context=budget.context, units=measured.units
    )
    return replace(measured, memory_bytes=estimated, memory_why=why)
