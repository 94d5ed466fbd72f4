"""Names that tell instances of one component apart: CLIP-L by its width, never by its position."""

from collections.abc import Sequence

from inspector.analyses.census import LogicalGroup
from inspector.analyses.roles.structure import is_table
from inspector.knowledge.roles_instances import TEXT_ENCODERS


def instance_name(
    kind: str, logical: Sequence[LogicalGroup], names: Sequence[tuple[str, ...]], members: Sequence[int]
) -> str:
    """What a text encoder is called in the field, told from its token table's rows and width; "" where not known."""
    if kind != "text":
        return ""
    tables = [logical[index].shape for index in members if is_table(names[index], logical[index].shape)]
    rows = {(row.vocabulary, row.width): row.name for row in TEXT_ENCODERS}
    return next((rows[shape] for shape in tables if shape in rows), "")
