"""What the Hub means when it refuses: one sentence and the next step for each of its error codes."""

from collections.abc import Mapping

from inspector.errors import AccessDenied, CannotLook, NotFound, Unreachable

_LOG_IN = "Log in with `hf auth login`, or set HF_TOKEN."


def refusal(subject: str, status: int, headers: Mapping[str, str], *, has_token: bool) -> CannotLook:
    """The error that an answer of the Hub stands for; only for statuses that another attempt does not mend."""
    code, message = headers.get("x-error-code", ""), _plain(headers.get("x-error-message", ""))
    if "disabled" in message.lower():
        return AccessDenied(f"{subject}: the Hub has disabled this repository.")
    if "invalid credentials" in message.lower() or code == "InvalidToken":
        return AccessDenied(f"{subject}: the Hub does not accept the token.", hint=_LOG_IN)
    if code == "GatedRepo":
        return _gated(subject, has_token=has_token)
    if code == "RevisionNotFound":
        return NotFound(f"{subject}: no such revision.", hint="Check the branch, tag or commit after the @.")
    if code == "EntryNotFound":
        return NotFound(f"{subject}: no such file at this revision.")
    if status == 404 and not code:
        return NotFound(f"{subject}: the server has no such thing (404).", hint="Check the name.")
    if code == "RepoNotFound" or status in (401, 404):
        return _missing(subject, has_token=has_token)
    if status == 403:
        return AccessDenied(f"{subject}: the Hub denies access.", hint="" if has_token else _LOG_IN)
    return Unreachable(f"{subject}: the server answered {status}.")


def _gated(subject: str, *, has_token: bool) -> CannotLook:
    if has_token:
        hint = "Accept its conditions on the repository's page with the account the token belongs to."
    else:
        hint = f"Accept its conditions on the repository's page. {_LOG_IN}"
    return AccessDenied(f"{subject}: the repository is gated, and its files may not be read.", hint=hint)


def _missing(subject: str, *, has_token: bool) -> CannotLook:
    if has_token:
        return NotFound(f"{subject}: no such repository, or the token may not see it.", hint="Check the name.")
    return NotFound(
        f"{subject}: no such repository, or it is private.", hint=f"Check the name. For a private one: {_LOG_IN}"
    )


def _plain(text: str) -> str:
    return "".join(character for character in text[:512] if character.isprintable())
