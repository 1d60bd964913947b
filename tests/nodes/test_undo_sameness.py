"""A note or task counts as untouched when HubSpot has only written it its own way, and as edited when a person has."""

import pytest

from nodes.undo.sameness import differences, same_property

BODY = '<p><strong><a href="https://gong.example/1">Acme &amp; us</a></strong><br>10 March</p><ul><li>Price</li></ul>'


@pytest.mark.parametrize(
    "found",
    [
        BODY,
        f"<div>{BODY}</div>",
        BODY.replace("&amp;", "&#38;").replace("<br>", "<br />"),
        BODY.replace("</p><ul>", "</p>\n<ul>\n  "),
        BODY.replace("<a href", '<a target="_blank" rel="noopener" href'),
        f"{BODY}<br>Sophia ref 39efdcb18ef3",
    ],
    ids=["as it was", "in a div", "other entities", "white space", "attributes", "with the key's line"],
)
def test_a_body_that_hubspot_wrote_its_own_way_is_the_same(found: str) -> None:
    assert same_property("hs_note_body", BODY, found)


@pytest.mark.parametrize(
    "found",
    [
        BODY.replace("Price", "Price!"),
        f"{BODY}<p>Called back.</p>",
        BODY.replace("gong.example/1", "gong.example/2"),
        f'{BODY}<img src="https://files.example/photo.png">',
        "",
        None,
    ],
    ids=["a letter", "a paragraph", "a link", "a picture", "emptied", "gone"],
)
def test_a_body_that_a_person_edited_is_not(found: str | None) -> None:
    assert not same_property("hs_note_body", BODY, found)


def test_moments_are_compared_as_moments() -> None:
    assert same_property("hs_timestamp", "2026-03-10T15:00:00Z", "1773154800000")
    assert same_property("hs_timestamp", "2026-03-10T15:00:00Z", "2026-03-10T16:00:00.000+01:00")
    assert not same_property("hs_timestamp", "2026-03-10T15:00:00Z", "2026-03-10T15:00:01Z")


def test_what_differs_is_told_in_words_and_what_sophia_did_not_set_is_nobodys_edit() -> None:
    made = {"hs_task_subject": "Send prices", "hs_task_status": "NOT_STARTED", "hs_task_body": "<p>x</p>"}
    found = {
        "hs_task_subject": "Send prices",
        "hs_task_status": "COMPLETED",
        "hs_task_body": "<p>y</p>",
        "hs_task_priority": "HIGH",
    }
    assert differences(made, found) == ["its status is “COMPLETED” now", "its text was edited"]
    assert differences(made, {**found, "hs_task_status": None})[0] == "its status is “” now"
