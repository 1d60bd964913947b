"""The pictures are current."""

from graphs.approval_workflow import build_approval_workflow
from graphs.call_workflow import build_call_workflow
from graphs.picture import (
    AGENTS_PAGE,
    APPROVAL_WHEN,
    APPROVALS,
    PAGE,
    README,
    WHEN,
    approval_mermaid,
    in_agents,
    in_approvals,
    in_readme,
    mermaid,
    page,
)

MAKE = "run `python -m graphs.picture`"


def test_the_page_shows_the_workflow_as_it_is() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), MAKE


def test_the_readme_shows_the_workflow_as_it_is() -> None:
    readme = README.read_text(encoding="utf-8")
    assert mermaid() in readme, MAKE
    assert in_readme(readme) == readme, MAKE


def test_every_way_that_is_not_always_taken_says_when() -> None:
    conditional = {
        (edge.source, edge.target) for edge in build_call_workflow(None).get_graph().edges if edge.conditional
    }
    main_way = {("fetch", "resolve"), ("verify", "propose")}
    assert conditional - main_way == set(WHEN)


def test_the_page_on_approvals_shows_their_workflow_as_it_is() -> None:
    text = APPROVALS.read_text(encoding="utf-8")
    assert approval_mermaid() in text, MAKE
    assert in_approvals(text) == text, MAKE


def test_every_way_of_a_request_that_is_not_always_taken_says_when() -> None:
    edges = build_approval_workflow(None).get_graph().edges
    main_way = {("check", "carry_out"), ("carry_out", "close")}
    assert {(edge.source, edge.target) for edge in edges if edge.conditional} - main_way == set(APPROVAL_WHEN)


def test_the_page_on_agents_shows_their_network_as_it_is() -> None:
    text = AGENTS_PAGE.read_text(encoding="utf-8")
    assert "orchestrate --> crm_sync" in text, MAKE
    assert in_agents(text) == text, MAKE
