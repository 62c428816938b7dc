"""An HTML page as a browser takes it apart: its elements with their attributes, apart from their texts."""

from html.parser import HTMLParser

_FREE = ("title",)  # attributes that hold text


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple((name, value) for name, value in attrs if name not in _FREE)))

    def handle_endtag(self, tag: str) -> None:
        self.elements.append((f"/{tag}", ()))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.elements.append(("!--", ()))


def elements(page: str) -> list[tuple[str, tuple[tuple[str, str | None], ...]]]:
    """The elements, their ends and comments, in their order."""
    reader = _Reader()
    reader.feed(page)
    return reader.elements


def text_of(page: str) -> str:
    """What a reader reads, white space folded."""
    reader = _Reader()
    reader.feed(page)
    return " ".join(" ".join(reader.texts).split())


def links(page: str) -> set[str]:
    """Where its links lead."""
    return {
        value or "" for tag, attributes in elements(page) for name, value in attributes if tag == "a" and name == "href"
    }
