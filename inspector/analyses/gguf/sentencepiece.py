"""The pieces of a sentencepiece model (tokenizer.model), read from its protocol buffer without the library."""

from collections.abc import Iterator


def piece_lengths(model: bytes) -> list[int] | None:
    """Bytes of each piece's text in order of its id; None where the file is no such model."""
    try:
        lengths = [_text_length(body) for number, body in _fields(model) if number == 1]
    except (IndexError, ValueError):
        return None
    return lengths or None


def _text_length(piece: bytes) -> int:
    return next((len(body) for number, body in _fields(piece) if number == 1), 0)


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Fields of a message that hold bytes, with their numbers; other kinds are stepped over."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == 2:
            size, at = _varint(message, at)
            if at + size > len(message):
                raise ValueError("field ends after its message")
            yield tag >> 3, message[at : at + size]
            at += size
        else:
            at = _step_over(message, at, kind)


def _step_over(message: bytes, at: int, kind: int) -> int:
    if kind == 0:
        return _varint(message, at)[1]
    if kind in (1, 5):
        return at + (8 if kind == 1 else 4)
    raise ValueError("unknown kind of field")


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("number of more than 64 bits")
