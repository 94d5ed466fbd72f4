"""The page on audit shows what the command says."""

import re
from pathlib import Path

import pytest

from tests.cli.runner import run
from tests.rules.support import CONFIG, language_model, sharded_files, write

PAGE = Path(__file__).parents[1] / "docs" / "audit.md"


def _example(folder: Path) -> Path:
    """A sharded model whose second shard lacks its last hundred bytes, with a pickle beside it."""
    spec = language_model()
    one, two = dict(list(spec.items())[:20]), dict(list(spec.items())[20:])
    files = {**sharded_files(one, two), "config.json": CONFIG, "training_args.bin": b"\x80\x04}\x94."}
    second = files["model-00002-of-00002.safetensors"]
    assert isinstance(second, bytes)
    return write(folder, {**files, "model-00002-of-00002.safetensors": second[:-100]})


def test_the_example_is_what_the_command_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _example(tmp_path / "model")
    monkeypatch.chdir(tmp_path)
    match = re.search(r"<!-- audit model -->\n```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert match is not None
    assert match[1] == run("audit", "model", "--isolated").out
