"""Runs the command line in this process, as the shell would."""

import io
import json
import sys
from dataclasses import dataclass
from typing import Any
from unittest import mock

from inspector.cli.main import exit_code


@dataclass(frozen=True)
class Result:
    """Exit code and what was written where."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


class _Stream(io.TextIOWrapper):
    """A text stream over bytes, as sys.stdout is."""

    def __init__(self) -> None:
        self.raw_bytes = io.BytesIO()
        super().__init__(self.raw_bytes, encoding="utf-8", write_through=True)

    def text(self) -> str:
        self.flush()
        return self.raw_bytes.getvalue().decode("utf-8")


def run(*arguments: str, env: dict[str, str] | None = None) -> Result:
    """Run `inspector ARGUMENTS`."""
    out, err = _Stream(), _Stream()
    with mock.patch.dict("os.environ", env or {}), mock.patch.object(sys, "stdout", out):
        with mock.patch.object(sys, "stderr", err):
            code = exit_code(list(arguments))
        return Result(code, out.text(), err.text())
