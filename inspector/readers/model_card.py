"""Reads the facts of a model card that are worth showing: its front matter, bounded, without a YAML library."""

from typing import Final

#: Longest front matter that is read, in characters and in lines.
MAX_CHARACTERS: Final = 64_000
MAX_LINES: Final = 2_000
#: Most entries kept of a list, and characters kept of an entry.
MAX_ENTRIES: Final = 20
MAX_ENTRY: Final = 200

_FENCE: Final = "---"


#: What is kept: whose terms, made from what, for what.
KEYS: Final = ("license", "license_name", "license_link", "base_model", "pipeline_tag", "library_name")


def read_card(text: str) -> dict[str, tuple[str, ...]]:
    """The values of `KEYS` in the front matter of a README.md; {} where there is no front matter that ends."""
    entries = _entries(_front_matter(text))
    return {key: entries[key] for key in KEYS if entries.get(key)}


def _front_matter(text: str) -> list[str]:
    """The lines between the first two fences, [] where the text does not begin with one or never closes it."""
    lines = text[:MAX_CHARACTERS].lstrip("\ufeff").splitlines()[:MAX_LINES]
    if not lines or lines[0].rstrip() != _FENCE:
        return []
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == _FENCE:
            return lines[1:number]
    return []


def _entries(lines: list[str]) -> dict[str, tuple[str, ...]]:
    """Values of the keys at the left margin: a scalar, a list in brackets, or a list of lines with dashes."""
    entries: dict[str, tuple[str, ...]] = {}
    key = ""
    for line in lines:
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        if stripped.startswith("- ") and key:
            if len(entries[key]) < MAX_ENTRIES and (value := _scalar(stripped[2:])):
                entries[key] = (*entries[key], value)
        elif line[0] in " \t":
            continue
        else:
            name, colon, rest = stripped.partition(":")
            key = name.strip() if colon else ""
            if key:
                entries[key] = _values(rest.strip())
    return entries


def _values(text: str) -> tuple[str, ...]:
    if text.startswith("[") and text.endswith("]"):
        values = (_scalar(piece) for piece in text[1:-1].split(",")[:MAX_ENTRIES])
        return tuple(value for value in values if value)
    value = _scalar(text)
    return (value,) if value else ()


def _scalar(text: str) -> str:
    """A plain or quoted scalar without its comment; "" for one that spans lines or is null."""
    text = text.strip()
    if text[:1] in ('"', "'"):
        return text[1:].partition(text[0])[0][:MAX_ENTRY]
    text = text.partition(" #")[0].strip()
    return "" if text in ("", "null", "~", "|", ">", "|-", ">-", "[]", "{}") else text[:MAX_ENTRY]
