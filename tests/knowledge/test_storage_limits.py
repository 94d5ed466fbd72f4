"""The destination limits as a table."""

import re

from inspector.knowledge.storage_limits import STORAGE_LIMIT_BY_ID, STORAGE_LIMITS


def test_every_place_has_a_source_and_a_date() -> None:
    for row in STORAGE_LIMITS:
        assert row.source
        assert re.fullmatch(r"20\d\d-[01]\d", row.read)
        assert row.bytes > 0


def test_places_are_unique() -> None:
    assert len(STORAGE_LIMIT_BY_ID) == len(STORAGE_LIMITS)


def test_published_figures() -> None:
    assert STORAGE_LIMIT_BY_ID["ghcr"].bytes == 10_000_000_000
    assert STORAGE_LIMIT_BY_ID["ecr"].bytes == 54_525_952_000
    assert STORAGE_LIMIT_BY_ID["fat32"].bytes == 4_294_967_295
    assert STORAGE_LIMIT_BY_ID["github-release"].bytes == 2_147_483_647
