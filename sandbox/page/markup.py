"""HTML that cannot be broken out of: everything is escaped that is not markup made here."""

from html import escape


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


EMPTY = Markup("")


def tag(name: str, *children: str | int | Markup | None, **attributes: str | None) -> Markup:
    """An element; a trailing _ in an attribute's name is dropped (`class_`), one that is None is left out."""
    inside = joined(*children)
    written = "".join(
        f' {attribute.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for attribute, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{written}>{inside}</{name}>")


def joined(*children: str | int | Markup | None) -> Markup:
    """The children one after the other, each escaped unless it is markup."""
    return Markup("".join(_escaped(child) for child in children if child is not None))


def rows(cells: list[list[str | Markup]], head: list[str]) -> Markup:
    """A table that scrolls by itself when it is wider than the page."""
    header = tag("thead", tag("tr", *(tag("th", title, scope="col") for title in head)))
    body = tag("tbody", *(tag("tr", *(tag("td", cell) for cell in row)) for row in cells))
    return tag("div", tag("table", header, body), class_="wide")


def folded(summary: str | Markup, *children: str | Markup, is_open: bool = False) -> Markup:
    """A section that opens with a click."""
    return tag("details", tag("summary", summary), *children, open="" if is_open else None)


def _escaped(child: str | int | Markup) -> str:
    return child if isinstance(child, Markup) else escape(str(child))
