"""The CI files are run as a runner would: the action's steps, the hooks' patterns, the GitLab job, the Makefile."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from inspector.cli.configuration import load_configuration
from tests import builder
from tests.builder import Spec

ROOT = Path(__file__).parents[1]
SMALL: Spec = {"model.norm.weight": ("BF16", (16,))}
LARGE: Spec = {**SMALL, "model.layers.0.mlp.up_proj.weight": ("BF16", (64, 64))}
BASH = shutil.which("bash")

pytestmark = pytest.mark.skipif(sys.platform == "win32" or BASH is None, reason="needs bash")


def load(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def environment(folder: Path) -> dict[str, str]:
    """A PATH on which `python` and `inspector` are this checkout, and nothing of the caller's."""
    tools = folder / "tools"
    if not tools.exists():
        tools.mkdir()
        for name, command in (("python", ""), ("inspector", " -m inspector")):
            (tools / name).write_text(f'#!/bin/sh\nexec "{sys.executable}"{command} "$@"\n')
            (tools / name).chmod(0o755)
    path = os.pathsep.join((str(tools), os.environ.get("PATH", "")))
    return {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}


def shell(script: str, folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a script as GitHub runs `shell: bash`."""
    arguments = [str(BASH), "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(
        arguments, cwd=folder, env={**environment(folder), **variables}, capture_output=True, text=True, timeout=120
    )


class Action:
    """The composite action with its inputs, run step by step."""

    def __init__(self, folder: Path, **inputs: str) -> None:
        self.folder, self.action = folder, load("action.yml")
        defaults = {name: row.get("default", "") for name, row in self.action["inputs"].items()}
        self.inputs = {**defaults, "install": "none", **{k.replace("_", "-"): v for k, v in inputs.items()}}

    def run(self) -> "subprocess.CompletedProcess[str]":
        result = None
        for step in self.action["runs"]["steps"]:
            assert "${{" not in step["run"], "an input must reach the shell as a variable"
            result = shell(step["run"], self.folder, **self._variables(step["env"]), **self._files())
            if result.returncode:
                return result
        assert result is not None
        return result

    def _variables(self, env: Mapping[str, str]) -> dict[str, str]:
        def value(match: "re.Match[str]") -> str:
            name = match[1]
            return self.inputs[name.removeprefix("inputs.")] if name.startswith("inputs.") else str(ROOT)

        return {key: re.sub(r"\$\{\{ ([\w.-]+) \}\}", value, text) for key, text in env.items()}

    def _files(self) -> dict[str, str]:
        return {name: str(self.folder / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}

    @property
    def outputs(self) -> dict[str, str]:
        lines = (self.folder / "GITHUB_OUTPUT").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    @property
    def summary(self) -> str:
        path = self.folder / "GITHUB_STEP_SUMMARY"
        return path.read_text() if path.exists() else ""


def test_the_action_goes_red_when_a_tensor_is_added_and_green_when_it_is_removed(tmp_path: Path) -> None:
    weights = tmp_path / "model" / "model.safetensors"
    for spec, code, verdict in ((SMALL, 0, "pass"), (LARGE, 1, "fail"), (SMALL, 0, "pass")):
        builder.write(weights, spec, {"format": "pt"})
        (tmp_path / "GITHUB_OUTPUT").unlink(missing_ok=True)
        (tmp_path / "GITHUB_STEP_SUMMARY").unlink(missing_ok=True)
        action = Action(tmp_path, targets="model\n", max_size="5kB")
        result = action.run()
        assert result.returncode == code, result.stderr
        assert action.outputs == {
            "verdict": verdict,
            "exit-code": str(code),
            "report": "inspector-gate.json",
            "sarif": "inspector.sarif",
        }
        assert ("::error title=ST701" in result.stdout) == bool(code)
        assert ("**FAIL** max-size" in action.summary) == bool(code)
        assert json.loads((tmp_path / "inspector-gate.json").read_text())["verdict"] == verdict
        assert json.loads((tmp_path / "inspector.sarif").read_text())["version"] == "2.1.0"


def test_the_action_measures_growth_against_its_last_report(tmp_path: Path) -> None:
    weights = tmp_path / "model" / "model.safetensors"
    builder.write(weights, SMALL)
    assert Action(tmp_path, targets="model", max_size="1GB", report_file="main.json").run().returncode == 0
    builder.write(weights, LARGE)
    result = Action(tmp_path, targets="model", baseline="main.json", max_growth="2%").run()
    assert result.returncode == 1
    assert "max-growth" in result.stdout


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"targets": "-o"}, 2),
        ({"targets": "model", "max_size": "5K"}, 2),
        ({"targets": "nothing", "max_size": "5kB"}, 3),
        ({"targets": "model", "max_size": "5kB", "sarif_file": "-x"}, 2),
        ({"targets": "model", "max_size": "1GB", "install": "-r x"}, 2),
        ({"targets": "model", "max_size": "$(touch owned)"}, 2),
        ({"targets": "$(touch owned)", "max_size": "1GB"}, 3),
        ({"targets": "`touch owned`", "max_size": "1GB"}, 3),
    ],
)
def test_the_action_takes_no_orders_from_its_inputs(tmp_path: Path, inputs: dict[str, str], code: int) -> None:
    builder.write(tmp_path / "model" / "model.safetensors", SMALL)
    assert Action(tmp_path, **inputs).run().returncode == code
    assert not (tmp_path / "owned").exists()


def test_the_action_can_leave_the_summary_alone(tmp_path: Path) -> None:
    builder.write(tmp_path / "model" / "model.safetensors", SMALL)
    action = Action(tmp_path, targets="model", max_size="1GB", summary="false")
    assert action.run().returncode == 0
    assert action.summary == ""


def test_the_example_workflow_uses_inputs_that_exist() -> None:
    steps = load("examples/github-workflow.yml")["jobs"]["gate"]["steps"]
    given = next(step["with"] for step in steps if "inspector" in step["uses"])
    assert set(given) <= set(load("action.yml")["inputs"])
    sarif = next(step["with"]["sarif_file"] for step in steps if "upload-sarif" in step["uses"])
    assert sarif == load("action.yml")["inputs"]["sarif-file"]["default"]


def test_the_hooks_run_on_weight_files(tmp_path: Path) -> None:
    hooks = {hook["id"]: hook for hook in load(".pre-commit-hooks.yaml")}
    for hook in hooks.values():
        assert hook["language"] == "python"
        assert re.search(hook["files"], "models/a.safetensors")
        assert not re.search(hook["files"], "models/a.safetensors.md")
    assert re.search(hooks["inspector-gate"]["files"], "model.safetensors.index.json")
    builder.write(tmp_path / "a.safetensors", SMALL)
    (tmp_path / "inspector.toml").write_text('[[budget]]\npath = "*.safetensors"\nmax-size = "5 kB"\n')
    assert shell(hooks["inspector-gate"]["entry"], tmp_path).returncode == 0
    assert shell(f"{hooks['inspector-audit']['entry']} a.safetensors", tmp_path).returncode == 0
    builder.write(tmp_path / "a.safetensors", LARGE)
    assert shell(hooks["inspector-gate"]["entry"], tmp_path).returncode == 1


def test_the_gitlab_job_writes_the_reports_that_it_keeps(tmp_path: Path) -> None:
    builder.write(tmp_path / "model" / "model.safetensors", SMALL)
    job = load("examples/gitlab-ci.yml")["model-gate"]
    commands = [line for line in job["script"] if not line.startswith("pip ")]
    assert shell("\n".join(commands), tmp_path).returncode == 0
    assert all((tmp_path / path).is_file() for path in job["artifacts"]["reports"].values())


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_the_makefile_keeps_a_baseline_and_holds_growth_against_it(tmp_path: Path) -> None:
    shutil.copy(ROOT / "examples" / "Makefile", tmp_path)
    weights = tmp_path / "model" / "model.safetensors"
    builder.write(weights, SMALL)
    assert shell("make baseline", tmp_path).returncode == 0
    assert shell("make gate", tmp_path).returncode == 0
    builder.write(weights, LARGE)
    assert shell("make gate", tmp_path).returncode != 0


def test_the_example_configuration_is_one() -> None:
    found = load_configuration(str(ROOT / "examples" / "inspector.toml"), isolated=False)
    assert [budget.name for budget in found.budgets] == ["adapter", "model"]
    assert [row.reason for row in found.suppressions] == ["tied weights are stored twice on purpose"]


def readme_steps() -> list[str]:
    """The shell steps of the workflow that README.md shows, but for the installation."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (workflow,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    steps = [step["run"] for step in yaml.safe_load(workflow)["jobs"]["gate"]["steps"] if "run" in step]
    assert steps[0] == "pip install safetensors-inspector"
    return steps[1:]


def test_the_readmes_workflow_goes_red_when_a_tensor_is_added_and_green_when_it_is_removed(tmp_path: Path) -> None:
    small: Spec = {"model.embed_tokens.weight": ("BF16", (1_000_000, 2_000))}
    grown: Spec = {**small, "model.layers.0.mlp.up_proj.weight": ("BF16", (1_000_000, 1_000))}
    outcomes = []
    for spec in (small, grown, small):
        builder.write(tmp_path / "model" / "model.safetensors", spec, {"format": "pt"})
        outcomes.append([shell(step, tmp_path).returncode for step in readme_steps()])
    assert outcomes == [[0], [1], [0]]
