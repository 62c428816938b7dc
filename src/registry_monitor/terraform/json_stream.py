"""Reads JSON of any size from a stream, one value at a time."""

import json
from collections.abc import Iterator
from typing import Any, Protocol

_CHUNK_CHARACTERS = 64 * 1024
_LONGEST_WORD = 16  # a literal, a number's sign or an escape that the end of a chunk may have cut
_KINDS = {'"': "a string", "{": "an object", "[": "a list", "": "the end of the file"}


class JsonError(Exception):
    """Text that is not the JSON that was expected. Its words never quote the text, which may be secret."""


class TextSource(Protocol):
    """What text is read from, such as an open file."""

    def read(self, size: int, /) -> str:
        """At most ``size`` characters; none at the end."""


class JsonStream:
    """JSON values one after the other, or parts of one. Never more is kept than the one value that is read."""

    def __init__(self, source: TextSource) -> None:
        self._source = source
        self._text = ""
        self._at = 0
        self._dropped = 0  # characters before ``_text``
        self._is_whole = False
        self._decoder = json.JSONDecoder()

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._text):
                if not self._text[self._at].isspace() and self._text[self._at] != "\ufeff":
                    return self._text[self._at]
                self._at += 1
            if not self._read_more():
                return ""

    def value(self) -> Any:
        """The next value, whole. Raises JsonError where there is none."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                place = self._dropped + error.pos
                is_cut = error.msg.startswith("Unterminated string") or error.pos > len(self._text) - _LONGEST_WORD
                if not is_cut or not self._read_more():
                    raise JsonError(f"is not valid JSON at character {place}") from None
            except (RecursionError, ValueError):  # deeply nested, or a number of thousands of digits
                raise JsonError(f"cannot be read at character {self._dropped + self._at}") from None
            else:
                if end < len(self._text) or not self._read_more():  # a number at the very end may go on
                    self._at = end
                    return value

    def members(self) -> Iterator[str]:
        """The keys of the next object. Whoever gets one must read its value before asking for the next."""
        yield from self._parts("{", "}", is_object=True)

    def items(self) -> Iterator[str]:
        """For each item of the next list its first character; the item must be read before the next is asked for."""
        yield from self._parts("[", "]", is_object=False)

    def _parts(self, opening: str, closing: str, *, is_object: bool) -> Iterator[str]:
        self._take(opening)
        if self.peek() == closing:
            self._at += 1
            return
        while True:
            if is_object:
                key = self._key()
                self._take(":")
                yield key
            else:
                yield self.peek()
            if self._take(",", closing) == closing:
                return

    def _key(self) -> str:
        if self.peek() != '"':
            raise self._unexpected("a key")
        return str(self.value())

    def _take(self, *wanted: str) -> str:
        seen = self.peek()
        if seen not in wanted or not seen:
            raise self._unexpected(" or ".join(_KINDS.get(each, f"'{each}'") for each in wanted))
        self._at += 1
        return seen

    def _unexpected(self, wanted: str) -> JsonError:
        seen = _KINDS.get(self.peek(), "something else")
        return JsonError(f"has {seen} at character {self._dropped + self._at}; expected {wanted}")

    def _read_more(self) -> bool:
        """Read on, twice as much each time that one value needs more; false at the end."""
        if self._is_whole:
            return False
        rest = self._text[self._at :]
        more = self._source.read(max(_CHUNK_CHARACTERS, len(rest)))
        self._is_whole = not more
        self._dropped, self._text, self._at = self._dropped + self._at, rest + more, 0
        return not self._is_whole
