"""Python's own streaming XML parser, with limits on what a stranger's file may cost."""

from xml.parsers import expat

from vestnik.clients.imports.limits import unusual_workbook

#: Pieces that may pass without an event from the parser: it holds a tag or a comment as a whole.
_MAX_SILENT = 16
#: Elements in one another, and different names: the parser keeps them all. Spreadsheets have some 10 and 200.
_MAX_DEPTH, _MAX_NAMES = 32, 1_000


class Markup:
    """Reads XML piece by piece. Subclasses handle the start and the end of elements, by local names, and text."""

    def __init__(self) -> None:
        self._locals: dict[str, str] = {}
        self._attributes: set[str] = set()
        self._depth = self._silent = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, piece: bytes) -> None:
        """Take the next piece; an empty one is the end.

        Raises:
            ExpatError: it is no XML.
            FileProblem: it is like none that a spreadsheet program writes.
        """
        self._silent += 1
        self._parser.Parse(piece, not piece)
        if self._silent > _MAX_SILENT:
            raise unusual_workbook()

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def text(self, text: str) -> None:
        """Text, or a part of one."""

    def closed(self, name: str) -> None:
        """An element ends."""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._silent = 0
        self._depth += 1
        local = self._locals.get(name)
        if local is None:
            local = self._locals[name] = name.rpartition(":")[2]
        if not attributes.keys() <= self._attributes:
            self._attributes |= attributes.keys()
        if self._depth > _MAX_DEPTH or len(self._locals) + len(self._attributes) > _MAX_NAMES:
            raise unusual_workbook()
        self.opened(local, attributes)

    def _end(self, name: str) -> None:
        self._silent = 0
        self._depth -= 1
        self.closed(self._locals[name])

    def _text(self, text: str) -> None:
        self._silent = 0
        self.text(text)

    @staticmethod
    def _doctype(*_: object) -> None:
        raise unusual_workbook()
