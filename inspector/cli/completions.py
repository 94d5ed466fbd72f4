"""What a shell offers for words that are no options: paths, schemes, devices, rules."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def paths(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """Whatever the shell knows of files."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def schemes(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    from inspector.knowledge.schemes import FAMILIES, SCHEMES

    return _beginning(incomplete, [*FAMILIES, *(row.id for row in SCHEMES)])


def devices(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    from inspector.knowledge.devices import DEVICES

    return _beginning(incomplete, (row.id for row in DEVICES))


def rules(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    from inspector.rules.catalogue import all_rules

    return _beginning(incomplete, [name for rule in all_rules() for name in (rule.code, rule.name)])


def _beginning(incomplete: str, words: Iterable[str]) -> "list[CompletionItem]":
    from click.shell_completion import CompletionItem

    return [CompletionItem(word) for word in words if word.lower().startswith(incomplete.lower())]
