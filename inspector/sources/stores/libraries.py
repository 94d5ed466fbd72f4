"""The stores' own libraries: which extra brings them, how long they may take, what their errors mean."""

import sys
import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final, TypeVar

from inspector.errors import AccessDenied, CannotLook, NotFound, Unreachable, Unsupported

T = TypeVar("T")

#: URL scheme -> the extra of this distribution that brings its library.
EXTRAS: Final[Mapping[str, str]] = MappingProxyType(
    {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs", "az": "azure", "abfs": "azure", "abfss": "azure"}
)

#: How long a library may look for credentials: some ask a server of the machine they run on, which may not exist.
LOGIN_SECONDS: Final = 20.0

_MOST_REASON_LENGTH = 300

# Roots of the errors that the libraries raise, and those of them that mean "no credentials".
_ERRORS: Final = (
    ("builtins", "OSError"),
    ("builtins", "ValueError"),
    ("builtins", "TypeError"),
    ("builtins", "KeyError"),
    ("builtins", "RuntimeError"),
    ("botocore.exceptions", "BotoCoreError"),
    ("google.auth.exceptions", "GoogleAuthError"),
    ("gcsfs.retry", "HttpError"),
    ("requests.exceptions", "RequestException"),
    ("azure.core.exceptions", "AzureError"),
    ("paramiko.ssh_exception", "SSHException"),
)
_NO_CREDENTIALS: Final = (
    ("botocore.exceptions", "NoCredentialsError"),
    ("google.auth.exceptions", "DefaultCredentialsError"),
    ("azure.core.exceptions", "ClientAuthenticationError"),
)


def within(seconds: float, call: Callable[[], T], late: CannotLook) -> T:
    """What `call` returns. Raises `late` where that takes longer: it is left behind in a thread of its own."""
    outcome: list[T] = []
    raised = _Raised()

    def run() -> None:
        with raised:
            outcome.append(call())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if raised.error is not None:
        raise raised.error
    if not outcome:
        raise late
    return outcome[0]


class _Raised:
    """What a block raised, kept for the thread that waits for it."""

    error: BaseException | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        self.error = error
        return True


def told(subject: str, call: Callable[[], T], *, login: str = "") -> T:
    """What `call` returns; an error of a library as one sentence. `login` says how to get credentials."""
    try:
        return call()
    except CannotLook:
        raise
    except ImportError as error:
        raise missing(subject, error) from None
    except FileNotFoundError:
        raise NotFound(f"{subject}: nothing is there.", hint="Check the address.") from None
    except PermissionError as error:
        raise AccessDenied(f"{subject}: access is denied.", hint=login) from error
    except _loaded(_NO_CREDENTIALS) as error:
        raise no_credentials(subject, login) from error
    except _loaded(_ERRORS) as error:
        raise Unreachable(f"{subject}: {_reason(error)}.") from error


def no_credentials(subject: str, login: str) -> AccessDenied:
    return AccessDenied(f"{subject}: no credentials were found.", hint=login)


def missing(subject: str, error: ImportError) -> Unsupported:
    """The error for a library that is not installed, with the command that installs it."""
    scheme = subject.partition("://")[0].lower()
    if scheme in EXTRAS:
        hint = f'Install it: pip install "safetensors-inspector[{EXTRAS[scheme]}]"'
    elif scheme in _extras_of_fsspec():
        hint = f'Install it: pip install "fsspec[{scheme}]"'
    else:
        hint = f"Its file system says: {_reason(error)}."
    return Unsupported(f"{subject}: reading {scheme}:// needs a library that is not installed.", hint=hint)


def _extras_of_fsspec() -> list[str]:
    from importlib.metadata import metadata

    return metadata("fsspec").get_all("Provides-Extra") or []


def fsspec() -> Any:
    """The library that knows all schemes; huggingface_hub brings it. Raises `ImportError`."""
    return import_module("fsspec")


def _loaded(names: tuple[tuple[str, str], ...]) -> tuple[type[Exception], ...]:
    """The error classes of the libraries that are loaded; no other can be raised."""
    return tuple(getattr(sys.modules[module], name) for module, name in names if module in sys.modules)


def _reason(error: Exception) -> str:
    words = " ".join(str(getattr(error, "strerror", None) or error).split())[:_MOST_REASON_LENGTH]
    return (words or type(error).__name__).rstrip(".")
