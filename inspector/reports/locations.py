"""Where a finding points to, as CI systems want it: a path relative to the working folder, never absolute."""

from posixpath import normpath
from urllib.parse import quote

from inspector.model import Target
from inspector.paths import folder_of
from inspector.rules.engine import AuditReport, Finding


def location_path(target: Target, path: str) -> str:
    """The path of a file of the target, relative to the working folder where the target was named so.

    An absolute target, or one that is not on this machine, gives the path within the target. "." is the target itself.
    """
    ref = target.ref.replace("\\", "/")
    if target.kind not in ("file", "folder") or ref.startswith(("/", "~", "..")) or ref[1:2] == ":":
        return path or "."
    folder = folder_of(ref) if target.kind == "file" or ref.endswith(".json") else ref
    joined = normpath("/".join(part for part in (folder, path) if part) or ".")
    return joined if not joined.startswith(("../", "/")) else path or "."


def location_uri(report: AuditReport, finding: Finding) -> str:
    """The same as a relative URI, percent-encoded."""
    path = location_path(report.target, finding.path)
    uri = quote(path.encode("utf-8", "replace"), safe="/-._~")
    return f"./{uri}" if ":" in path.partition("/")[0] else uri
