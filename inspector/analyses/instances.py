"""Names that tell instances of one component apart: CLIP-L by its width, never by its position."""

from collections.abc import Sequence

from inspector.analyses.census import LogicalGroup


def instance_name(
    kind: str,
    path: tuple[str, ...],
    logical: Sequence[LogicalGroup],
    names: Sequence[tuple[str, ...]],
    members: Sequence[int],
) -> str:
    """A name for one region, "" where it needs none."""
    return ""
