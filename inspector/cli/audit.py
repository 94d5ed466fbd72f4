"""`inspector audit TARGET…`: every rule, judged."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from inspector.cli import completions
from inspector.cli.configuration import load_configuration
from inspector.cli.findings_output import FAIL_ON, FORMATS, exit_code, write_reports
from inspector.cli.messages import show_error, show_note
from inspector.cli.options import Settings, output_options, source_options, take_settings, targets_argument
from inspector.cli.progress import byte_progress
from inspector.cli.run import Failed, Looked, look_at, open_source
from inspector.cli.sections import Command
from inspector.errors import CannotLook, InspectorError, NothingToInspect, UsageError
from inspector.knowledge.file_kinds import KIND_BY_ID
from inspector.model import RepositoryFile
from inspector.readers.bare import bare_checkpoint
from inspector.readers.contents import MAX_FILES, look_into
from inspector.readers.tensor_data import TensorStatistics, demand_numpy, read_statistics
from inspector.rules.audit import audit
from inspector.rules.catalogue import all_rules, select_rules
from inspector.rules.engine import AuditReport, NotChecked
from inspector.rules.policy import is_for_budgets
from inspector.rules.suppressions import Suppression
from inspector.units import format_bytes
from inspector.values import replace


@click.command("audit", cls=Command)
@targets_argument
@click.option(
    "--select",
    multiple=True,
    metavar="RULE",
    shell_complete=completions.rules,
    help="Only these rules: a code, its beginning, or a name.",
)
@click.option("--ignore", multiple=True, metavar="RULE", shell_complete=completions.rules, help="Not these rules.")
@click.option("--fail-on", type=click.Choice(FAIL_ON), default=None, help="The least severity that fails (error).")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 despite findings.")
@click.option("--contents", is_flag=True, help="Look into files beside the weights, and at the ends of weight files.")
@click.option(
    "--weights", is_flag=True, help="Read all tensor data for NaN, infinity and constant weights (needs NumPy)."
)
@source_options
@output_options(*FORMATS, configured=True)
def command(targets: tuple[str, ...], **options: Any) -> int:
    """Is it whole, sound, consistent and safe to load?

    Findings with severity, code, what was seen and expected, and what to do; then what was not checked; then the
    verdict. Exit code 0: nothing at or above --fail-on; 1: findings; 3: no verdict on a part.

    \b
    Examples:
      inspector audit model.safetensors
      inspector audit org/name -o sarif=audit.sarif
      inspector audit ./model --select ST3 --fail-on warning
    """
    run = AuditRun(options, take_settings(options))
    if not select_rules(run.select, run.ignore):
        raise UsageError("No rule is left to judge by.", hint="Select more, or ignore less.")
    results = [run.one(target) for target in targets]
    write_reports(run.settings, "audit", results, {rule.code: rule for rule in all_rules()})
    return exit_code(results, exit_zero=run.exit_zero)


class AuditRun:
    """What one run was asked to judge by; `tokenizers` are read only where something is to be projected."""

    tokenizers = False

    def __init__(self, options: Mapping[str, Any], settings: Settings) -> None:
        self.settings = settings
        self.select: Sequence[str] = _split(options["select"])
        self.ignore: Sequence[str] = _split(options["ignore"])
        self.configuration = load_configuration(settings.config, isolated=settings.isolated)
        self.select = self.select or self.configuration.select
        self.ignore = (*self.ignore, *self.configuration.ignore)
        self.fail_on: str = options["fail_on"] or self.configuration.fail_on or "error"
        self.exit_zero: bool = options["exit_zero"]
        self.contents: bool = options["contents"]
        self.weights: bool = options["weights"]
        select_rules(self.select, self.ignore)

    def one(self, target: str) -> AuditReport | Failed:
        """The report of one target; what cannot be looked at has been said on stderr."""
        try:
            return self.judge(target)[1]
        except UsageError:
            raise
        except InspectorError as error:
            show_error(error)
            return Failed(target, error)

    def judge(self, target: str) -> tuple[Looked | None, AuditReport]:
        """What was read of a target, None where there are no weights, and its report. Raises `InspectorError`."""
        try:
            looked = look_at(target, self.settings, tokenizers=self.tokenizers, sparing=False, judging=True)
        except NothingToInspect as nothing:
            return None, self._without_weights(target, nothing)
        files = self._files_to_look_into(looked)
        contents, failed = look_into(looked.source, files) if files is not None else (None, ())
        tensor_data, unread = self._tensor_data(looked) if self.weights else (None, ())
        return looked, audit(
            looked.checkpoint,
            looked.census,
            select=self.select,
            ignore=self.ignore,
            suppressions=self._for_rules(target),
            fail_on=self.fail_on,
            contents=contents,
            tensor_data=tensor_data,
            not_checked=[*(NotChecked(path=path, why="its content could not be read") for path in failed), *unread],
            notes=_left_out(files or ()),
        )

    def _for_rules(self, target: str) -> tuple[Suppression, ...]:
        return tuple(one for one in self.configuration.suppressions_for(target) if not is_for_budgets(one))

    def _without_weights(self, target: str, nothing: NothingToInspect) -> AuditReport:
        """What is there in place of weights, if it is worth an error; else there is nothing to judge."""
        checkpoint = bare_checkpoint(open_source(target, replace(self.settings, quiet=True)))
        report = audit(
            checkpoint,
            select=self.select,
            ignore=self.ignore,
            suppressions=self._for_rules(target),
            fail_on=self.fail_on,
        )
        if not any(finding.severity == "error" for finding in report.findings):
            raise nothing
        return report

    def _files_to_look_into(self, looked: Looked) -> list[RepositoryFile] | None:
        """Files to tell by their content, dangerous names first; None where that costs requests nobody asked for."""
        local = looked.checkpoint.target.kind in ("file", "folder")
        if not local and not self.contents:
            return None
        files = [file for file in looked.checkpoint.files if _worth_a_look(file, self.contents)]
        return sorted(files, key=lambda file: (not KIND_BY_ID[file.kind].danger, file.path))

    def _tensor_data(self, looked: Looked) -> tuple[tuple[TensorStatistics, ...], Sequence[NotChecked]]:
        """What the numbers of all tensors are; says first how much it reads."""
        demand_numpy()
        shards = [shard for shard in looked.checkpoint.shards if shard.loadable]
        total = sum(shard.stored_bytes for shard in shards)
        if not self.settings.quiet:
            show_note(f"--weights reads {format_bytes(total, self.settings.units)} of tensor data.")
        found: list[TensorStatistics] = []
        unread: list[NotChecked] = []
        with byte_progress("reading weights", total, self.settings) as advance:
            for shard in shards:
                try:
                    found += read_statistics(looked.source, shard, advance)
                except CannotLook as error:
                    unread.append(NotChecked(path=shard.path, why=error.message, hint=error.hint))
        return tuple(found), unread


def _left_out(files: Sequence[RepositoryFile]) -> list[str]:
    """The remark on files that were too many to look into."""
    extra = len(files) - MAX_FILES
    return [f"{extra:,} files beside the weights were told by their names only."] if extra > 0 else []


def _worth_a_look(file: RepositoryFile, weights_too: bool) -> bool:
    """Whether a file can be told by its content: special files cannot be read, tensor data only when asked for."""
    if file.kind == "weights":
        return weights_too and file.bytes > 0
    return file.bytes > 0 and file.kind not in ("index", "partial")


def _split(values: Sequence[str]) -> tuple[str, ...]:
    """Selectors, one or several to a value: "ST1,ST2"."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())
