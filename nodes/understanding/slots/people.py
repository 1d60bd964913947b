"""Whose records a question is about: mine, my team's, a colleague's by name, nobody's, everybody's.

Colleagues come from the lexicon, those who have left only where nobody else is meant.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from core.query import OWNER, Filter
from nodes.understanding.lexicon import Lexicon, Mention, TeamKnown
from nodes.understanding.names.words import name_words, tokens
from nodes.understanding.shape import Doubt, Named
from nodes.understanding.slots.part import Part, Text, one_of, pattern

MINE: Final = pattern(
    r"(?:owned by|assigned to|belong(?:s|ing)? to|by) me|my own|mine|myself|my(?! team\b| colleague| rep| manager)|"
    r"(?:do|did|have|am|can|should|will|must) i|(?:im|ive|i'm|i've|i'll)|i(?: am| have| had| need| must| got| owe)|"
    r"i(?= (?:own|won|lost|closed|missed|forgot|led|did|made|held|talked|spoke|finished|completed|created|met|called|"
    r"sold)\b)|"
    r"on my plate|with me|for me"
)
_ORDER: Final = re.compile(
    r"^(?:please |can you |could you )?(?:find|get|pull|check|list|show|look|write|draft|summari|do|sort|make)"
)
"""What is to be found "for me" need not be mine."""

MY_TEAM: Final = pattern(
    r"(?:my|our|the|my whole|our whole)[ -]team(?:'s|s)?(?! of)|(?:my|our) (?:people|reps|colleagues|guys|"
    r"folks)(?:')?"
)
NOBODY: Final = pattern(
    r"unowned|un-?assigned|ownerless|orphan(?:ed|s)?|(?:without|with no|missing|no|lacking|that have no|having no|"
    r"(?:doesn't|don't|does not|do not) have)(?: an?| any)? owners?(?: assigned)?|(?:no ?one|nobody) owns|"
    r"(?:not owned|owned|held|run) by (?:no ?one|nobody)|not owned by any(?:one|body)|owned by none|nobody's|no one's"
)
EVERYBODY: Final = pattern(
    r"every(?:one|body)(?:'s)?|any(?:one|body)(?:'s)?(?: owns)?|all (?:the )?(?:reps|owners|teams|sellers)(?:')?|"
    r"across (?:the )?(?:teams?|company|board)|(?:the )?(?:whole|entire) (?:company|org|team)(?:'s)?|company-wide"
)
_TEAMS_OWN: Final = pattern(r"(?:the )?team(?:'s)?(?= (?:open |won |lost )?(?:deals|calls|tasks|pipeline|numbers))")
_SOME_TEAM: Final = pattern(r"(?:the )?(?P<name>(?!my|our|the|whole|their)[a-z]+(?: [a-z]+)?) team(?:'s)?")
ONLY_OURS: Final = re.compile(r"\b(?:owned by|assigned to|belong(?:s|ing)? to|owner(?: is|:)?|held by|run by) $")
AS_OWNER: Final = re.compile(
    r"(?:owned by|assigned to|belong(?:s|ing)? to|owner(?: is|:)?|held by|run by|made by|done by|from|by|for|of) $"
)


def my_parts(text: Text, lexicon: Lexicon) -> Iterator[Part]:
    """What is the asker's own, their team's, nobody's or everybody's."""
    for match in text.free(NOBODY):
        yield Part(*match.span(), (Filter(field=OWNER, op="is_empty", name="nobody"),))
    for match in text.free(EVERYBODY):
        yield Part(*match.span(), joined=False)
    for match in text.free(MY_TEAM):
        yield _of_my_team(match, lexicon)
    for match in text.free(MINE):
        if match[0] == "for me" and _ORDER.search(text.plain):
            continue
        if lexicon.me is None:
            yield Part(*match.span(), doubts=(_NO_SEAT,))
        else:
            yield Part(*match.span(), (Filter(field=OWNER, op="eq", value=lexicon.me, name=lexicon.me_name),))


def _teams_by_part(text: Text, lexicon: Lexicon) -> Iterator[Part]:
    """ "The customer success team", where each of several teams has these words in its name."""
    for match in text.free(_SOME_TEAM):
        said = set(name_words(match["name"]))
        teams = [team for team in lexicon.teams if said <= set(name_words(team.name))]
        owners = tuple(dict.fromkeys(id for team in teams for id in team.owner_ids))
        if owners:
            named = tuple(Named(type="team", id=team.id, name=team.name) for team in teams)
            yield Part(*match.span(), (_owners(owners, ", ".join(team.name for team in teams)),), named=named)


def team_parts(text: Text, lexicon: Lexicon) -> Iterator[Part]:
    """Teams by their names: the whole of it anywhere, a part of it beside the word "team"."""
    for team in sorted(lexicon.teams, key=lambda team: -len(team.name)):
        found = _team_named(text, team)
        if found is not None and team.owner_ids:
            named = Named(type="team", id=team.id, name=team.name)
            yield Part(*found.span(), (_owners(team.owner_ids, team.name),), named=(named,))
            text = text.without([Part(*found.span())])
    parts = list(_teams_by_part(text, lexicon))
    yield from parts
    for match in text.without(parts).free(_TEAMS_OWN):
        yield _of_my_team(match, lexicon)


def colleague_part(text: Text, mention: Mention, people: Sequence[Named], lexicon: Lexicon) -> Part:
    """The owner that a mention names, or the question which of several."""
    lead = AS_OWNER.search(text.before(mention.start))
    start = lead.start() if lead else mention.start
    end = mention.end + (2 if text.after(mention.end).startswith("'s") else 0)
    here = still_here(people, lexicon)
    if len(here) > 1:
        question = Doubt(question=f"Which {mention.text} do you mean?", choices=tuple(here), field=OWNER)
        return Part(start, end, doubts=(question,))
    filter = Filter(field=OWNER, op="eq", value=here[0].id, name=here[0].name)
    return Part(start, end, (filter,), named=(here[0],))


def still_here(people: Sequence[Named], lexicon: Lexicon) -> Sequence[Named]:
    """Those who have not left, unless all have."""
    known = {person.owner_id: person for person in lexicon.people}
    here = [named for named in people if not (named.id in known and known[named.id].archived)]
    return here or people


def _of_my_team(match: re.Match[str], lexicon: Lexicon) -> Part:
    mine = [team for team in lexicon.teams if team.id in lexicon.my_teams]
    owners = tuple(dict.fromkeys(id for team in mine for id in team.owner_ids))
    return Part(*match.span(), (_owners(owners, "my team"),)) if owners else Part(*match.span(), doubts=(_NO_TEAM,))


def _owners(ids: Sequence[str], name: str) -> Filter:
    return one_of(OWNER, ids, name)


def _team_named(text: Text, team: TeamKnown) -> re.Match[str] | None:
    spoken = [re.escape(token.plain) for token in tokens(team.name)]
    found = next(text.free(pattern(rf"(?:the )?{r'[^a-z]+'.join(spoken)}(?: team)?(?:'s|')?")), None)
    if found is not None and (len(spoken) > 1 or "team" in found[0]):
        return found
    return next(text.free(pattern(rf"(?:the )?{spoken[0]}(?:'s)? team(?:'s)?|team {spoken[0]}(?:'s)?")), None)


_NO_SEAT: Final = Doubt(question="You have no seat in HubSpot that I know of. Whose records do you mean?", field=OWNER)
_NO_TEAM: Final = Doubt(question="I know of no team of yours. Which team or person do you mean?", field=OWNER)
