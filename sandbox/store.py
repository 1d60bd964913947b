"""What the doubles remember: tables of JSON documents in memory, written through to one SQLite file."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Document = dict[str, Any]
"""One record as its service writes it in JSON."""

META = "sandbox.meta"


class Table(MutableMapping[str, Document]):
    """Documents by key, in the order in which they were first put in.

    To change a document, assign it again (`table[key] = document`): that is what is written to the file.
    """

    def __init__(self, name: str, store: "Store", rows: Mapping[str, Document]) -> None:
        self.name = name
        self._store = store
        self._rows = dict(rows)

    def __getitem__(self, key: str) -> Document:
        return self._rows[key]

    def __setitem__(self, key: str, document: Document) -> None:
        self._rows[key] = document
        self._store.write(self.name, key, document)

    def __delitem__(self, key: str) -> None:
        del self._rows[key]
        self._store.write(self.name, key, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


class Store:
    """Tables by name. `path` is the SQLite file; None keeps everything in memory only.

    The file is written without waiting for the disk: it outlives the process, not a power cut.
    """

    def __init__(self, path: Path | None) -> None:
        self._connection = None if path is None else _connect(path)
        self._in_batch = False
        self._tables: dict[str, Table] = {}
        for name, key, body in self._read():
            self.table(name)._rows[key] = json.loads(body)

    def table(self, name: str) -> Table:
        """The table of this name, made when it is first asked for (say `hubspot.contacts`, `slack.messages`)."""
        if name not in self._tables:
            self._tables[name] = Table(name, self, {})
        return self._tables[name]

    def seeded(self, name: str, documents: Mapping[str, Document]) -> Table:
        """The table of this name; when it is new to this state, these documents are copied into it first."""
        table = self.table(name)
        meta = self.table(META)
        if f"seeded.{name}" not in meta:
            with self.batch():
                table.update(documents)
                meta[f"seeded.{name}"] = {}
        return table

    def tables(self) -> dict[str, int]:
        """How many documents each table holds."""
        return {name: len(table) for name, table in sorted(self._tables.items()) if name != META}

    def next_id(self, name: str, first: int) -> int:
        """A number never given before under this name, counting from `first`; it survives between runs."""
        meta = self.table(META)
        number = int(meta.get(f"next.{name}", {"value": first})["value"])
        meta[f"next.{name}"] = {"value": number + 1}
        return number

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Writes everything inside it to the file at once."""
        if self._in_batch or self._connection is None:
            yield
            return
        self._in_batch = True
        try:
            self._connection.execute("BEGIN")
            yield
        finally:
            self._in_batch = False
            self._connection.execute("COMMIT")

    def clear(self, keep: tuple[str, ...] = ()) -> None:
        """Forgets everything but the keys of the table META that begin with one of `keep`."""
        with self.batch():
            for table in self._tables.values():
                for key in [key for key in table if table.name != META or not key.startswith(keep)]:
                    del table[key]

    def write(self, name: str, key: str, document: Document | None) -> None:
        """Writes one document to the file, or removes it when it is None."""
        if self._connection is None:
            return
        if document is None:
            self._connection.execute("DELETE FROM documents WHERE name = ? AND key = ?", (name, key))
            return
        self._connection.execute(
            "INSERT INTO documents (name, key, body) VALUES (?, ?, ?) "
            "ON CONFLICT (name, key) DO UPDATE SET body = excluded.body",
            (name, key, json.dumps(document, ensure_ascii=False)),
        )

    def close(self) -> None:
        """Closes the file; what is in memory can still be read."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _read(self) -> list[tuple[str, str, str]]:
        if self._connection is None:
            return []
        return self._connection.execute("SELECT name, key, body FROM documents ORDER BY position").fetchall()


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Opened by whoever starts the server, used afterwards by the server's own thread alone.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS documents (position INTEGER PRIMARY KEY, name TEXT NOT NULL, key TEXT NOT NULL, "
        "body TEXT NOT NULL, UNIQUE (name, key))"
    )
    return connection
