"""Values that say how a remote source behaves on the network; nothing here touches it."""

from collections.abc import Mapping

from inspector.values import field, frozen, no_entries

USER_AGENT = "safetensors-inspector"


@frozen
class Patience:
    """How long to wait and how often to try again; every remote read ends within these bounds.

    An answer may take `answer_seconds` and then must bring `least_bytes_per_second` on average. A read is
    given up after `attempts` that brought nothing, or after `costly_attempts` that ran out of time or in which
    the server contradicted itself. Waits between attempts double from `first_wait_seconds`. All reads of a
    source together end after `total_seconds`, to which what arrives adds time unless `extended_by_bytes` is off.
    """

    connect_seconds: float = 10.0
    answer_seconds: float = 12.0
    least_bytes_per_second: int = 8192
    attempts: int = 5
    costly_attempts: int = 2
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 8.0
    total_seconds: float = 300.0
    extended_by_bytes: bool = True


@frozen
class Network:
    """Proxies by URL scheme ("http", "https", "all"), hosts reached without one, certificates, connections at once.

    `ca_file` and `ca_folder` replace the system's certificates where one is given.
    """

    proxies: Mapping[str, str] = field(default_factory=no_entries)
    no_proxy: tuple[str, ...] = ()
    ca_file: str = ""
    ca_folder: str = ""
    user_agent: str = USER_AGENT
    parallel_reads: int = 24
    patience: Patience = field(default_factory=Patience)
