"""The loader's rules 6 to 10: do the declared tensors cover the data section exactly, each with its right size?"""

from array import array
from itertools import accumulate

from inspector.dtypes import BITS
from inspector.model import TensorTable
from inspector.readers.faults import FaultLog


def check_offsets(table: TensorTable, header_bytes: int, file_bytes: int, log: FaultLog) -> None:
    """Log every tensor that is out of place or of the wrong size, then what the file has too little or too much."""
    if not _in_order(table):
        _check_places(table, header_bytes, log)
        _check_sizes(table, header_bytes, log)
    _check_end(table, header_bytes, file_bytes, log)


def _in_order(table: TensorTable) -> bool:
    """Do tensors of the right sizes follow one another in header order, as writers lay them out?

    The ends are then the running sums of the sizes and the beginnings the ends before them: two comparisons in C.
    """
    if not table.names:
        return True
    sizes = [size for form in table.forms if (size := form.declared_bytes) is not None]
    starts, stops = table.starts, table.stops
    if len(sizes) != len(stops) or starts[0] != 0 or starts[1:] != stops[:-1] or sum(sizes) != stops[-1]:
        return False
    return array("Q", accumulate(sizes)) == stops


def _check_places(table: TensorTable, header_bytes: int, log: FaultLog) -> None:
    starts, stops = table.starts, table.stops
    previous = 0
    for i in sorted(range(len(starts)), key=lambda i: (starts[i], stops[i])):
        start, stop = starts[i], stops[i]
        if start != previous:
            _log_misplaced(table.names[i], previous, start, header_bytes, log)
        if stop < start:
            log.add(
                "offsets-reversed",
                f"data_offsets [{start:,}, {stop:,}]",
                name=table.names[i],
                offset=header_bytes + start,
            )
        previous = stop


def _log_misplaced(name: str, previous: int, start: int, header_bytes: int, log: FaultLog) -> None:
    kind = "hole" if start > previous else "overlap"
    words = "a hole of" if start > previous else "an overlap of"
    log.add(
        kind,
        f"{words} {abs(start - previous):,} bytes: the tensor begins at data offset {start:,}",
        expected=f"it to begin at {previous:,}, where the one before it ends",
        name=name,
        offset=header_bytes + previous,
    )


def _check_sizes(table: TensorTable, header_bytes: int, log: FaultLog) -> None:
    declared = [form.declared_bytes for form in table.forms]
    if declared == [stop - start for start, stop in zip(table.starts, table.stops, strict=True)]:
        return
    for i, size in enumerate(declared):
        if size != table.stops[i] - table.starts[i]:
            _log_size(table, i, size, header_bytes, log)


def _log_size(table: TensorTable, i: int, declared: int | None, header_bytes: int, log: FaultLog) -> None:
    form, stored = table.forms[i], table.stops[i] - table.starts[i]
    shape = f"{form.dtype} {list(form.shape[:8])}{'…' if len(form.shape) > 8 else ''}"
    name, offset = table.names[i], header_bytes + table.starts[i]
    if form.overflows:
        log.add("size-overflow", f"{shape}, whose size overflows 64 bits", name=name, offset=offset)
    elif declared is None:
        bits = form.elements * BITS[form.dtype]
        log.add("bits-not-whole-bytes", f"{shape}, which is {bits:,} bits", name=name, offset=offset)
    elif stored >= 0:
        saw = f"{stored:,} bytes for {shape}"
        log.add("size-mismatch", saw, expected=f"{declared:,} bytes", name=name, offset=offset)


def _check_end(table: TensorTable, header_bytes: int, file_bytes: int, log: FaultLog) -> None:
    end = header_bytes + max(table.stops, default=0)
    if end > file_bytes:
        log.add(
            "data-beyond-file",
            f"the file is truncated: {file_bytes:,} bytes, {end - file_bytes:,} missing",
            expected=f"{end:,} bytes, where the last tensor ends",
            offset=file_bytes,
        )
    elif end < file_bytes:
        log.add(
            "trailing-bytes",
            f"{file_bytes - end:,} trailing bytes, not covered by any tensor",
            expected=f"the file to end at {end:,} bytes, with its last tensor",
            offset=end,
        )
