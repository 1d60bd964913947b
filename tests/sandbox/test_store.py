"""The doubles' memory and the file under it."""

from pathlib import Path

from sandbox.store import Store


def test_documents_survive_in_the_file_in_their_order(tmp_path: Path) -> None:
    store = Store(tmp_path / "deep" / "state.db")
    table = store.table("slack.messages")
    table["b"] = {"text": "Grüße"}
    table["a"] = {"text": "two"}
    table["b"] = {"text": "changed"}
    store.close()
    again = Store(tmp_path / "deep" / "state.db")
    assert list(again.table("slack.messages").items()) == [("b", {"text": "changed"}), ("a", {"text": "two"})]
    again.close()


def test_a_deleted_document_is_gone_from_the_file_too(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.db")
    store.table("t")["k"] = {}
    del store.table("t")["k"]
    store.close()
    again = Store(tmp_path / "state.db")
    assert "k" not in again.table("t")
    again.close()


def test_a_table_is_seeded_once_in_the_life_of_a_state(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.db")
    store.seeded("t", {"a": {"n": 1}, "b": {"n": 2}})
    store.table("t")["a"] = {"n": 9}
    del store.table("t")["b"]
    store.close()
    again = Store(tmp_path / "state.db")
    assert dict(again.seeded("t", {"a": {"n": 1}, "b": {"n": 2}})) == {"a": {"n": 9}}
    again.close()


def test_a_number_is_never_given_twice(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.db")
    first = [store.next_id("notes", 500) for _ in range(3)]
    store.close()
    again = Store(tmp_path / "state.db")
    assert [*first, again.next_id("notes", 500)] == [500, 501, 502, 503]
    again.close()


def test_a_batch_is_in_the_file_when_it_ends(tmp_path: Path) -> None:
    store, reader = Store(tmp_path / "state.db"), tmp_path / "state.db"
    with store.batch(), store.batch():
        store.table("t")["a"] = {}
        store.table("t")["b"] = {}
    other = Store(reader)
    assert set(other.table("t")) == {"a", "b"}
    other.close()
    store.close()


def test_memory_alone_works_the_same() -> None:
    store = Store(None)
    with store.batch():
        store.table("t")["a"] = {"n": 1}
    assert store.table("t")["a"] == {"n": 1}
    assert store.tables() == {"t": 1}
    store.close()


def test_a_cleared_store_keeps_only_what_is_to_be_kept() -> None:
    store = Store(None)
    store.table("t")["a"] = {}
    store.table("sandbox.meta")["credentials"] = {"token": "x"}
    store.next_id("notes", 5)
    store.table("sandbox.meta")["world"] = {}
    store.clear(keep=("credentials", "next."))
    assert dict(store.table("t")) == {}
    assert set(store.table("sandbox.meta")) == {"credentials", "next.notes"}
