"""The XML of listings, bounded."""

from typing import TYPE_CHECKING

from inspector.sources.hub_listing import MOST_FILE_BYTES

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# A parsed element takes far more memory than its text: tags are counted first. A page of 1,000 objects has 60,000.
_MOST_TAGS = 200_000


def parse_xml(data: bytes, root: str) -> "Element":
    """The root element, which must have that name. Raises ValueError for anything else, declarations included."""
    from xml.etree import ElementTree

    if data.count(b"<") > _MOST_TAGS or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise ValueError("not plain XML of a listing")
    try:
        element = ElementTree.fromstring(data)
    except (ElementTree.ParseError, LookupError) as error:
        raise ValueError("no XML") from error
    if element.tag.rpartition("}")[2] != root:
        raise ValueError(f"no {root}")
    return element


def size_of(text: str) -> int | None:
    """A size in bytes, None for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        return None
    return int(text) if int(text) <= MOST_FILE_BYTES else None
