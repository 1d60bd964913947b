"""What was understood, as JSON for programs."""

from api.ask_json import understood_json
from nodes.understanding.shape import Request, Understood


def test_every_request_of_a_message_is_told() -> None:
    requests = tuple(Request(kind="query", text=text, agents=(text,)) for text in ("a", "b", "c"))
    told = understood_json(Understood(requests=requests))
    assert [one["agents"] for one in told["requests"]] == [["a"], ["b"], ["c"]]
    assert (told["agents"], told["second"]) == (["a"], told["requests"][1])
    assert understood_json(Understood(requests=requests[:1]))["second"] is None
