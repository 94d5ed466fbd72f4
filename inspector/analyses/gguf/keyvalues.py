"""Sizes of key-values in a GGUF header."""

from inspector.units import round_up
from inspector.values import frozen


@frozen
class Amount:
    """A number of bytes with bounds; all three are equal where it is known."""

    low: int
    best: int
    high: int

    def __add__(self, other: "Amount") -> "Amount":
        return between(self.low + other.low, self.best + other.best, self.high + other.high)

    @property
    def exact(self) -> bool:
        return self.low == self.high


def between(low: int, best: int, high: int) -> Amount:
    return Amount(low=low, best=best, high=high)


def known(size: int) -> Amount:
    return between(size, size, size)


class KeyValues:
    """Key-values by key, each with its bytes; a key that is set again is not counted twice."""

    __slots__ = ("sizes",)

    def __init__(self) -> None:
        self.sizes: dict[str, Amount] = {}

    def scalar(self, key: str, size: int = 4) -> None:
        """A number of `size` bytes, or a flag of one."""
        self.sizes[key] = known(_head(key) + size)

    def text(self, key: str, value: str) -> None:
        self.sizes[key] = known(_head(key) + 8 + text_bytes(value))

    def text_of(self, key: str, length: Amount) -> None:
        """A text of which only the length is known, or bounds of it."""
        self.sizes[key] = known(_head(key) + 8) + length

    def numbers(self, key: str, count: int, size: int = 4) -> None:
        self.sizes[key] = known(_head(key) + 12 + count * size)

    def texts(self, key: str, count: int, characters: int) -> None:
        """An array of `count` texts with `characters` bytes together."""
        self.sizes[key] = known(_head(key) + 12 + 8 * count + characters)

    def unknown(self, what: str, amount: Amount) -> None:
        """Key-values of which not even the keys are known."""
        self.sizes[what] = amount

    @property
    def total(self) -> Amount:
        return sum(self.sizes.values(), known(0))


def _head(key: str) -> int:
    """Bytes of a key and of its value's type."""
    return 8 + text_bytes(key) + 4


def text_bytes(text: str) -> int:
    """Bytes of a text in UTF-8; halves of surrogate pairs, which JSON may hold, count as three each."""
    return len(text.encode("utf-8", "surrogatepass"))


def padded(size: int, alignment: int = 32) -> int:
    """`size` up to the next multiple of the alignment."""
    return round_up(size, alignment)
