"""What a gate compares growth with: a kept report of ours, or a snapshot."""

import json
import os
from typing import Any, Final

from inspector.cli.options import Settings
from inspector.errors import CannotLook, InspectorError, UsageError
from inspector.rules.budgets import Sizes
from inspector.rules.measure import baseline_sizes, stored_sizes
from inspector.sources.local import read_regular

_SNAPSHOT: Final = ".snapshot.json.gz"
_MAX_BYTES: Final = 200_000_000


class Baseline:
    """The baseline of one run, read when first asked for. A missing one is told, a wrong one is a `UsageError`."""

    def __init__(self, path: str, settings: Settings) -> None:
        self._path, self._settings = path, settings
        self._document: Any = None

    def sizes(self, ref: str, scheme: str) -> tuple[Sizes | None, str]:
        """Sizes of a target in the baseline, or None and why there are none."""
        name = os.path.basename(self._path)
        if not self._path:
            return None, "no baseline is given"
        if not os.path.lexists(self._path):
            return None, f"the baseline {name} is not there"
        if self._path.endswith(_SNAPSHOT):
            return self._of_snapshot(scheme)
        found = baseline_sizes(self._read(name), ref, scheme=scheme, where=name)
        missing = f"for {scheme} " if scheme else ""
        return found, "" if found else f"the baseline {name} has no size {missing}of this target"

    def _read(self, name: str) -> Any:
        if self._document is None:
            try:
                self._document = json.loads(read_regular(self._path, _MAX_BYTES).decode("utf-8"))
            except CannotLook as error:
                raise UsageError(error.message) from None
            except (ValueError, RecursionError):
                raise UsageError(
                    f"{name} is not JSON.", hint="Write a baseline with: inspector inspect TARGET -o json=main.json"
                ) from None
        return self._document

    def _of_snapshot(self, scheme: str) -> tuple[Sizes | None, str]:
        from inspector.cli.run import look_at

        try:
            looked = look_at(self._path, self._settings)
        except InspectorError as error:
            raise UsageError(error.message, hint=error.hint) from None
        if not scheme:
            return stored_sizes(looked.checkpoint, looked.census), ""
        from inspector.analyses.projection import project

        rows = project(looked.checkpoint, looked.census, [scheme]).projections
        if not rows:
            return None, f"the baseline gives no size for {scheme}"
        return Sizes(file_bytes=rows[0].projected_bytes, components=dict(rows[0].components)), ""
