"""Discovery and reading of the configuration; every mistake is told with the file, the key and the nearest one."""

import os
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from inspector.cli.configuration import Configuration, load_configuration, parse_limit
from inspector.errors import UsageError
from inspector.units import parse_size
from tests.builder import write
from tests.cli.runner import run

BUDGET = '[[tool.inspector.budget]]\nname = "a"\nmax-size = "5 GB"\n'


def load(folder: Path, text: str, name: str = "inspector.toml") -> Configuration:
    (folder / name).write_text(text, encoding="utf-8")
    return load_configuration("", isolated=False, start=folder)


def test_the_nearest_file_upwards_is_taken(tmp_path: Path) -> None:
    load(tmp_path, BUDGET)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    found = load_configuration("", isolated=False, start=below)
    assert found.folder == tmp_path
    assert found.budgets[0].limits[0].value == 5 * 10**9
    nearer = load(tmp_path / "a", '[[tool.inspector.budget]]\nmax-size = "1 GB"\n')
    assert load_configuration("", isolated=False, start=below).budgets == nearer.budgets


def test_inspector_toml_comes_before_pyproject_and_nothing_is_merged(tmp_path: Path) -> None:
    load(tmp_path, '[tool.inspector]\nfail-on = "never"\n', "pyproject.toml")
    assert load(tmp_path, BUDGET).fail_on == ""


def test_a_pyproject_without_our_table_is_passed_over(tmp_path: Path) -> None:
    load(tmp_path, BUDGET)
    below = tmp_path / "sub"
    below.mkdir()
    (below / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert load_configuration("", isolated=False, start=below).folder == tmp_path


def test_inspector_toml_may_leave_the_prefix_out(tmp_path: Path) -> None:
    assert (
        load(tmp_path, 'fail-on = "warning"\n[[budget]]\nmax-params = "8B"\n').budgets[0].limits[0].value == 8 * 10**9
    )


def test_isolated_uses_none(tmp_path: Path) -> None:
    load(tmp_path, BUDGET)
    assert load_configuration("", isolated=True, start=tmp_path).budgets == ()


def test_a_named_file_is_used_wherever_it_lies(tmp_path: Path) -> None:
    load(tmp_path, BUDGET, "other.toml")
    found = load_configuration(str(tmp_path / "other.toml"), isolated=False, start=tmp_path / "x")
    assert len(found.budgets) == 1


def test_ignores_become_suppressions(tmp_path: Path) -> None:
    found = load(tmp_path, '[[ignore]]\nrule = "ST305"\nreason = "tied"\nexpires = 2027-03-01\n')
    (row,) = found.suppressions
    assert (row.rule, row.path, row.reason, row.expires) == ("ST305", "*", "tied", date(2027, 3, 1))


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[[budget]]\nmax-sise = '5 GB'\n", "max-sise", "max-size"),
        ("[[budget]]\nmax_size = '5 GB'\n", "max_size", "max-size"),
        ("fail_on = 'error'\n", "fail_on", "fail-on"),
        ("fail-on = 'errors'\n", "fail-on", "error"),
        ("[[budget]]\nname = 'a'\n", "asks for nothing", "max-size"),
        ("[[budget]]\nmax-size = '5K'\n", "5K", "KiB"),
        ("[[budget]]\nmax-size = true\n", "max-size", "GB"),
        ("[[budget]]\nmax-layer = 'ghxr'\n", "ghxr", "ghcr"),
        ("[[budget]]\nmax-growth = 'a bit'\n", "a bit", "2%"),
        ("[[budget]]\nallow-dtypes = 3\n", "allow-dtypes", "BF16"),
        ("[[budget]]\nmax-size = '1 GB'\npath = 3\n", "path", "path"),
        ("[[budget]]\nmax-size = '1 GB'\ncontext = -1\n", "context", "8192"),
        ("budget = 'x'\n", "budget", "[[budget]]"),
        ("[[ignore]]\nrule = 'ST305'\n", "reason", "reason"),
        ("[[ignore]]\nrule = 'ST305'\nreason = 'r'\nexpires = 'soon'\n", "expires", "2027-03-01"),
        ("[[ignore]]\nrule = 'ST305'\nreason = 'r'\nfile = 'x'\n", "file", ""),
    ],
)
def test_mistakes_are_told(tmp_path: Path, text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as error:
        load(tmp_path, text)
    assert message in error.value.message
    assert "inspector.toml" in error.value.message
    assert hint in error.value.hint


def test_a_file_that_is_no_toml_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not TOML"):
        load(tmp_path, "[[budget")


def test_a_named_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        load_configuration(str(tmp_path / "none.toml"), isolated=False)


@pytest.mark.parametrize(
    ("key", "value", "parsed"),
    [
        ("max-size", "5GB", 5 * 10**9),
        ("max-size", "5 GiB", 5 * 2**30),
        ("max-size", 1_000_000, 1_000_000),
        ("max-size", "1_000_000", 1_000_000),
        ("max-size", "0.5 TB", 5 * 10**11),
        ("max-growth", "2 %", Fraction(1, 50)),
        ("max-growth", "20MB", 20 * 10**6),
        ("max-layer", "ECR", (52_000 * 2**20, "ecr")),
        ("max-layer", "3 GB", (3 * 10**9, "")),
        ("max-shards", 64, 64),
        ("allow-dtypes", "BF16", ("BF16",)),
        ("max-component-size", {"vae": "200 MB"}, {"vae": 200 * 10**6}),
    ],
)
def test_values_as_people_write_them(key: str, value: Any, parsed: Any) -> None:
    assert parse_limit(key, value, "").value == parsed


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs")
@pytest.mark.parametrize(
    "arguments",
    [
        ("audit", "model", "--config", "pipe"),
        ("gate", "model", "--max-growth", "2%", "--baseline", "pipe"),
        ("convert", "pipe", "-o", "markdown"),
        ("inspect", "pipe.snapshot.json.gz"),
    ],
)
def test_no_pipe_is_waited_for(arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "model" / "model.safetensors", {"w": ("F32", (2,))})
    os.mkfifo("pipe")
    os.mkfifo("pipe.snapshot.json.gz")
    assert run(*arguments).code in (2, 3)


@pytest.mark.parametrize("size", ["9" * 5000 + " GB", "1." + "9" * 5000 + " GB"])
def test_a_size_of_thousands_of_digits_is_none(size: str) -> None:
    with pytest.raises(UsageError, match="not a size"):
        parse_size(size)
