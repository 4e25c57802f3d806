"""The forms of a page as a browser would send them back."""

from html.parser import HTMLParser

Form = dict[str, list[str]]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._text = self._select = ""
        self._options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        name = said.get("name", "")
        if tag == "form":
            self.forms.append({})
        elif not self.forms:
            return
        elif tag == "input" and name and (said.get("type") not in ("checkbox", "radio") or "checked" in said):
            self._add(name, said.get("value", "on" if said.get("type") == "checkbox" else ""))
        elif tag == "textarea":
            self._text = name
            self._add(name, "")
        elif tag == "select":
            self._select, self._options = name, []
        elif tag == "option" and self._select:
            self._options.append((said.get("value", ""), "selected" in said))

    def handle_data(self, data: str) -> None:
        if self._text:
            self.forms[-1][self._text][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text:
            self.forms[-1][self._text][-1] = self.forms[-1][self._text][-1].removeprefix("\n")
            self._text = ""
        if tag == "select" and self._select:
            chosen = [value for value, is_selected in self._options if is_selected] or [self._options[0][0]]
            for value in chosen:
                self._add(self._select, value)
            self._select = ""

    def _add(self, name: str, value: str) -> None:
        self.forms[-1].setdefault(name, []).append(value)


def form_with(page: str, field: str) -> Form:
    """The form of a page that has this field, with the values that it shows."""
    parser = _Forms()
    parser.feed(page)
    (found,) = [form for form in parser.forms if field in form]
    return found
