"""Tables of what belongs together, of wrappers and of leftovers."""

from inspector.knowledge.counterparts import ADAPTER_HALVES, GANGS, NEEDS
from inspector.knowledge.wrappers import LEFTOVERS, WRAPPERS


def test_no_word_stands_in_two_gangs_and_each_gang_has_a_source() -> None:
    words = [word for gang in GANGS for word in gang.words]
    assert len(words) == len(set(words))
    assert all(gang.source and len(gang.words) > 1 for gang in GANGS)


def test_needs_are_unique_and_have_a_source() -> None:
    rows = [(row.word, row.needs) for row in NEEDS]
    assert len(rows) == len(set(rows))
    assert all(row.source and row.needs and row.word not in row.needs for row in NEEDS)


def test_halves_of_adapters_differ() -> None:
    assert len(set(ADAPTER_HALVES)) == len(ADAPTER_HALVES)
    assert all(one != other and one not in other for one, other in ADAPTER_HALVES)


def test_wrappers_and_leftovers_are_unique_and_have_a_source() -> None:
    wrappers = [row.word for row in WRAPPERS]
    leftovers = [word for row in LEFTOVERS for word in row.words]
    assert len(wrappers) == len(set(wrappers))
    assert len(leftovers) == len(set(leftovers))
    assert all(row.source and row.by for row in WRAPPERS)
    assert all(row.source and row.what for row in LEFTOVERS)
