"""The exception tree.

    InspectorError                    one sentence that begins with the subject; never a traceback for the user
    ├── UsageError          exit 2    a flag, argument or configuration that cannot be obeyed
    └── CannotLook          exit 3    the subject could not be examined: no verdict
        ├── NotFound                  nothing is there
        ├── AccessDenied              it is there and may not be read: permission, gated, missing token
        ├── Unreachable               network, time-out, server fault
        ├── RefusedRedirect           a redirect to another scheme or to an address it must not lead to
        ├── NotAFile                  a FIFO, socket, device or folder where a file is needed
        ├── Unreadable                it was read, and not one of its weight files is what a loader opens
        ├── NothingToInspect          it was read and holds no safetensors weights
        ├── ChangedWhileReading       two reads of one file disagree
        ├── LimitReached              a stated bound stops the reader before an answer
        └── Unsupported               a target, format or extra that this installation cannot read

What is wrong with a checkpoint is a finding, never an exception.
"""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """A hint for a word that is not known: the nearest one, else `otherwise`, else all of them."""
    from difflib import get_close_matches

    names = list(known)
    close = get_close_matches(word.lower(), [name.lower() for name in names], 1)
    if not close:
        return otherwise or f"Known are {', '.join(names)}."
    return f"Did you mean {next(name for name in names if name.lower() == close[0])}?"


class InspectorError(Exception):
    """A failure with one sentence for people and, where there is one, the next step as `hint`."""

    kind = "error"
    exit_code = 3

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(InspectorError):
    kind = "usage"
    exit_code = 2


class CannotLook(InspectorError):
    kind = "cannot-look"


class NotFound(CannotLook):
    kind = "not-found"


class AccessDenied(CannotLook):
    kind = "access-denied"


class Unreachable(CannotLook):
    kind = "unreachable"


class RefusedRedirect(CannotLook):
    kind = "refused-redirect"


class NotAFile(CannotLook):
    kind = "not-a-file"


class Unreadable(CannotLook):
    kind = "unreadable"


class NothingToInspect(CannotLook):
    kind = "nothing-to-inspect"


class ChangedWhileReading(CannotLook):
    kind = "changed-while-reading"


class LimitReached(CannotLook):
    kind = "limit-reached"


class Unsupported(CannotLook):
    kind = "unsupported"
