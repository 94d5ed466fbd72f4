"""What defining a hundred frozen values costs at import: by dataclasses, and by inspector.values."""

import time
from dataclasses import dataclass
from statistics import median

from inspector.values import frozen


def with_dataclass() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Value:
        """A value."""

        name: str
        count: int = 0
        shape: tuple[int, ...] = ()
        reason: str | None = None

    Value(name="a")


def with_values() -> None:
    @frozen
    class Value:
        """A value."""

        name: str
        count: int = 0
        shape: tuple[int, ...] = ()
        reason: str | None = None

    Value(name="a")


def main() -> None:
    for define in (with_dataclass, with_values):
        times = []
        for _ in range(20):
            start = time.process_time()
            for _ in range(100):
                define()
            times.append(time.process_time() - start)
        print(f"{define.__name__:16}{1000 * median(times):8.1f} ms for 100 classes")


if __name__ == "__main__":
    main()
