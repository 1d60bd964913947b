"""Actions as understanding makes them of what people say."""

from nodes.understanding.shape import Action, FieldChange, Named


def deal(id: str = "301", name: str = "Acme rollout") -> Named:
    return Named(type="deals", id=id, name=name)


def setting(field: str, value: str | None, record: Named | None = None, label: str | None = None) -> Action:
    """An action that sets one property of a record, a deal unless another is given."""
    named = record or deal()
    change = FieldChange(field=field, value=value, label=label)
    return Action(verb="update", object=named.type, record=named, changes=(change,))


def task(id: str = "401") -> Named:
    return Named(type="tasks", id=id, name="a task")


def completing(id: str = "401") -> Action:
    return Action(verb="complete", object="tasks", record=task(id))


def reminding(words: str | None, *about: Named, **given: str) -> Action:
    """A task to be made; `given` are its properties."""
    changes = tuple(FieldChange(field=name, value=value) for name, value in given.items())
    return Action(verb="create", object="tasks", about=about, changes=changes, words=words)


def logging(words: str | None, *about: Named) -> Action:
    """A note to be made."""
    return Action(verb="create", object="notes", about=about, words=words)


def telling(owner: str, words: str) -> Action:
    """A message to a colleague."""
    return Action(verb="send", object="messages", record=Named(type="person", id=owner, name="somebody"), words=words)


def answering(number: str, decision: str, reason: str | None = None, value: str | None = None) -> Action:
    """An answer to a request for a person's word."""
    given = {"number": number, "decision": decision} | ({"value": value} if value else {})
    changes = tuple(FieldChange(field=name, value=text) for name, text in given.items())
    return Action(verb="answer", object="approvals", changes=changes, words=reason)


def remembering(words: str | None, *about: Named, **how: str | None) -> Action:
    """A fact to be kept, or, with `correct` or `withdraw`, one that was."""
    changes = tuple(FieldChange(field=name, value=value) for name, value in how.items())
    return Action(verb="remember", object="facts", about=about, words=words, changes=changes)


UNDO_THAT = Action(verb="undo", object="facts")

MOVES_ALLOWED = """
[[rule]]
objects = ["deals"]
fields = ["dealstage", "amount", "closedate"]
actions = ["update"]
decision = "ALLOW"
"""
"""A rule by which deals may be moved without a question."""
