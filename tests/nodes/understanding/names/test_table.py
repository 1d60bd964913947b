"""What the describing fields hold: kept up with every entry, so that a question walks over no entries."""

from nodes.understanding.names.entry import entry_of
from nodes.understanding.names.names import DESCRIBING
from nodes.understanding.names.table import NameTable
from nodes.understanding.names.words import everyday
from tools.hubspot.port import Record


def company(id: str, owner: str, city: str) -> Record:
    return Record(type="companies", id=id, properties={"name": f"Alder {id}", "city": city, "hubspot_owner_id": owner})


def table_of(*records: Record) -> NameTable:
    return NameTable(entry for record in records if (entry := entry_of(record, everyday(), DESCRIBING)))


def everything(_audience: str | None) -> bool:
    return True


def test_values_are_those_of_the_entries_that_there_are() -> None:
    table = table_of(company("1", "7", "Ames"), company("2", "7", "Ames"), company("3", "8", "Boone"))
    assert table.values("companies", everything) == {"city": {"Ames", "Boone"}}
    assert table.values("companies", lambda audience: audience == "owner:8") == {"city": {"Boone"}}
    assert table.values("deals", everything) == {}
    table.drop("companies", "1")
    assert table.values("companies", everything) == {"city": {"Ames", "Boone"}}
    table.drop("companies", "2")
    assert table.values("companies", everything) == {"city": {"Boone"}}


def test_a_record_that_changes_hands_takes_its_values_along() -> None:
    table = table_of(company("1", "7", "Ames"))
    for entry in table_of(company("1", "8", "Clive")).with_name("alder 1"):
        table.put(entry)
    assert table.values("companies", lambda audience: audience == "owner:7") == {}
    assert table.values("companies", lambda audience: audience == "owner:8") == {"city": {"Clive"}}


def test_values_are_looked_up_once_for_each_owner_however_many_records_there_are() -> None:
    table = table_of(*(company(str(number), str(number % 2), f"City {number % 3}") for number in range(300)))
    asked: list[str | None] = []

    def allows(audience: str | None) -> bool:
        asked.append(audience)
        return True

    assert len(table.values("companies", allows)["city"]) == 3
    assert len(asked) == 2
