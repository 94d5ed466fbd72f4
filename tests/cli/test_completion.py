"""What a shell offers after TAB."""

import pytest
from click.shell_completion import CompletionItem, ShellComplete

from inspector.cli.main import group
from tests.cli.runner import run


def _offered(*words: str) -> list[CompletionItem]:
    return ShellComplete(group, {}, "inspector", "_INSPECTOR_COMPLETE").get_completions(list(words[:-1]), words[-1])


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("ga",), ["gate"]),
        (("gate", "model", "--max-sh"), ["--max-shards"]),
        (("project", "model", "--scheme", "gguf/q4_k"), ["gguf/q4_k_m", "gguf/q4_k_s"]),
        (("schemes", "bnb/i"), ["bnb/int8"]),
        (("rules", "st305"), ["ST305"]),
        (("rules", "tensor-in-two"), ["tensor-in-two-shards"]),
        (("memory", "model", "--gpu", "rtx-4080"), ["rtx-4080", "rtx-4080-super"]),
    ],
)
def test_words_are_completed(words: tuple[str, ...], offered: list[str]) -> None:
    assert [item.value for item in _offered(*words)] == offered


@pytest.mark.parametrize("words", [("mod",), ("inspect", "mod"), ("diff", "a", "mod"), ("gate", "mod")])
def test_targets_are_left_to_the_shell(words: tuple[str, ...]) -> None:
    assert [item.type for item in _offered(*words)] == ["file"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_each_shell(shell: str) -> None:
    assert "_INSPECTOR_COMPLETE" in run("completion", shell).out
