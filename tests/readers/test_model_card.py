"""The front matter of a model card, read without a YAML reader."""

import pytest

from inspector.readers.model_card import MAX_LINES, read_card


def test_scalars_and_lists() -> None:
    card = "license: apache-2.0\nbase_model:\n- org/a\n- 'org/b'\ntags: [x]\npipeline_tag: \"text-generation\"\n"
    assert read_card(f"---\n{card}---\n# Hi\n") == {
        "license": ("apache-2.0",),
        "base_model": ("org/a", "org/b"),
        "pipeline_tag": ("text-generation",),
    }


def test_inline_lists_and_comments() -> None:
    assert read_card("---\nbase_model: [org/a, org/b] \nlicense: mit # as upstream\n---\n") == {
        "base_model": ("org/a", "org/b"),
        "license": ("mit",),
    }


@pytest.mark.parametrize(
    "text",
    ["", "# No front matter", "---\nlicense: mit\n", "---\nlicense:\n---\n", "---\n" + "x: 1\n" * MAX_LINES + "---\n"],
)
def test_what_is_not_there_is_not_told(text: str) -> None:
    assert read_card(text) == {}
