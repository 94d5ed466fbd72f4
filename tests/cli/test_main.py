"""The frame of the command line: help, defaults, exit codes, where output goes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from inspector import __version__
from inspector.cli.main import COMMANDS, group
from tests.builder import file_bytes, framed, header_bytes, write
from tests.cli.runner import run
from tests.cli.schemas import check

ROOT = Path(__file__).parents[2]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write(tmp_path / "model.safetensors", {"model.embed_tokens.weight": ("BF16", (8, 4))})


def test_help_names_every_command() -> None:
    out = run("--help").out
    assert all(f"\n  {name} " in out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    result = run(name, "-h")
    assert result.code == 0
    assert result.out.startswith("Usage:")


def test_version() -> None:
    assert run("--version").out.strip() == f"inspector {__version__}"


def test_a_target_alone_is_inspected(model: Path) -> None:
    assert run(str(model), "--json").document == run("inspect", str(model), "--json").document


def test_python_m_inspector(model: Path) -> None:
    out = subprocess.run([sys.executable, "-m", "inspector", str(model), "--json"], capture_output=True, check=True)
    assert json.loads(out.stdout)["schema"] == "inspector.inspect/1"
    assert out.stderr == b""


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("inspect",),
        ("inspect", "x", "--no-such-option"),
        ("inspect", "x", "-o", "pdf"),
        ("inspect", "x", "-o", "csv="),
        ("--json", "x"),
        ("tensors", "x", "--dtype", "F99"),
        ("",),
        ("nosuch://host/x",),
        ("inspcet", "x"),
        ("help",),
        ("inspect", "x", "--config", "nothing.toml"),
        ("snapshot", "x", "x.snapshot.json.gz", "--json"),
    ],
)
def test_wrong_usage_is_two(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.code == 2
    assert result.err
    assert "Traceback" not in result.err


def test_two_formats_on_stdout_are_refused(model: Path) -> None:
    assert run(str(model), "-o", "json", "-o", "csv").code == 2


def test_formats_go_to_files_and_the_table_to_stdout(model: Path, tmp_path: Path) -> None:
    result = run(str(model), "-o", f"json={tmp_path / 'out' / 'a.json'}", "-o", f"csv={tmp_path / 'a.csv'}")
    assert result.code == 0
    assert "embedding" in result.out
    check(json.loads((tmp_path / "out" / "a.json").read_text()))
    assert (tmp_path / "a.csv").read_text().startswith("target,component,")


def test_quiet_prints_nothing(model: Path) -> None:
    result = run(str(model), "-q")
    assert (result.code, result.out, result.err) == (0, "", "")


def test_nothing_there_is_no_verdict(tmp_path: Path) -> None:
    result = run(str(tmp_path / "gone"))
    assert result.code == 3
    assert "does not exist" in result.err
    assert result.out == ""


def test_an_error_is_a_document_of_its_own(tmp_path: Path) -> None:
    result = run(str(tmp_path / "gone"), "--json")
    assert result.code == 3
    check(result.document)
    assert result.document["error"]["kind"] == "not-found"


@pytest.mark.parametrize("command", ["inspect", "tensors", "project", "memory", "audit", "gate", "verify"])
def test_the_error_of_every_command_is_a_document(tmp_path: Path, command: str) -> None:
    result = run(command, str(tmp_path / "nothing"), "--json")
    assert result.code == 3
    check(result.document)
    assert result.document["schema"] == "inspector.error/1"
    assert "does not exist" in result.err


@pytest.mark.parametrize("arguments", [("tensors",), ("project",), ("memory",), ("inspect", "--json")])
def test_what_is_not_counted_is_told_by_every_command(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    path = tmp_path / "cut.safetensors"
    path.write_bytes(file_bytes({"a": ("F32", (4,)), "b": ("F32", (4,))})[:-4])
    result = run(arguments[0], str(path), *arguments[1:])
    assert result.code == 3
    assert "not all of" in result.err
    assert "truncated" in result.err
    assert run(arguments[0], str(path), "-q").err == ""


@pytest.mark.parametrize("command", ["inspect", "project", "memory", "gate"])
@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]},
        {"dtype": "U8", "shape": [2**61], "data_offsets": [0, 2**61]},
    ],
)
def test_no_figure_is_negative(tmp_path: Path, command: str, entry: dict[str, Any]) -> None:
    path = tmp_path / "odd.safetensors"
    path.write_bytes(header_bytes({"a": entry}))
    check(run(command, str(path), "--json").document)


def test_the_worst_of_several_targets_counts(model: Path, tmp_path: Path) -> None:
    result = run("inspect", str(model), str(tmp_path / "gone"), "--json")
    assert result.code == 3
    check(result.document)
    assert [one["schema"] for one in result.document["targets"]] == ["inspector.inspect/1", "inspector.error/1"]


def test_a_file_that_the_loader_refuses_is_shown_and_no_verdict(tmp_path: Path) -> None:
    path = tmp_path / "cut.safetensors"
    path.write_bytes(file_bytes({"a": ("F32", (4,)), "b": ("F32", (4,))})[:-4])
    result = run(str(path), "--json")
    assert result.code == 3
    assert result.document["complete"] is False
    assert result.document["totals"]["tensors"] == 2
    check(result.document)
    assert "truncated" in run(str(path)).out


def test_a_foreign_file_gets_one_clear_sentence(tmp_path: Path) -> None:
    path = tmp_path / "page.safetensors"
    path.write_bytes(b"<!doctype html><html><head><title>Not found</title></head></html>")
    result = run(str(path))
    assert result.code == 3


def test_a_foreign_file_among_others_says_what_it_is_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "page.safetensors").write_bytes(b"<!doctype html><html><head><title>Not found</title></head></html>")
    (tmp_path / "model.safetensors").write_bytes(file_bytes({"a": ("F32", (4,))}))
    result = run(str(tmp_path))
    assert result.code == 3
    incomplete = result.out[result.out.index("Incomplete") :]
    assert "page.safetensors: an HTML page; expected a safetensors file" in incomplete
    assert "To do: Download the file again" in incomplete


def test_a_mistyped_command_gets_the_nearest(model: Path) -> None:
    assert "Did you mean inspector inspect?" in run("inspcet", str(model)).err
    assert "Did you mean inspector --help?" in run("help").err


def test_a_target_named_almost_like_a_command_is_a_target(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gates").mkdir()
    (tmp_path / "gates" / "model.safetensors").write_bytes(file_bytes({"a": ("F32", (4,))}))
    assert run("gates").code == 0


def test_several_targets_are_told_apart(model: Path) -> None:
    lines = run(str(model), str(model)).out.splitlines()
    assert sum(line.startswith("Target ") for line in lines) == 2
    assert not any(line.startswith("Target ") for line in run(str(model)).out.splitlines())


@pytest.mark.parametrize(
    ("flags", "env", "expected"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        ((), {"NO_COLOR": "1"}, False),
    ],
)
def test_colour_precedence(model: Path, flags: tuple[str, ...], env: dict[str, str], expected: bool) -> None:
    clean = {"FORCE_COLOR": "", "NO_COLOR": ""} | env
    assert ("\x1b[" in run(str(model), *flags, env=clean).out) is expected


def test_options_have_environment_twins(model: Path) -> None:
    result = run("inspect", str(model), env={"INSPECTOR_INSPECT_UNITS": "bytes"})
    assert "64" in result.out
    assert run("inspect", str(model), env={"INSPECTOR_INSPECT_UNITS": "stones"}).code == 2


HOSTILE = "\x1b[2J\u202e::error::\n|<b>=cmd()"


@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "csv", "markdown"])
@pytest.mark.parametrize("command", ["inspect", "tensors"])
def test_hostile_names_do_nothing_in_any_format(tmp_path: Path, command: str, format_: str) -> None:
    path = write(tmp_path / "x.safetensors", {HOSTILE: ("F32", (2,))}, {HOSTILE: HOSTILE, "modelspec.title": HOSTILE})
    result = run(command, str(path), "-o", format_)
    assert result.code == 0
    for text in (result.out, result.err):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\n::error" not in text


def test_the_same_input_gives_the_same_bytes(model: Path) -> None:
    assert run(str(model), "--json").out == run(str(model), "--json").out


def test_a_name_that_cannot_be_encoded_is_escaped_not_a_crash(tmp_path: Path) -> None:
    path = write(tmp_path / "x.safetensors", {"größe": ("F32", (2,))})
    out = subprocess.run(
        [sys.executable, "-m", "inspector", "tensors", str(path)],
        capture_output=True,
        check=True,
        env={"PYTHONIOENCODING": "ascii", "PATH": "", "SYSTEMROOT": "C:\\Windows", "PYTHONPATH": str(Path.cwd())},
    )
    assert b"gr\\xf6\\xdfe" in out.stdout


def test_no_tensors_is_a_valid_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.safetensors"
    path.write_bytes(framed(b"{}"))
    result = run(str(path), "--json")
    assert result.code == 0
    check(result.document)


def _options() -> list[tuple[str, click.Option]]:
    found = []
    for name in COMMANDS:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        found += [(name, one) for one in command.params if isinstance(one, click.Option)]
    return found


@pytest.mark.parametrize(("command", "option"), _options(), ids=lambda one: getattr(one, "name", one))
def test_every_option_has_the_variable_of_its_name(command: str, option: click.Option) -> None:
    long = max(option.opts, key=len).lstrip("-").replace("-", "_").upper()
    variable = f"INSPECTOR_{command.upper()}_{long}"
    assert option.envvar == variable or (option.name or "").upper() == long


@pytest.mark.parametrize(
    ("variable", "value", "shown"),
    [
        ("OUTPUT", "csv", "target,component"),
        ("JSON", "1", '"schema"'),
        ("COLOR", "always", "\x1b[1m"),
        ("QUIET", "1", ""),
    ],
)
def test_variables_do_what_their_options_do(model: Path, variable: str, value: str, shown: str) -> None:
    out = run(str(model), env={f"INSPECTOR_INSPECT_{variable}": value}).out
    assert shown in out if shown else not out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_a_terminal_and_shows_an_example(command: str) -> None:
    out = run(command, "--help").out
    assert "Example" in out
    assert max(map(len, out.splitlines())) <= 84


def test_wrong_usage_is_a_sentence_and_where_to_look() -> None:
    result = run("audit", "x", "--fail-on", "eror")
    assert result.code == 2
    first, last = result.err.splitlines()
    assert first.startswith("error: Invalid value for '--fail-on': 'eror' is not one of")
    assert last == "  Did you mean error?"
    assert run("audit", "x", "--jobs", "many").err.splitlines()[-1].endswith(" audit --help says what there is.")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_an_output_that_cannot_be_written_is_told(model: Path, arguments: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "inspector", "inspect", str(model), *arguments]
    with open("/dev/full", "w") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert result.returncode == 2
    assert "The output cannot be written: no space left on device." in result.stderr
    assert "Exception ignored" not in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="closes a file descriptor as a shell does")
def test_a_closed_stdout_is_told(model: Path) -> None:
    command = f'"{sys.executable}" -m inspector inspect "{model}" >&-'
    result = subprocess.run(command, shell=True, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert result.returncode == 2
    assert "stdout is closed" in result.stderr


def test_a_name_that_begins_with_a_dash_stands_after_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "-rf.safetensors", {"a": ("F32", (2,))})
    monkeypatch.chdir(tmp_path)
    assert run("--", "-rf.safetensors").code == 0
    assert run("audit", "--", "-rf.safetensors").code == 0
    assert run("-rf.safetensors").code == 2
