"""The limits that docs/remote.md states are those of the code."""

from pathlib import Path

import pytest

from inspector.readers.checkpoint import MAX_REMOTE_READS
from inspector.readers.json_files import MAX_CONFIG_BYTES, MAX_INDEX_BYTES
from inspector.sources.hub_listing import MOST_FILES, MOST_LISTING_BYTES
from inspector.sources.network.clocks import GETTING_ON_BYTES_PER_SECOND
from inspector.sources.network.redirects import MOST_HOPS
from inspector.sources.network.settings import Network, Patience
from inspector.sources.stores.libraries import LOGIN_SECONDS
from inspector.sources.stores.other import CALL_SECONDS
from inspector.sources.stores.rest import LISTING_SECONDS, OBJECTS_A_SECOND, PAGE_OBJECTS
from inspector.sources.stores.store import MOST_OBJECTS

PAGE = (Path(__file__).parents[2] / "docs" / "remote.md").read_text(encoding="utf-8")
USUAL = Patience()
EACH_KIB = GETTING_ON_BYTES_PER_SECOND // 1024
TOGETHER = f"{USUAL.total_seconds:.0f} s, and a second more for each {EACH_KIB} KiB that came"


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("connections at once", f"{Network().parallel_reads}"),
        ("beginning of an answer", f"{USUAL.connect_seconds:.0f} s and {USUAL.answer_seconds:.0f} s"),
        ("must bring on average", f"{USUAL.least_bytes_per_second:,} bytes a second"),
        ("after which a file is given up", f"{USUAL.attempts}"),
        (f"or after a wait of more than {USUAL.longest_wait_seconds:.0f} s", f"{USUAL.costly_attempts}"),
        ("all reads of one target together", TOGETHER),
        ("files in a repository's description", f"{MOST_FILES:,}"),
        ("files that are read of one target", f"{MAX_REMOTE_READS:,}"),
        (
            "bytes of the description, of an index, of a configuration",
            f"{MOST_LISTING_BYTES:,}, {MAX_INDEX_BYTES:,} and {MAX_CONFIG_BYTES:,}",
        ),
        ("redirects (object stores: none)", f"{MOST_HOPS}"),
    ],
)
def test_stated(rule: str, value: str) -> None:
    (line,) = [line for line in PAGE.splitlines() if line.startswith("|") and f"{rule} |" in line]
    assert line.split("|")[2].strip() == value


@pytest.mark.parametrize(
    "sentence",
    [
        f"where none are found within {LOGIN_SECONDS:.0f} s",
        f"listed once, {PAGE_OBJECTS:,} objects a request and {MOST_OBJECTS:,} in all",
        f"A listing may take {LISTING_SECONDS:.0f} s, and a second more for each {OBJECTS_A_SECOND} objects",
        f"library may take {CALL_SECONDS:.0f} s",
    ],
)
def test_said(sentence: str) -> None:
    assert sentence in PAGE
