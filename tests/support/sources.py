"""What pages and scripts consist of, for tests that look at them without a browser."""

import re
from html.parser import HTMLParser

# Namespaces are names, not places.
NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


class Document(HTMLParser):
    """Tags with their attributes, and the text of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[tuple[dict[str, str], str]] = []
        self.styles: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "script":
            self.scripts.append((self.tags[-1][1], ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if self.tags and self.cdata_elem == "script":
            attributes, text = self.scripts[-1]
            self.scripts[-1] = (attributes, text + data)
        elif self.cdata_elem == "style":
            self.styles.append(data)

    def attributes(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.tags if name in attributes]

    def find(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        return [
            found
            for kind, found in self.tags
            if kind == tag and all(found.get(name) == value for name, value in attributes.items())
        ]

    @property
    def inline_code(self) -> list[str]:
        """Everything a strict Content Security Policy would not run or apply."""
        found = [text for attributes, text in self.scripts if "src" not in attributes]
        data = [text for attributes, text in self.scripts if is_data(attributes)]
        return [
            *(text for text in found if text not in data),
            *self.styles,
            *self.attributes("style"),
            *(
                f"{name}={value}"
                for _, attributes in self.tags
                for name, value in attributes.items()
                if name.startswith("on") or value.strip().lower().startswith("javascript:")
            ),
        ]


def is_data(attributes: dict[str, str]) -> bool:
    return attributes.get("type") == "application/json"


def absolute_urls(text: str) -> list[str]:
    """Addresses of other hosts in HTML, CSS, SVG or JavaScript."""
    found = re.findall(r"""(?:\b[a-z][a-z0-9+.-]*:)?//[\w\[][^\s"'`<>)]*""", text, re.IGNORECASE)
    return [url for url in found if url not in NAMESPACES]


def without_comments(script: str) -> str:
    """JavaScript without its comments; what is in quotes stays."""
    quoted = r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|`(?:\\.|[^`\\])*`'
    return re.sub(
        rf"({quoted})|/\*.*?\*/|//[^\n]*",
        lambda match: match[1] or " ",
        script,
        flags=re.DOTALL,
    )
