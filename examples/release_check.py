"""May the new checkpoint ship? Audits it, holds its sizes against limits, and compares it with the last one."""

import sys

import inspector

MAX_BYTES = 20_000_000_000
MAX_PHONE_BYTES = 6_000_000_000  # as gguf/q4_k_m


def problems(old: inspector.Checkpoint, new: inspector.Checkpoint) -> list[str]:
    """Every reason not to ship, as a sentence."""
    found = [f"{finding.rule} {finding.path}: {finding.message}" for finding in inspector.audit(new).failing]
    size = inspector.inspect(new).breakdown.file_bytes
    if size > MAX_BYTES:
        found.append(f"{size:,} bytes are {size - MAX_BYTES:,} too many")
    for row in inspector.project(new, schemes="gguf/q4_k_m").projections:
        if row.high_bytes > MAX_PHONE_BYTES:
            found.append(f"{row.scheme} takes up to {row.high_bytes:,} bytes ({row.basis})")
    for fit in inspector.memory(new, context=8192, scheme="gguf/q4_k_m", gpu="8GB").estimates[0].fits:
        if fit.fits is False:
            found.append(f"with 8,192 tokens it lacks {-fit.headroom_bytes:,} bytes on {fit.device}")
    difference = inspector.diff(old, new)
    if difference.removed:
        found.append(f"{len(difference.removed):,} tensors are gone, the first is {difference.removed[0].name}")
    return found


if __name__ == "__main__":
    try:
        reasons = problems(*map(inspector.open, sys.argv[1:3]))
    except inspector.InspectorError as error:
        sys.exit(f"{error.message} {error.hint}")
    print("\n".join(reasons) or "fit to ship")
    sys.exit(1 if reasons else 0)
