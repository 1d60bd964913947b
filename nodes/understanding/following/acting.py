"""Actions on what was spoken of before: "move it to contract sent", "remind me about that", "yes, do it"."""

import re
from typing import Final

from nodes.understanding.action_fields import as_due, changes_in, day_in
from nodes.understanding.agents import CRM, OF_ACTION, agents_for_action
from nodes.understanding.following.filling import ON_RECORD, PRONOUN, SUBJECT, with_record
from nodes.understanding.following.fitting import of_kind
from nodes.understanding.following.heard import Heard
from nodes.understanding.following.ordered import as_order
from nodes.understanding.following.pointers import SINGULAR, Pointer, pointer_in
from nodes.understanding.following.pointing import Pointed, pointed, which
from nodes.understanding.following.strangers import strangers
from nodes.understanding.shape import Action, ActionObject, Doubt, FieldChange, Named, Request

NUMBER: Final = "number"
DECISION: Final = "decision"
COMPLETED: Final = (*ON_RECORD[:3], "create", "send")
OPEN_FIELDS: Final = (None, "record", "about")
_OF_DEALS: Final = ("dealstage", "amount", "closedate", "pipeline", "hs_next_step")
_YES: Final = re.compile(
    r"(?:(?:yes|yep|yeah|sure|ok(?:ay)?|fine|good)[, ]+(?:please )?)?(?:do it|do that|go ahead|go for it|"
    r"approved?|approve (?:it|that)|"
    r"i approve|confirm(?:ed)?|make the change)(?: please)?"
)
"""What approves a change: "ok" and "thanks" alone only say that it was read."""
_NO: Final = re.compile(
    r"(?:no[, ]+)?(?:don't do (?:it|that)|do not do (?:it|that)|don't|reject(?:ed)?(?: it| that)?|"
    r"decline(?: it| that)?|"
    r"cancel (?:it|that))(?: please)?"
)
_CLOSES: Final = re.compile(r"(?:please )?close (?:it|that|this|that one|this one|the \w+)(?: (?:out|off|up|now))?")
_BARE_NOTE: Final = re.compile(
    r"(?:log|note|record|put down)(?: it)?(?: that)? (?:we|i)(?: just| have| had|'ve)? "
    r"(?:spoke|spoken|talked|met|called|emailed|a call|left a voicemail)(?: (?:today|yesterday|just now|"
    r"this morning|this afternoon))?"
)
_BARE_CHANGE: Final = re.compile(
    r"(?:set|change|move|push|knock|bump|update|raise|lower|put|make)(?: the)? (?:amount|value|price|close "
    r"date|closing date|stage|deal value)"
    r"(?: (?:down|up|out|back))? (?:to|at)(?: (?!for\b|of\b|on\b)[\w$€£.,-]+){1,4}"
)
_SAME_FOR: Final = re.compile(
    r"(?:(?:and|also|now) )*(?:(?:do )?(?:the |that )?same(?: thing)?(?: for| to| with| on)?|and|also|for|"
    r"and for|also for)\s+(?P<name>.+?)(?: too| as well)?"
)


def acted_on(heard: Heard) -> Request | None:
    """The action with the record that its words leave to what was spoken of; None where they leave nothing."""
    heard = as_order(heard) or heard
    request = heard.request
    if _CLOSES.fullmatch(heard.plain):
        return _closing(heard)
    action = request.action
    if request.kind != "action" or action is None or action.verb not in COMPLETED:
        return None
    if action.verb == "create" and action.object not in ("tasks", "notes"):
        return None
    if not _lacks_record(request, action):
        return None
    pointer = pointer_in(heard.said, heard.mentions)
    if pointer is None and not _is_bare(heard, action):
        return None
    if action.verb == "send" and (pointer is None or pointer.kind != "person"):
        return None
    return _resolved(heard, action, pointer)


def asked_which(heard: Heard) -> Request | None:
    """The question which record, where an action that needs one has none and nothing is asked yet."""
    request, action = heard.request, heard.request.action
    if request.kind != "action" or action is None or action.verb not in ON_RECORD[:3] or request.doubt is not None:
        return None
    if action.record is not None or action.about:
        return None
    doubt = which((action.object,)).model_copy(update={"field": "record"})
    return request.model_copy(update={"doubt": doubt})


def answered_approval(heard: Heard) -> Request | None:
    """ "Yes, do it" and "no, don't" after a change that waits for a person's word."""
    topic = heard.topics[0] if heard.topics else None
    if topic is None or topic.approval is None or heard.open_doubt is not None:
        return None
    decision = "approve" if _YES.fullmatch(heard.plain) else "reject" if _NO.fullmatch(heard.plain) else None
    if decision is None:
        return None
    changes = (FieldChange(field=DECISION, value=decision), FieldChange(field=NUMBER, value=str(topic.approval)))
    return _as_action(heard, Action(verb="answer", object="approvals", changes=changes))


def done_again(heard: Heard) -> Request | None:
    """ "Same for Tidewater": the last action on another record."""
    topic = heard.topics[0] if heard.topics else None
    action = topic.request.action if topic else None
    match = _SAME_FOR.fullmatch(heard.plain)
    if action is None or match is None or action.verb not in ("update", "complete", "create", "send"):
        return None
    pointer = pointer_in(heard.said, ())
    if pointer is not None and pointer.kind in ("place", "other") and not heard.request.text.rstrip().endswith("?"):
        found = pointed(heard, pointer)
        return _with(heard, action, found) if found.named and found.named.type == action.object else None
    mentions = heard.mentions
    if len(mentions) != 1 or not _is_all(heard.said[match.start("name") : match.end("name")], mentions[0].text):
        return None
    named = fitting_one(mentions[0].candidates, action, heard)
    return _with(heard, action, named)


def _is_all(said: str, name: str) -> bool:
    """Whether the words are the name and hardly more."""
    rest = said.replace(name, "", 1).lower().split()
    return name in said and {"the", "deal", "company", "task", "contact", "one"}.issuperset(rest)


def fitting_one(candidates: tuple[Named, ...], action: Action, heard: Heard) -> Pointed:
    """The candidate that the action can be done to, or the question which."""
    type = "person" if action.verb == "send" else action.object
    fitting = [one for one in candidates if one.type == type] if action.verb != "create" else list(candidates[:1])
    if len(fitting) == 1:
        return Pointed(fitting[0])
    if not fitting and candidates:
        return of_kind(candidates[0], type, heard.lexicon)
    from_list = Doubt(question="Which one do you mean?", choices=tuple(fitting[:6]))
    return Pointed(doubt=from_list)


def _lacks_record(request: Request, action: Action) -> bool:
    if request.doubt is not None and (
        request.doubt.choices or request.doubt.field not in (*OPEN_FIELDS, SUBJECT, "changes")
    ):
        return not request.doubt.choices and request.doubt.field == "hs_timestamp" and not action.about
    if action.verb in ON_RECORD:
        return action.record is None
    return action.record is None and not action.about if action.verb != "send" else action.record is None


def _is_bare(heard: Heard, action: Action) -> bool:
    """Whether it says neither a record nor a pronoun, and can only be about what was spoken of: "log that we spoke"."""
    mentions = heard.mentions
    if mentions or next(strangers(heard.said, mentions), None) is not None:
        return False
    return _BARE_NOTE.fullmatch(heard.bare) is not None or _BARE_CHANGE.fullmatch(heard.bare) is not None


def _resolved(heard: Heard, action: Action, pointer: Pointer | None) -> Request | None:
    made = _just_made(heard, action, pointer)
    if made is not None:
        return _with(heard, action, made)
    wanted = _wanted(action, pointer)
    looked = pointer or Pointer("thing", 0, 0)
    found = pointed(heard, looked, wanted)
    if found.named is not None and action.verb in ON_RECORD and found.named.type != action.object:
        found, action = _of_other_kind(heard, action, found.named, pointer)
    return _with(heard, action, found)


def _just_made(heard: Heard, action: Action, pointer: Pointer | None) -> Pointed | None:
    """The question what "it" is, right after something new was made that has no place in the conversation."""
    latest = heard.topics[0].request.action if heard.topics else None
    if (
        latest is None
        or (latest.verb, latest.object) != ("create", "tasks")
        or action.verb not in ON_RECORD
        or heard.topics[0].results
    ):
        return None
    if {change.field for change in action.changes} & set(_OF_DEALS) or pointer is None or pointer.kind != "thing":
        return None
    fitting = [one for one in latest.about if not pointer.types or one.type in pointer.types]
    return Pointed(doubt=which(("tasks",) if pointer.types == ("tasks",) else (), fitting))


def _of_other_kind(heard: Heard, action: Action, named: Named, pointer: Pointer | None) -> tuple[Pointed, Action]:
    """Where what was spoken of is of another kind: the action is for that kind, or for what bears its name."""
    fields = {change.field for change in action.changes}
    is_general = fields <= {"hubspot_owner_id"} or not fields
    if (
        is_general
        and (pointer is None or not pointer.types)
        and named.type in ("deals", "companies", "contacts", "tasks")
    ):
        changed: ActionObject = named.type
        return Pointed(named), action.model_copy(update={"object": changed})
    return of_kind(named, action.object, heard.lexicon), action


def _wanted(action: Action, pointer: Pointer | None) -> tuple[str, ...]:
    if action.verb == "send":
        return ("person",)
    fields = {change.field for change in action.changes}
    if action.verb in ON_RECORD and (fields & set(_OF_DEALS) or action.object in ("contacts", "companies")):
        return (action.object,) if action.object in ("contacts", "companies") else ("deals",)
    if action.verb == "complete" or (action.verb in ON_RECORD and action.object == "tasks"):
        return ("tasks",)
    if action.verb == "create":
        return ("deals", "companies", "contacts") if pointer is None or pointer.kind != "them" else ()
    return ()


def _with(heard: Heard, action: Action, found: Pointed) -> Request:
    """The action of the record that was found, or with the question for it."""
    doubt = found.doubt
    if found.named is not None:
        action = with_record(_without_own(action, found.named), found.named)
        doubt = _left_open(heard, action)
    elif doubt is not None:
        field = "about" if action.verb == "create" else "record"
        doubt = doubt.model_copy(update={"field": field})
    request = _as_action(heard, action)
    named = (found.named,) if found.named else ()
    return request.model_copy(
        update={"doubt": doubt, "named": (*named, *(one for one in heard.request.named if one not in named))}
    )


def _without_own(action: Action, named: Named) -> Action:
    """The action without the record that it was done to before."""
    if action.verb in ON_RECORD:
        return action.model_copy(update={"about": tuple(one for one in action.about if one != named)})
    return action.model_copy(update={"about": ()})


def _left_open(heard: Heard, action: Action) -> Doubt | None:
    """What is still open of it once the record is known."""
    if action.verb == "send" and (not action.words or PRONOUN.fullmatch(action.words.lower())):
        return Doubt(question=f"What should I tell {action.record.name if action.record else 'them'}?", field="words")
    doubt = heard.request.doubt
    if doubt is None or heard.request.action is None or doubt.field in OPEN_FIELDS or doubt.field == SUBJECT:
        return None
    return doubt


def _as_action(heard: Heard, action: Action) -> Request:
    agents = (
        agents_for_action(action.verb, action.object, heard.plain) if action.verb != "answer" else OF_ACTION["answer"]
    )
    return Request(
        kind="action",
        text=heard.request.text,
        agents=agents or (CRM,),
        action=action,
        confidence=heard.request.confidence,
        follows_up=True,
    )


def _closing(heard: Heard) -> Request | None:
    """ "Close it": a task is done then; of a deal one must know whether it was won."""
    pointer = pointer_in(heard.said, ())
    found = pointed(heard, pointer, ("tasks", "deals") if not pointer.types else ()) if pointer else Pointed()
    latest = heard.topics[0].results if heard.topics else ()
    if len(latest) == 1 and latest[0].type == "deals" and not (pointer and pointer.types):
        found = Pointed(latest[0], heard.topics[0])
    if found.named is None:
        return (
            None
            if found.doubt is None or not heard.topics
            else _with(heard, Action(verb="complete", object="tasks"), found)
        )
    if found.named.type == "tasks":
        return _with(heard, Action(verb="complete", object="tasks"), found)
    request = _with(heard, Action(verb="update", object="deals"), found)
    question = f"Was {found.named.name} won or lost?"
    return request.model_copy(update={"doubt": Doubt(question=question, field="dealstage")})


def changed_value(heard: Heard, action: Action, said: str) -> Action | None:
    """The action with another value, as "no, to proposal" and "I said November" have it."""
    mentions = heard.lexicon.names.mentions(said)
    new = changes_in(said, mentions, action.object, heard.lexicon)
    fields = {change.field for change in action.changes}
    if not new and "hs_timestamp" in fields:
        moment = day_in(said, heard.lexicon)
        new = (as_due(moment),) if moment else ()
    new = tuple(change for change in new if change.field in fields)
    if not new:
        return None
    given = {change.field: change for change in new}
    return action.model_copy(update={"changes": tuple(given.get(one.field, one) for one in action.changes)})


def noun_type(noun: str) -> str:
    """The kind of record that a noun names; a colleague's nouns name a colleague."""
    return SINGULAR.get(noun, "person")
