"""docs/python.md names what there is, and its example runs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import inspector

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "release_check.py"


def test_every_public_function_has_a_row() -> None:
    rows = set(re.findall(r"^\| `(\w+)\(", PAGE, re.MULTILINE))
    assert rows == {name for name in inspector.__all__ if name.islower() and not name.startswith("_")}


def test_the_example_is_shown_as_it_is() -> None:
    shown = PAGE.partition("<!-- examples/release_check.py -->\n```python\n")[2].partition("```\n")[0]
    assert shown == EXAMPLE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("new", "code", "said"),
    [
        ("fixtures/tiny-llama", 0, "fit to ship"),
        ("fixtures/deepseek-v3.snapshot.json.gz", 1, "gguf/q4_k_m takes up to 404,497,451,808 bytes (modelled)"),
        ("./fixtures/none", 1, "does not exist"),
    ],
)
def test_the_example_runs(new: str, code: int, said: str) -> None:
    command = [sys.executable, str(EXAMPLE), "fixtures/tiny-llama", new]
    result = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert result.returncode == code
    assert said in result.stdout + result.stderr
