"""How the Hub is reached: given as values, never read from the environment here."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from inspector.sources.header_cache import HeaderCache
from inspector.sources.hub_target import DEFAULT_ENDPOINT
from inspector.sources.network.settings import Network
from inspector.values import field, frozen

if TYPE_CHECKING:
    from inspector.sources.oci.challenge import Login


@frozen
class HubSettings:
    """`token` "" sends none; `cache_folder` is huggingface_hub's ("" for none), `header_cache` our own.

    With `offline` nothing is asked of any server. `anonymous` keeps object stores from looking for credentials.
    `say` is told of long waits. `registry_login` gives the login for a repository of a container registry.
    """

    endpoint: str = DEFAULT_ENDPOINT
    token: str = field(default="", repr=False)
    cache_folder: str = ""
    offline: bool = False
    anonymous: bool = False
    header_cache: HeaderCache | None = None
    network: Network = field(default_factory=Network)
    say: Callable[[str], None] | None = None
    registry_login: "Callable[[str, str], Login] | None" = None
