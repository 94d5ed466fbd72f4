"""The gate from the command line: exit codes on every path, configuration, baselines, formats."""

import json
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from inspector.reports.documents import to_json
from tests import builder
from tests.builder import Spec
from tests.cli.runner import Result, run
from tests.cli.schemas import check

MODEL: Spec = {
    "model.embed_tokens.weight": ("BF16", (64, 16)),
    **{f"model.layers.{n}.mlp.up_proj.weight": ("BF16", (64, 16)) for n in range(3)},
    "model.norm.weight": ("F32", (16,)),
}
MODEL_BYTES = 4 * 64 * 16 * 2 + 64


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def model(folder: str = "model", spec: Spec = MODEL) -> int:
    """Write a model and give the size of its file."""
    path = builder.write(Path(folder) / "model.safetensors", spec, {"format": "pt"})
    return path.stat().st_size


def gate(*arguments: str) -> Result:
    return run("gate", *arguments)


@pytest.mark.parametrize(("spare", "code"), [(-1, 1), (0, 0), (1, 0)])
def test_a_size_equal_to_the_budget_passes(spare: int, code: int) -> None:
    size = model()
    result = gate("model", "--max-size", str(size + spare))
    assert result.code == code
    assert result.out.startswith("FAIL max-size" if code else "PASS max-size")
    assert result.out.rstrip().splitlines()[-1].startswith("FAIL: 1 passed, 1 failed" if code else "PASS: 2 passed")


def test_one_flag_is_a_whole_gate_and_says_how_far_over() -> None:
    size = model()
    result = gate("model", "--max-size", str(size - 10))
    assert "10 B over" in result.out
    assert "largest: transformer" in result.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("model", "--max-size", "5K"),
        ("model", "--max-size", "big"),
        ("model", "--max-layer", "nowhere"),
        ("model", "--max-growth", "much"),
        ("model", "--allow-dtype", "BF61"),
        ("model", "--scheme", "gguf/q9", "--max-size", "1GB"),
        ("model", "--max-size", "1GB", "--select", "XX"),
        ("model", "--max-size", "1GB", "--config", "none.toml"),
        ("--max-size", "1GB"),
    ],
)
def test_wrong_usage_is_two_with_a_sentence(arguments: tuple[str, ...]) -> None:
    model()
    result = gate(*arguments)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith("error:")


def test_nothing_to_check_is_no_verdict() -> None:
    model()
    nothing = gate("model")
    assert nothing.code == 3
    assert "give one, such as --max-size 5GB" in nothing.out
    assert gate("model", "--select", "ST1").code == 0


@pytest.mark.parametrize("target", ["nothing", "none*.safetensors"])
def test_a_target_that_is_not_there_is_no_verdict(target: str) -> None:
    result = gate(target, "--max-size", "1GB")
    assert result.code == 3
    assert "no rule was selected" not in result.out


def test_help_writes_percent_signs_once() -> None:
    assert "2% or 20MB" in gate("--help").out


def test_a_corrupt_file_fails_the_gate_unless_deselected() -> None:
    model()
    path = Path("model/model.safetensors")
    path.write_bytes(path.read_bytes()[:-8])
    assert gate("model", "--max-size", "1GB").code == 1
    assert gate("model", "--max-size", "1GB", "--ignore", "ALL").code == 0


def test_exit_zero_hides_findings_and_not_a_missing_verdict() -> None:
    model()
    assert gate("model", "--max-size", "1B", "--exit-zero").code == 0
    assert gate("nothing", "--max-size", "1B", "--exit-zero").code == 3


def test_the_worst_of_several_targets_counts() -> None:
    model()
    model("small", {"x.weight": ("BF16", (2, 2))})
    assert gate("small", "model", "--max-size", "1kB").code == 1
    result = gate("small", "nothing", "model", "--max-size", "1kB")
    assert result.code == 3
    assert result.out.rstrip().splitlines()[-1].startswith("NO VERDICT")


def test_globs_that_no_shell_expanded() -> None:
    model("a")
    model("b")
    assert gate("?/*.safetensors", "--max-size", "1MB").out.count("PASS max-size") == 2


def budgets(text: str) -> None:
    Path("inspector.toml").write_text(text, encoding="utf-8")


ADAPTERS = """
[[tool.inspector.budget]]
name = "adapter"
path = ["adapters/*.safetensors", "!adapters/old-*"]
max-size = "1 kB"
message = "Adapters ship in the app bundle."
"""


def test_configured_paths_are_the_targets_where_none_is_named() -> None:
    budgets(ADAPTERS)
    for name in ("a", "old-b"):
        builder.write(Path(f"adapters/{name}.safetensors"), {"x.weight": ("BF16", (64, 64))})
    result = gate()
    assert result.code == 1
    assert result.out.count("FAIL adapter: max-size") == 1
    assert "Adapters ship in the app bundle." in result.out
    assert "budget adapter of inspector.toml" in result.out


def test_a_budget_holds_for_the_files_that_match_its_path() -> None:
    budgets(ADAPTERS)
    builder.write(Path("adapters/a.safetensors"), {"x.lora_A.weight": ("BF16", (4, 4))})
    builder.write(Path("adapters/old-b.safetensors"), {"x.lora_A.weight": ("BF16", (64, 64))})
    assert gate("adapters").code == 0


def test_budgets_for_other_targets_than_those_named_are_skipped() -> None:
    budgets(ADAPTERS + '[[tool.inspector.budget]]\nname = "whole"\npath = "model"\nmax-size = "1 GB"\n')
    model()
    result = gate("model")
    assert result.code == 0
    assert "SKIP adapter: max-size (for none of these targets)" in result.out
    assert gate().code == 3


def test_nothing_matched_the_path_is_no_verdict() -> None:
    budgets(ADAPTERS)
    model()
    Path("adapters").mkdir()
    Path("adapters/readme.txt").touch()
    result = gate("model")
    assert result.code == 3
    assert "nothing matched" in result.out
    assert gate().code == 3


def test_isolated_forgets_the_configuration() -> None:
    budgets("nonsense")
    model()
    assert gate("model", "--max-size", "1GB", "--isolated").code == 0
    assert gate("model", "--max-size", "1GB").code == 2


def test_every_flag_has_its_variable() -> None:
    model()
    assert run("gate", "model", env={"INSPECTOR_GATE_MAX_SIZE": "1B"}).code == 1
    assert run("gate", "model", env={"INSPECTOR_GATE_DENY_DTYPE": "F16 F32"}).code == 1
    assert run("gate", "model", env={"INSPECTOR_GATE_MAX_SIZE": "", "INSPECTOR_GATE_MAX_PARAMS": "1M"}).code == 0


def test_growth_against_a_kept_report() -> None:
    model()
    assert run("inspect", "model", "-q", "-o", "json=main.json").code == 0
    assert gate("model", "--baseline", "main.json", "--max-growth", "0%").code == 0
    model(spec={**MODEL, "model.layers.3.mlp.up_proj.weight": ("BF16", (64, 16))})
    result = gate("model", "--baseline", "main.json", "--max-growth", "2%")
    assert result.code == 1
    assert "+2.05 kB" in result.out


def test_growth_against_the_gates_own_report_and_a_snapshot() -> None:
    model()
    gate("model", "--max-size", "1GB", "-q", "-o", "json=gate.json")
    run("snapshot", "model", "main.snapshot.json.gz")
    model(spec={**MODEL, "vae.decoder.conv_in.weight": ("F32", (64, 64))})
    for baseline in ("gate.json", "main.snapshot.json.gz"):
        assert gate("model", "--baseline", baseline, "--max-growth", "1%").code == 1
        assert gate("model", "--baseline", baseline, "--max-growth", "10MB").code == 0


def test_a_missing_baseline_is_a_skip_with_a_word() -> None:
    model()
    result = gate("model", "--max-growth", "2%", "--baseline", "none.json")
    assert result.code == 0
    assert "SKIP max-growth (the baseline none.json is not there)" in result.out
    assert gate("model", "--max-growth", "2%", "--baseline", "none.json", "--require-baseline").code == 1


@pytest.mark.parametrize("text", ["{}", "not json", '{"schema": "other/1"}'])
def test_a_baseline_of_another_tool_is_wrong_usage(text: str) -> None:
    model()
    Path("main.json").write_text(text)
    assert gate("model", "--max-growth", "2%", "--baseline", "main.json").code == 2


def test_the_budget_holds_for_the_projected_size() -> None:
    size = model()
    assert gate("model", "--scheme", "cast/f32", "--max-size", str(size)).code == 1
    assert gate("model", "--scheme", "ideal/4bit", "--max-size", "3 kB").code == 0


def test_a_size_that_cannot_be_had_is_no_verdict() -> None:
    builder.write(Path("lora.safetensors"), {"x.lora_A.weight": ("BF16", (4, 4)), "x.lora_B.weight": ("BF16", (4, 4))})
    result = gate("lora.safetensors", "--scheme", "gguf/q4_k_m", "--max-size", "1GB")
    assert result.code == 3
    assert "SKIP max-size (gguf/q4_k_m is not offered" in result.out


def test_baselines_of_several_targets_are_told_apart() -> None:
    model("a")
    model("b", {"x.weight": ("BF16", (2, 2))})
    run("inspect", "a", "b", "-q", "-o", "json=main.json")
    assert gate("b", "./a", "--baseline", "main.json", "--max-growth", "0%").code == 0


def test_expectations_from_flags() -> None:
    model()
    assert gate("model", "--allow-dtype", "BF16", "--allow-dtype", "F32").code == 0
    assert gate("model", "--deny-dtype", "F32").code == 1
    assert gate("model", "--deny-dtype", "f32").code == 1
    assert gate("model", "--require-metadata", "format=pt").code == 0
    assert gate("model", "--require-metadata", "licence").code == 1
    assert gate("model", "--forbid-tensor", "*.norm.weight").code == 1
    assert gate("model", "--require-tensor", "lm_head.weight").code == 1
    Path("model/pytorch_model.bin").write_bytes(b"\x80\x04.")
    assert gate("model", "--no-unsafe-files").code == 1


def test_accepted_findings_stay_visible() -> None:
    model()
    budgets('[[budget]]\nmax-size = "1 B"\n[[ignore]]\nrule = "ST701"\nreason = "agreed"\npath = "model/*"\n')
    result = gate("model", "--show-suppressed")
    assert result.code == 0
    assert "SKIP budget 1: max-size" in result.out
    assert "suppressed: agreed" in result.out


def test_an_ignore_of_the_audit_counts_in_the_gate() -> None:
    model()
    Path("model/pytorch_model.bin").write_bytes(b"\x80\x04.")
    budgets('[[budget]]\nmax-size = "1 GB"\n')
    before = gate("model", "--fail-on", "warning").code
    budgets(
        '[[budget]]\nmax-size = "1 GB"\n[[ignore]]\nrule = "ST6"\nreason = "kept"\npath = "model/*.bin"\n'
        '[[ignore]]\nrule = "ST2"\nreason = "small"\n[[ignore]]\nrule = "ST4"\nreason = "small"\n'
    )
    assert before == 1
    assert gate("model", "--fail-on", "warning").code == 0


@pytest.mark.parametrize("targets", [("model",), ("model", "nothing"), ("nothing",)])
def test_the_document_is_what_its_schema_promises(targets: tuple[str, ...]) -> None:
    model()
    result = gate(*targets, "--max-size", "1B", "--json")
    check(result.document)


def test_the_document_tells_checks_and_sizes() -> None:
    size = model()
    document = gate("model", "--max-size", "1B", "--json").document
    assert document["verdict"] == "fail"
    assert document["exit_code"] == 1
    assert document["sizes"]["file_bytes"] == size
    first = document["checks"][0]
    assert (first["rule"], first["status"], first["limit"], first["name"]) == ("ST701", "fail", "1 B", "max-size")
    assert document["findings"][0]["kind"] == "policy"


def test_formats_are_valid_and_stdout_holds_one() -> None:
    model()
    result = gate("model", "--max-size", "1B", "-o", "junit", "-o", "sarif=a.sarif", "-o", "gitlab=a.json")
    assert result.err == ""
    suites = ElementTree.fromstring(result.out)
    assert suites.get("failures") == "1"
    sarif = json.loads(Path("a.sarif").read_text())
    assert sarif["runs"][0]["results"][0]["ruleId"] == "ST701"
    (issue, *_) = json.loads(Path("a.json").read_text())
    assert issue["severity"] == "major"


def test_two_budgets_of_one_kind_keep_their_own_verdicts() -> None:
    model()
    budgets('[[budget]]\nname = "wide"\nmax-size = "1 GB"\n[[budget]]\nname = "tight"\nmax-size = "1 B"\n')
    suites = ElementTree.fromstring(gate("model", "-o", "junit").out)
    failed = [case.get("name") for case in suites.iter("testcase") if case.find("failure") is not None]
    assert failed == ["ST701 tight: max-size"]


HOSTILE = "x\n::error::owned\u202e\x1b[31m<script>|`$(id)`"


@pytest.mark.parametrize("name", ["table", "markdown", "github", "junit", "gitlab", "sarif", "csv", "json"])
def test_hostile_names_do_nothing(name: str) -> None:
    model(spec={**MODEL, HOSTILE: ("F16", (2, 2))})
    budgets('[[budget]]\nname = "a\\n::set-output name=x::y"\nmax-size = "1 B"\nforbid-tensors = ["*"]\n')
    result = gate("model", "-o", name)
    assert result.code == 1
    lines = result.out.splitlines()
    assert not any(
        line.startswith("::") and not line.startswith("::error title=ST7") for line in lines if name != "github"
    )
    assert not any("::set-output" in line and line.startswith("::set") for line in lines)
    assert "\x1b" not in result.out
    assert "\u202e" not in result.out
    assert "<script>" not in result.out or name in ("table", "csv", "json", "sarif", "gitlab", "github")


@pytest.mark.skipif(sys.platform == "win32", reason="no such file name there")
@pytest.mark.parametrize("name", ["table", "markdown", "github", "junit", "gitlab", "sarif", "csv", "json"])
def test_hostile_file_names_do_nothing(name: str) -> None:
    builder.write(Path("model") / "x\n::error::owned\x1b[31m@team<b>.safetensors", MODEL)
    result = gate("model", "--max-file-size", "1B", "-o", name)
    assert result.code == 1
    ours = ("::error title=ST", "::warning title=ST", "::notice title=ST")
    assert not any(line.startswith("::") and not line.startswith(ours) for line in result.out.splitlines())
    assert "\x1b" not in result.out


@pytest.mark.skipif(sys.platform == "win32", reason="no such folder name there")
def test_a_hostile_folder_begins_no_line() -> None:
    model("::error::x")
    model("b")
    result = gate("./::error::x", "b", "--max-size", "1GB")
    assert not any(line.startswith("::") for line in result.out.splitlines())


def test_the_same_run_gives_the_same_bytes() -> None:
    model()
    arguments = ("model", "--max-size", "1B", "--deny-dtype", "BF16", "--json")
    assert gate(*arguments).out == gate(*arguments).out


def test_init_writes_a_configuration_that_passes_today() -> None:
    model()
    assert run("init", "model").code == 0
    assert gate().code == 0
    assert run("init", "model").code == 2
    assert run("init", "model", "--force").code == 0
    printed = run("init", "model", "-o", "-")
    assert printed.out.startswith("#")
    assert printed.out == Path("inspector.toml").read_text()


def test_init_fills_the_empty_file_of_a_redirection() -> None:
    model()
    Path("inspector.toml").touch()
    assert run("init", "model").code == 0


def test_init_of_the_folder_itself() -> None:
    builder.write(Path('odd "name".safetensors'), MODEL)
    assert run("init", ".").code == 0
    assert gate().code == 0


@pytest.mark.parametrize("name", ["table", "markdown", "csv", "sarif", "junit", "github", "gitlab", "json", "jsonl"])
def test_a_kept_report_renders_as_the_run_did(name: str) -> None:
    model()
    arguments = ("gate", "model", "--max-size", "1B", "--max-params", "1M")
    run(*arguments, "-q", "-o", "json=kept.json")
    assert run("convert", "kept.json", "-o", name).out == run(*arguments, "-o", name).out


def test_convert_of_an_overview() -> None:
    model()
    run("inspect", "model", "-q", "-o", "json=kept.json")
    assert "transformer" in run("convert", "kept.json").out
    assert run("convert", "kept.json", "-o", "csv").out.startswith("target,component")
    assert run("convert", "kept.json", "-o", "sarif").code == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, 3),
        ("[]", 2),
        ("not json", 2),
        ('{"schema": "inspector.gate/1", "findings": [{}]}', 2),
        ('{"schema": "inspector.gate/1", "findings": 3}', 2),
        ('{"schema": "inspector.diff/1"}', 2),
    ],
)
def test_convert_of_nothing_of_ours(text: str | None, code: int) -> None:
    if text is not None:
        Path("kept.json").write_text(text)
    result = run("convert", "kept.json")
    assert result.code == code
    assert result.err.startswith("error:")


def test_convert_keeps_errors_of_targets() -> None:
    model()
    run("gate", "model", "nothing", "--max-size", "1GB", "-q", "-o", "json=kept.json")
    assert "NOT CHECKED" in run("convert", "kept.json").out
    kept = json.loads(Path("kept.json").read_text())
    assert to_json(kept) == run("convert", "kept.json", "-o", "json").out


def test_without_budgets_findings_fail_all_the_same(tmp_path: Path) -> None:
    good = builder.write(tmp_path / "good.safetensors", {"a": ("F32", (2,))})
    assert run("gate", str(good), "--isolated").code == 3
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(good.read_bytes()[:-1])
    result = run("gate", str(bad), "--isolated")
    assert result.code == 1
    assert result.out.splitlines()[-1].startswith("FAIL: ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--scheme", "q4_k_m", "--max-size", "1GB"), "Nearest: gguf/q4_k_m."),
        (("--scheme", "gguf", "--max-size", "1GB"), "'gguf' is a family of schemes."),
        (("--max-layer", "gcr"), "Did you mean ghcr?"),
        (("--allow-dtype", "BF61"), "--allow-dtype: 'BF61' is no dtype."),
    ],
)
def test_a_mistyped_word_names_the_nearest(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    result = run("gate", str(tmp_path), "--isolated", *arguments)
    assert result.code == 2
    assert said in result.err


def test_units_hold_for_budgets_too(tmp_path: Path) -> None:
    path = builder.write(tmp_path / "a.safetensors", {"a": ("F32", (2000,))})
    out = run("gate", str(path), "--isolated", "--max-size", "1kB", "--units", "iec").out
    assert "FAIL max-size (7.88 KiB, limit 1,000 B, " in out
    assert "kB" not in out
