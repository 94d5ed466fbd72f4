"""The rule catalogue as text, Markdown and a document; docs/rules.md is made here."""

import re
from collections.abc import Sequence
from typing import Any, Final

from inspector.reports.styles import wrap
from inspector.reports.tables import Column, prose_column, render_table
from inspector.rules.catalogue import FAMILIES
from inspector.rules.engine import Rule, explain

_WIDTH: Final = 100
_NEEDS: Final = {
    "": "headers",
    "index": "an index",
    "config": "a configuration beside the weights",
    "hub": "a Hub repository",
    "revision": "a repository that has revisions, on the Hub or in a registry",
    "contents": "files beside the weights (local targets, or --contents)",
    "tensor-data": "tensor data (--weights)",
    "verification": "whole files and known hashes (inspector verify)",
}
_INTRO: Final = """# Rules

What `inspector audit` judges. A code is never reused; its first digit names the family. `--select` and `--ignore`
take a code, its beginning (`ST3`) or a name. Severity says how bad it is: `error` fails the audit, `warning` fails it
with `--fail-on warning`, `info` is a remark. Kind says what it is about: the specification, integrity, security,
hygiene or policy.

This page is made from the rules themselves (`inspector rules -o markdown`).
"""


def rule_document(rule: Rule) -> dict[str, Any]:
    """One rule with its explanation taken apart."""
    words = explain(rule)
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity,
        "kind": rule.kind,
        "needs": _NEEDS[rule.needs],
        "title": words.title,
        "what": words.what,
        "why": words.why,
        "loads": words.loads,
        "fix": words.fix,
    }


def rules_text(rules: Sequence[Rule], *, detailed: bool, width: int | None) -> str:
    """A table of the rules, or a page for each."""
    if detailed:
        return "\n\n".join(_page(rule, min(width or _WIDTH, _WIDTH)) for rule in rules)
    columns = [Column("code"), Column("severity"), prose_column("what", readable=60)]
    columns += [Column("name", spare=True), Column("kind", spare=True)]
    rows = [[rule.code, rule.severity, explain(rule).title, rule.name, rule.kind] for rule in rules]
    return render_table(columns, rows, width=width)


def _page(rule: Rule, width: int) -> str:
    words = explain(rule)
    parts = (
        ("", words.what),
        ("Why it matters", words.why),
        ("Who loads it anyway", words.loads),
        ("What to do", words.fix),
        ("Needs", _NEEDS[rule.needs]),
    )
    head = wrap(f"{rule.code} {rule.name} ({rule.severity}, {rule.kind})", width, "", "  ")
    paragraphs = [f"{label}: {text}" if label else text for label, text in parts if text]
    title = wrap(f"{words.title}.", width, "  ", "  ")
    return "\n\n".join([f"{head}\n{title}", *(wrap(text, width, "  ", "  ") for text in paragraphs)])


def rules_markdown(rules: Sequence[Rule]) -> str:
    """One page with a section for each family and rule."""
    blocks = [_INTRO.rstrip()]
    family = ""
    for rule in rules:
        if rule.code[:3] != family:
            family = rule.code[:3]
            blocks.append(f"## {family}xx: {FAMILIES[family]}")
        blocks.append(_section(rule))
    return "\n\n".join(blocks) + "\n"


def _section(rule: Rule) -> str:
    words = explain(rule)
    needs = _NEEDS[rule.needs]
    blocks = [f"### {rule.code} `{rule.name}`", f"{words.title}. *{rule.severity}, {rule.kind}; needs {needs}.*"]
    labelled = (("Why it matters", words.why), ("Who loads it anyway", words.loads), ("What to do", words.fix))
    blocks += [_markdown(words.what)] if words.what else []
    blocks.append("\n".join(f"- **{label}:** {_markdown(text)}" for label, text in labelled if text))
    return "\n\n".join(_markdown(block) if i == 1 else block for i, block in enumerate(blocks))


def _markdown(text: str) -> str:
    """Prose in which names with underscores are shown as they are."""
    return re.sub(r"`?(__\w+__)`?", r"`\1`", text).replace("\\u", "\\\\u")
