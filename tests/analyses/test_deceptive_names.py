"""Names made to deceive, and names that only look odd."""

import pytest

from inspector.analyses.deceptive_names import MAX_NAME_CHARS, Problem, classify, find_problems


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("model.layers.0.mlp.w1.weight", ""),
        ("unet/down_blocks.0", ""),
        ("重み.weight", ""),
        ("внимание.weight", ""),
        ("δ.weight", ""),
        ("a b", ""),
        ("a..b", ""),
        ("w_", ""),
        ("emb👨‍👩‍👧", ""),
        ("a\0b", "control"),
        ("a\x1b[31m", "control"),
        ("a\x7f\b", "control"),
        ("a\x9b31m", "control"),
        ("a\nb", "control"),
        ("w\u200b", "invisible"),
        ("w\u202e", "invisible"),
        ("a\u2028b", "invisible"),
        ("a\uffff", "invisible"),
        ("a\ue000", "invisible"),
        ("a\U000e0041", "invisible"),
        ("a" + "\u0301" * 20, "invisible"),
        ("w\u200d", "invisible"),
        ("../x", "path"),
        ("a/../b", "path"),
        ("/etc/passwd", "path"),
        ("C:\\x", "path"),
        (".", "path"),
        ("..", "path"),
        ("__class__", "deceptive"),
        ("model.__init__.x", "deceptive"),
        ("__metadata__ ", "deceptive"),
        (" a", "deceptive"),
        ("аttn", "deceptive"),
        ("ｗ", "deceptive"),
        ("<cat-toy>", "unusual"),
        ("=cmd()", "unusual"),
        ("::error::x", "unusual"),
        ("name:0", ""),
        ("-rf", "unusual"),
        ("a-b_c+d", ""),
        ("", "extreme"),
        ("n" * MAX_NAME_CHARS, ""),
        ("n" * (MAX_NAME_CHARS + 1), "extreme"),
    ],
)
def test_classes(name: str, problem: Problem) -> None:
    assert classify(name) == problem
    expected = {problem: [name]} if problem else {}
    assert find_problems(["plain.weight", name]) == expected
    assert find_problems([name]) == expected


def test_no_names_no_problem() -> None:
    assert find_problems([]) == {}
