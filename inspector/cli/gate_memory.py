"""The memory that a gate's budget is held against: the estimate of `inspector memory` for inference."""

from inspector.analyses.census import Census
from inspector.errors import UsageError
from inspector.model import Checkpoint
from inspector.units import Units, format_bytes


def estimate_bytes(
    checkpoint: Checkpoint, census: Census, *, scheme: str = "", context: int | None = None, units: Units = "si"
) -> tuple[int | None, str]:
    """Estimated bytes and what they consist of; None and why where no estimate can be made."""
    from inspector.analyses.memory.estimates import estimate_memory
    from inspector.analyses.memory.report import MemoryRequest

    request = MemoryRequest(schemes=(scheme,) if scheme else (), context=context)
    try:
        report = estimate_memory(checkpoint, census, request)
    except UsageError as error:
        return None, error.message
    if not report.estimates:
        return None, next((why for _, why in report.not_offered), "no estimate can be made")
    estimate = report.estimates[0]
    sums: dict[str, int] = {}
    for part in estimate.parts:
        sums[part.label] = sums.get(part.label, 0) + part.bytes
    largest = sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:3]
    parts = ", ".join(f"{label} {format_bytes(size, units)}" for label, size in largest if size)
    asked = f"context {report.request.context:,}" if report.request.context else ""
    return estimate.estimated_bytes, "; ".join(text for text in (asked, parts) if text)
