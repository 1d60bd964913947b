"""The counts of what was asked of each service."""

from sandbox.requests import Requests, collapsed


def test_ids_in_paths_are_put_together() -> None:
    assert collapsed("/crm/v3/objects/contacts/101") == "/crm/v3/objects/contacts/{id}"
    assert collapsed("/v2/calls/3351298813304244839/x") == "/v2/calls/{id}/x"
    assert collapsed("/crm/v3/objects/contacts/batch/read") == "/crm/v3/objects/contacts/batch/read"
    assert collapsed("/crm/v3/properties/contacts/batch/create") == "/crm/v3/properties/contacts/batch/create"
    assert collapsed("/chat.postMessage") == "/chat.postMessage"


def test_a_report_tells_totals_paths_and_refusals_per_service() -> None:
    requests = Requests()
    for id in ("1", "2"):
        requests.count("hubspot", "GET", f"/crm/v3/objects/deals/{id}", 200)
    requests.count("hubspot", "POST", "/crm/v3/objects/deals/search", 429)
    assert requests.report()["hubspot"] == {
        "total": 3,
        "by_path": {"GET /crm/v3/objects/deals/{id}": 2, "POST /crm/v3/objects/deals/search": 1},
        "rate_limited": 1,
    }
    assert requests.report()["gong"] == {"total": 0, "by_path": {}, "rate_limited": 0}


def test_counts_can_begin_anew() -> None:
    requests = Requests()
    requests.count("gong", "GET", "/v2/calls", 429)
    requests.clear()
    assert requests.report()["gong"] == {"total": 0, "by_path": {}, "rate_limited": 0}
