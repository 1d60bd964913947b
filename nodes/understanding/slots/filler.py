"""Words of a question that say nothing by themselves: what is left over of all others was not understood."""

from typing import Final

from nodes.call_analysis.extractive.names import words

FILLER: Final = words(
    """
    a pls about account accounts added again all along already also always am among amongst amount amounts an and any
    anybody anyone anything apart are aren as ask assigned at be because been being belong belonging belongs besides
    between both bring but by call calls came can changed chart check cheers close closed closes closing come coming
    companies company contact contacted contacts convo could count created crm currently customer customers d data
    date dates deal deals dear detail details did display do does doing don done due during each either else entire
    entries entry ever every everything exactly except exclude excluding exist exists expected far fetch few figure
    figures filter find finish first for from full get getting gimme give go going got had hand happening has hasn
    have haven having he hear heard held hello help her here hers hey hi him his hold holds how hubspot i if in info
    information into is isn it items its just keep kindly know land landing lately latest length let like list
    listed listing ll logged look looking lookup lot made make many marked me mean mention mentioned mentions might
    modified much must my name names need needed neither new no nor not note notes now number of off ok okay on once
    one ones only onto open opportunities opportunity or order ordered other our ours out outside over overall own
    owned owner owners owns per pipe pipeline pipelines place please plus possible previous pull quick quickly
    raised re really recently record records regarding registered related rep report reps result results revenue
    right s say search see send set shall she should show signed sitting size slip slipped so some somebody someone
    something sophia sort sorted speak split spoke spoken stage stages stand standing still such summary sure t
    table take talked task tasks team tell than thank thanks that the their theirs them then there these they thing
    things this those through time to today together too total touched under until up updated upon us value ve very
    via view want was way we well went were what whats when where whether which while who whom whose why will win
    wish with within without won work working works would yes yet you your yours
    """
)
