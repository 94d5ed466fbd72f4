"""Names in a header are attacker text: nothing of them acts in any sink."""

import unicodedata

import pytest

from inspector.text import (
    escape,
    for_csv,
    for_github_data,
    for_github_property,
    for_markdown,
    for_terminal,
    for_xml,
    shorten,
)

HOSTILE = {
    "escape sequence": "\x1b]8;;http://x\x07click\x1b[2J",
    "line break": "a\n::error ::b\r\nc",
    "nul": "a\x00b",
    "c1": "a\x9b31mb",
    "bidi": "a\u202egnp.exe",
    "zero width": "a\u200bb\ufeff",
    "tags": "a\U000e0041\U000e0042",
    "surrogate": "a\ud800",
    "private": "a\ue000",
    "noncharacter": "a\uffff",
    "zalgo": "a" + "\u0301" * 2000,
    "hangul filler": "a\u3164b",
    "braille blank": "a\u2800",
    "separator": "a\u2028b",
    "long": "x" * 100_000,
}
SINKS = {"terminal": for_terminal, "markdown": for_markdown, "csv": for_csv, "github": for_github_data, "xml": for_xml}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("sink", SINKS)
def test_hidden_characters_reach_no_sink(sink: str, name: str) -> None:
    out = SINKS[sink](HOSTILE[name])
    assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for c in out)
    assert "\u3164" not in out
    assert "\u2800" not in out


def test_ordinary_names_stay_as_they_are() -> None:
    for name in ("model.layers.0.self_attn.q_proj.weight", "emoji \U0001f600", "größe", "模型", "a\u0301"):
        assert for_terminal(name) == name


def test_piled_up_marks_are_spelled_out() -> None:
    assert escape("a" + "\u0301" * 6).count("\u0301") == 4


def test_shortening_keeps_both_ends() -> None:
    assert shorten("abcdefgh", 8) == "abcdefgh"
    assert shorten("abcdefghi", 8) == "abcd…ghi"
    assert len(for_terminal("x" * 10_000, 50)) == 50


def test_markdown_shows_markup_as_text() -> None:
    out = for_markdown("a|b`c`<img src=x>[x](y)*z*@someone")
    assert not set("<>@") & set(out.replace("&lt;", "").replace("&gt;", "").replace("&#64;", ""))
    for char in "|`[]*":
        assert out.count(char) == out.count("\\" + char)


def test_spreadsheets_get_no_formula() -> None:
    assert for_csv("=cmd()") == "'=cmd()"
    assert for_csv("+1") == "'+1"
    assert for_csv("@x") == "'@x"
    assert for_csv("model.weight") == "model.weight"


def test_workflow_commands_are_data() -> None:
    assert for_github_data("100%\n::error::x") == "100%25\\n::error::x"
    assert for_github_property("a:b,c") == "a%3Ab%2Cc"
