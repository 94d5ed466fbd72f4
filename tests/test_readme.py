"""README.md shows what the commands print on a terminal; `python -m tests.test_readme` writes their output anew."""

import re
import shlex
import tomllib
from pathlib import Path
from unittest import mock

import pytest

from tests.cli.runner import run

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
_CONSOLE = re.compile(r"```console\n\$ (inspector [^\n]*)\n(.*?)```", re.DOTALL)
SHOWN = _CONSOLE.findall(README.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("command", "shown"), SHOWN, ids=[command for command, _ in SHOWN])
def test_shown_output_is_what_is_printed(command: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert _printed(command).strip() == shown.strip()


def _printed(command: str) -> str:
    """What a command prints on a terminal of 100 columns, without colour."""
    with mock.patch("inspector.cli.options.terminal_width", return_value=100):
        return run(*shlex.split(command)[1:]).out


def test_there_is_output_to_compare() -> None:
    assert len(SHOWN) >= 2


def test_the_first_two_shell_blocks_are_one_command_each() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 2
    assert all(len(block.strip().splitlines()) == 1 for block in blocks[:2])
    assert "fixtures/" in blocks[0]
    assert "pytest" in blocks[1]


def test_links_lead_somewhere() -> None:
    for page in (README, ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_the_version_is_one() -> None:
    import inspector

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == inspector.__version__
    assert f"## {inspector.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def write_anew() -> None:
    """Replace the shown output of every command by what it prints now."""

    def printed(match: re.Match[str]) -> str:
        out = _printed(match[1]).strip("\n")
        return f"```console\n$ {match[1]}\n{out}\n```"

    README.write_text(_CONSOLE.sub(printed, README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write_anew()
