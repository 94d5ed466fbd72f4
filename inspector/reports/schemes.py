"""The scheme catalogue as text, Markdown and a document; the table of docs/quantisation.md is made here."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

from inspector.knowledge.schemes import KEEPS_BY_ID, Scheme
from inspector.reports.styles import wrap
from inspector.reports.tables import Column, number_column, prose_column, render_table, text_column
from inspector.units import format_ratio

_WIDTH: Final = 100


def layout_text(scheme: Scheme) -> str:
    """The block as a sum that shows its parts: `32 codes + 4 absmax F32 = 36 bytes per 64`."""
    if not scheme.block_params:
        return ""
    parts = " + ".join(f"{_bytes(bits)} {label}" for label, bits in scheme.block_parts)
    unit = "byte" if scheme.block_bits == 8 else "bytes"
    return f"{parts} = {_bytes(scheme.block_bits)} {unit} per {scheme.block_params}"


def _bytes(bits: int) -> str:
    """Bits as bytes, a fraction where they fill none: `64`, `1/2`, `133/2`."""
    value = Fraction(bits, 8)
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"


def _bits(scheme: Scheme) -> str:
    bits = scheme.bits_per_weight
    return "" if bits is None else format_ratio(bits, 3)


def scheme_document(scheme: Scheme) -> dict[str, Any]:
    """One scheme with its layout and its sources."""
    keeps, bits = KEEPS_BY_ID[scheme.keeps], scheme.bits_per_weight
    return {
        "id": scheme.id,
        "family": scheme.family,
        "summary": scheme.summary,
        "tool": scheme.tool,
        "block_params": scheme.block_params,
        "block_parts": [{"what": label, "bytes": _bytes(bits)} for label, bits in scheme.block_parts],
        "bits_per_weight": None if bits is None else float(format_ratio(bits, 6)),
        "extra": scheme.extra,
        "converts": keeps.converts,
        "keeps": keeps.keeps,
        "compared": scheme.compared,
        "source": scheme.source,
    }


def schemes_text(schemes: Sequence[Scheme], *, detailed: bool, width: int | None) -> str:
    """A table of the schemes, or a page for each."""
    if detailed:
        return "\n\n".join(_page(scheme, min(width or _WIDTH, _WIDTH)) for scheme in schemes)
    columns = [Column("scheme"), number_column("bits"), prose_column("what", readable=36)]
    columns.append(prose_column("block", spare=True, readable=36))
    rows = [[scheme.id, _bits(scheme), scheme.summary, layout_text(scheme)] for scheme in schemes]
    return render_table(columns, rows, width=width)


def _page(scheme: Scheme, width: int) -> str:
    keeps = KEEPS_BY_ID[scheme.keeps]
    bits = _bits(scheme)
    entries = [
        ("block", f"{layout_text(scheme)}: {bits} bits a weight" if bits else ""),
        ("beside it", scheme.extra),
        ("converts", keeps.converts),
        ("keeps", keeps.keeps),
        ("tool", scheme.tool),
        ("compared with", scheme.compared or "no output of the tool; figures are modelled"),
        ("source", f"{scheme.source}; {keeps.source}"),
    ]
    lines = [wrap(f"{scheme.id}: {scheme.summary}", width, "", "  ")]
    lines += [_entry(label, text, width) for label, text in entries if text]
    return "\n".join(lines)


def _entry(label: str, text: str, width: int) -> str:
    return wrap(text, width, f"  {label + ':':<15}", " " * 17)


def schemes_markdown(schemes: Sequence[Scheme]) -> str:
    """The catalogue family by family: the tools that are followed, what they keep, and a table of layouts."""
    families = list(dict.fromkeys(scheme.family for scheme in schemes))
    return "\n\n".join(_family([row for row in schemes if row.family == family]) for family in families) + "\n"


def _family(schemes: Sequence[Scheme]) -> str:
    first = schemes[0]
    lines = [f"### {first.family}"]
    for keeps in dict.fromkeys(scheme.keeps for scheme in schemes):
        rule = KEEPS_BY_ID[keeps]
        of = [scheme for scheme in schemes if scheme.keeps == keeps]
        names = "" if len(of) == len(schemes) else f"{', '.join(f'`{scheme.id}`' for scheme in of)}: "
        lines.append(f"{names}Follows {first.tool}. Converts {rule.converts}; keeps {rule.keeps}.")
    columns = [text_column("scheme"), number_column("bits"), text_column("block"), text_column("what")]
    columns.append(text_column("compared with the tool"))
    rows = [[s.id, _bits(s), layout_text(s), s.summary, "yes" if s.compared else "no"] for s in schemes]
    return "\n\n".join([*lines, render_table(columns, rows, style="markdown")])
