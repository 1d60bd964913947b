"""An answer, and what was understood, as JSON for programs."""

from typing import Any

from core.query import Filter, Query
from nodes.chat.shape import AgentReply, TurnAnswer
from nodes.understanding.shape import Action, Named, Request, Understood


def answer_json(answer: TurnAnswer) -> dict[str, Any]:
    """The whole answer; `requests` are all that the message asks for, the first of which stands by itself, too.

    `second` is the second of them where there is one.
    """
    requests = [request_json(request) for request in answer.requests]
    for number, told in enumerate(requests):
        _correct(told, [reply for reply in answer.replies if reply.number == number])
    return {
        "answer": answer.text,
        **(requests[0] if requests else {"kind": answer.kind}),
        "agents": list(dict.fromkeys([*answer.agents, *(requests[0]["agents"] if requests else ())])),
        **_all(requests),
        "table": next((_table(reply) for reply in answer.replies if reply.table), None),
        "citations": [citation.model_dump(mode="json") for citation in answer.citations],
        "tool_calls": [call.model_dump(mode="json") for call in answer.tool_calls],
        "partial": next((reply.partial for reply in answer.replies if reply.partial), None),
        "model_calls": answer.model_calls,
        "milliseconds": answer.milliseconds,
    }


def understood_json(understood: Understood) -> dict[str, Any]:
    """What was understood of a message, without an answer."""
    requests = [request_json(request) for request in understood.requests]
    return {**requests[0], **_all(requests)}


def _all(requests: list[dict[str, Any]]) -> dict[str, Any]:
    return {"second": requests[1] if len(requests) > 1 else None, "requests": requests}


def request_json(request: Request) -> dict[str, Any]:
    """One request: its kind, agents (the best first), query and action."""
    return {
        "kind": request.kind,
        "confidence": round(request.confidence, 3),
        "agents": list(request.agents),
        "query": query_json(request.query) if request.query else None,
        "action": action_json(request.action) if request.action else None,
        "named": [_named(one) for one in request.named],
        "question_back": request.doubt.question if request.doubt else None,
        "choices": [_named(one) for one in request.doubt.choices] if request.doubt else [],
    }


def query_json(query: Query) -> dict[str, Any]:
    """A query with its dates as ISO days and its names beside the ids."""
    return {
        "object": query.object,
        "filters": [_filter(one) for one in query.filters],
        **({"any_of": [[_filter(one) for one in group] for group in query.any_of]} if query.any_of else {}),
        "sort": [one.model_dump() for one in query.sort],
        "limit": query.limit,
        "aggregate": query.aggregate.model_dump() if query.aggregate else None,
    }


def action_json(action: Action) -> dict[str, Any]:
    """An action: what is done to which record, and whether a person must allow it first."""
    change = {one.field: one.value for one in action.changes}
    labels = {one.field: one.label for one in action.changes if one.label is not None}
    return {
        "verb": action.verb,
        "object": action.object,
        "record": _named(action.record) if action.record else None,
        "about": [_named(one) for one in action.about],
        "change": change,
        "labels": labels,
        "words": action.words,
        "needs_approval": action.needs_approval,
    }


def _correct(told: dict[str, Any], replies: list[AgentReply]) -> None:
    """What the agents know better than what was understood: the query as it ran, and what an action needs."""
    for reply in replies:
        if reply.query is not None:
            told["query"] = query_json(reply.query)
        if reply.done is not None:
            done = reply.done
            told["action"] = {
                **action_json(done.action),
                "state": done.state,
                "before": done.before,
                "after": done.after,
                "undo": done.undo,
                "approval": done.approval,
            }


def _filter(one: Filter) -> dict[str, Any]:
    value = list(one.value) if isinstance(one.value, tuple) else one.value
    return {"field": one.field, "op": one.op, "value": value, **({"name": one.name} if one.name else {})}


def _named(one: Named) -> dict[str, Any]:
    return one.model_dump(exclude_none=True)


def _table(reply: AgentReply) -> dict[str, Any] | None:
    if reply.table is None:
        return None
    return {
        "columns": [column.field for column in reply.table.columns],
        "rows": [[cell.text for cell in row] for row in reply.table.rows],
        "totals": [cell.text for cell in reply.table.totals] if reply.table.totals else None,
        "more": reply.table.more,
    }
