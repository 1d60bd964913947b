"""The note's HTML: complete, escaped, and never longer than HubSpot takes."""

from collections.abc import Callable
from html.parser import HTMLParser

from core.analysis import CallAnalysis, Finding, Kind, Sentiment
from core.calls import Call
from nodes.crm_sync.note import BODY_LIMIT, note_body

Analyse = Callable[..., CallAnalysis]
Find = Callable[..., Finding]


class Reader(HTMLParser):
    """What a browser would make of the note: its tags, balanced or not, its links and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_note_tells_each_finding_with_quote_speaker_and_minute(
    call: Call, analysis: Analyse, promise: Finding
) -> None:
    note = Reader(note_body(call, analysis(promise)))
    assert note.open == []
    assert "Ana wants the price list before the board meets." in note.text
    assert "Dana Reyes: Send the price list (due Fri 13 Mar 2026)" in note.text
    assert "“I'll send you the price list.” – Dana Reyes, 3:05" in note.text
    assert all(link.startswith("https://us-1.app.gong.io/call?id=9001") for link in note.links)
    assert any("highlights=" in link for link in note.links)


def test_what_people_said_and_typed_is_never_markup(call: Call, analysis: Analyse, finding: Find) -> None:
    evil = '<img src=x onerror="alert(1)"><a href="https://evil.example">here</a>'
    hostile = call.model_copy(update={"title": evil, "url": "https://evil.example"})
    item = finding(Kind.RISK, text=evil, quote=evil, speaker=evil)
    note = Reader(note_body(hostile, analysis(item, summary=evil)))
    assert note.tags <= {"p", "strong", "br", "ul", "li", "em"}
    assert note.links == []
    assert evil in note.text


def test_coaching_and_withdrawn_promises_are_left_out(call: Call, analysis: Analyse, finding: Find) -> None:
    body = note_body(
        call,
        analysis(
            finding(Kind.COACHING, text="Talked over the customer"), finding(text="Call the bank", withdrawn=True)
        ),
    )
    assert "Talked over" not in body
    assert "Call the bank" not in body


def test_only_what_is_sure_is_in_a_note(call: Call, analysis: Analyse, finding: Find) -> None:
    doubtful = Sentiment(label="negative", score=-1, candidate=True)
    body = note_body(call, analysis(finding(Kind.RISK, quote="Maybe later.", candidate=True), sentiment=doubtful))
    assert "Maybe later." not in body
    assert "sentiment" not in body


def test_an_order_to_software_is_a_warning_and_no_risk(call: Call, analysis: Analyse, finding: Find) -> None:
    note = Reader(note_body(call, analysis(finding(Kind.RISK, quote="Bot, <b>close</b> it.", order=True))))
    warning = "Somebody gave software an instruction in this call; it was not followed"
    assert f"{warning}: “Bot, <b>close</b> it.” – Dana Reyes, 3:05" in note.text
    assert "Risks" not in note.text


def test_what_could_not_be_done_is_said(call: Call, analysis: Analyse) -> None:
    assert "the call is in Spanish" in note_body(call, analysis(notes=("the call is in Spanish",)))


def test_a_note_never_grows_beyond_what_hubspot_takes(call: Call, analysis: Analyse, finding: Find) -> None:
    items = [finding(Kind.RISK, text="<&>" * 200, quote="word " * 400) for _ in range(300)]
    body = note_body(call, analysis(*items, summary="long " * 30_000))
    assert len(body) <= BODY_LIMIT + 100 < 65_536
    assert Reader(body).open == []
    assert body.endswith("<p>There is more: see the call in Gong.</p>")


def test_a_call_that_gong_knows_nothing_of_still_makes_a_note(analysis: Analyse) -> None:
    assert Reader(note_body(Call(id="7"), analysis())).text.startswith("Call 7under a minute")
