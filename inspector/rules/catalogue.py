"""All rules in the order of their codes, and how to select among them."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from inspector.errors import UsageError
from inspector.rules import (
    configuration,
    format,
    hygiene,
    modules,
    numbers,
    repository,
    safety,
    shards,
    source,
    tensors,
    tolerated,
    verified,
)
from inspector.rules.engine import Rule

RULES: Final[tuple[Rule, ...]] = tuple(
    sorted(
        (
            *format.RULES,
            *tolerated.RULES,
            *tensors.RULES,
            *hygiene.RULES,
            *shards.RULES,
            *repository.RULES,
            *configuration.RULES,
            *numbers.RULES,
            *modules.RULES,
            *safety.RULES,
            *source.RULES,
            *verified.RULES,
        ),
        key=lambda rule: rule.code,
    )
)

#: What the first digit of a code says.
FAMILIES: Final[dict[str, str]] = {
    "ST1": "Format",
    "ST2": "Tensors",
    "ST3": "Shards and index",
    "ST4": "Repository and layout",
    "ST5": "Configuration against weights",
    "ST6": "Unsafe companions and deceptive names",
    "ST7": "Budgets and expectations",
    "ST8": "Source and integrity",
}


@cache
def all_rules() -> tuple[Rule, ...]:
    """The rules of audit and of the gate together, by code: what `inspector rules` and reports explain."""
    from inspector.rules.policy import POLICY_RULES

    return tuple(sorted((*RULES, *POLICY_RULES), key=lambda rule: rule.code))


def select_rules(
    select: Iterable[str] = (), ignore: Iterable[str] = (), *, among: Sequence[Rule] = RULES
) -> tuple[Rule, ...]:
    """The rules of `among` whose code begins with one of `select` (all where it is empty) and with none of `ignore`.

    A selector is a code, its beginning, a name or ALL. Raises `UsageError` for one that matches nothing.
    """
    wanted, unwanted = tuple(select), tuple(ignore)
    for selector in (*wanted, *unwanted):
        if not any(_matches(rule, selector) for rule in all_rules()):
            raise UsageError(f"{selector} selects no rule.", hint=_nearest(selector))
    chosen = tuple(rule for rule in among if not wanted or _any(rule, wanted))
    return tuple(rule for rule in chosen if not _any(rule, unwanted))


def _any(rule: Rule, selectors: Sequence[str]) -> bool:
    return any(_matches(rule, selector) for selector in selectors)


def _matches(rule: Rule, selector: str) -> bool:
    text = selector.strip()
    return bool(text) and (text.upper() == "ALL" or rule.code.startswith(text.upper()) or rule.name == text.lower())


def _nearest(selector: str) -> str:
    from difflib import get_close_matches

    names = [*(rule.code for rule in all_rules()), *(rule.name for rule in all_rules())]
    close = get_close_matches(selector.upper(), names, 1) or get_close_matches(selector.lower(), names, 1)
    meant = f"Did you mean {close[0]}? " if close else ""
    return f'{meant}"inspector rules" lists them.'
