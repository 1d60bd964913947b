"""Turns of phrase that hint at a kind of finding, by name: what the classifiers see beside the bare words.

Each cue is a pattern over a line's plain words (lower case, single spaces, a space at both ends, see dialogue.py).
None of them decides anything; evals/train.py learns what each is worth. They are kept general on purpose: ways of
speaking, never the words of one trade or one call.
"""

import re
from functools import lru_cache

from nodes.call_analysis.extractive.phrases import MONTH, NUMBER, TALK_CUES

_SOURCES: dict[str, str] = {
    # pushback
    "too": (
        r" too (?:expensive|much|high|steep|long|big|complicated|complex|risky|slow|small|low|early|soon|late|rich|"
        r"many) "
    ),
    "cannot": (
        r" (?:can't|cannot|couldn't|not able to|unable to) (?:\w+ )?(?:afford|justify|accept|sign|take|have|live|do|"
        r"put|carry|use|commit|approve|go|move|agree|spend|ask|see|get|sell|recommend|support|run|let|close) "
    ),
    "will_not": (
        r" (?:won't|will not|wouldn't|not going to|not gonna|never going to|never gonna|refuse to|not prepared to|"
        r"not willing to|not about to) "
    ),
    "not_doing": (
        r" (?:i'm|we're|i am|we are) not (?:\w+ )?(?:paying|signing|putting|buying|doing|switching|moving|reprinting|"
        r"changing|opening|renewing|ready|interested|looking|convinced|sold|comfortable|happy|keen|sure|allowed|"
        r"allowed to) "
    ),
    "no_need": (
        r" (?:don't|do not|doesn't|didn't) (?:really )?(?:need|want|see|believe|trust|like|buy|think|care|love) "
    ),
    "no_means": (
        r" (?:no|not any|haven't got|don't have|haven't the|not got|no spare|zero) (?:\w+ )?(?:budget|money|time|"
        r"people|bandwidth|capacity|appetite|room|resources|staff|headcount|interest|need|cash) "
    ),
    "worry": (
        r" (?:concern|concerns|concerned|worried|worry|worries|nervous|itchy|gun-shy|wary|skeptical|sceptical|"
        r"hesitant|reluctant|uncomfortable|uneasy|scared|afraid|frightened|doubt|doubts|doubtful|dubious|struggling|"
        r"struggle|cautious|reservations|hesitation|spooked|burned|burnt|baggage|scarred) "
    ),
    "problem": (
        r" (?:problem|problems|issue|issues|trouble|headache|nightmare|pain|mess|snag|hurdle|obstacle|blocker|"
        r"sticking) "
    ),
    "dealbreaker": (
        r" (?:deal-breaker|dealbreaker|deal breaker|non-starter|nonstarter|showstopper|full stop|red line|"
        r"off the table|hard no|out of the question|veto|line in the sand) "
    ),
    "price": (
        r" (?:price|prices|priced|pricing|cost|costs|fee|fees|quote|quoted|invoice|rate|rates|discount|expensive|"
        r"cheaper|cheap|budget|uplift|increase|minimum|surcharge|dearer|premium) "
    ),
    "comparison": (
        r" (?:cheaper|less than|twice|double|half the|more than|higher than|compared|versus|against the|dearer|"
        r"better than|worse than|faster than|than yours|than you|than them|than theirs) "
    ),
    "policy": (
        r" (?:policy|policies|rule|rules|requires|required|require|mandatory|compliance|regulator|regulation|legal|"
        r"statute|standard|contractually|obliged|obligation|procurement|auditor|auditors|audit) "
    ),
    "unsound": (
        r" (?:doesn't|don't|didn't|isn't|aren't|wasn't|won't|does not|do not|is not) (?:\w+ )?(?:work|fit|scale|"
        r"handle|cover|support|help|apply|match|carry|count|hold|add|include|included|workable|enough|acceptable|"
        r"realistic|possible|fair|clear) "
    ),
    "past_burn": (
        r" (?:last time|the last|last year|burned|tried|double-posted|been here|heard that|same thing|promised|"
        r"once already|a while back|years ago|already tried) "
    ),
    "content": (
        r" (?:happy with|works fine|work fine|fine as|fine the way|does the job|do the job|it just works|"
        r"no complaints|never had|we're fine|we're good|i'm good|doing fine|suits us|just goes|get by|used to it|"
        r"no reason to) "
    ),
    "stall": (
        r" (?:think about it|not yet|not now|not right now|down the road|circle back|someday|revisit|maybe later|"
        r"next year|not a priority|on hold|wait and see|hold off|we'll see|no rush|no hurry|too early|not today|"
        r"some other time) "
    ),
    "reported": (
        r" (?:my|our|the|her|his) (?:\w+ ){0,2}(?:boss|cfo|ceo|coo|cto|cio|director|board|team|manager|managers|"
        r"partner|owner|owners|lawyer|lawyers|counsel|attorney|staff|guys|people|committee|chairman|president|"
        r"husband|wife|rep|union|it|finance|legal|treasurer|accountant|auditor|auditors|insurer|security|bookkeeper|"
        r"controller|vp) "
    ),
    "says": (
        r" (?:says|said|thinks|thought|asks|asked|wants|wanted|told|reckons|feels|keeps|hates|insists|swears|goes) "
    ),
    "unless": r" (?:unless|until|without|before i|before we|or else|otherwise|only if|as long as|provided) ",
    "hate": (
        r" (?:hate|hates|hated|awful|terrible|horrible|ridiculous|unacceptable|disappointed|disappointing|frustrated|"
        r"frustrating|annoyed|annoying|angry|mad|furious|fed up|sick of|tired of|joke|insulting|embarrassing|painful|"
        r"clunky|confusing|ugly) "
    ),
    "prove": r" (?:prove|proof|proven|evidence|guarantee|reference|references|show me|convince|believe) ",
    # buying
    "praise": (
        r" (?:love|loved|loves|great|beautiful|impressed|impressive|excited|brilliant|excellent|fantastic|amazing|"
        r"perfect|nice|awesome|terrific|superb|wonderful|lovely|delighted|pleased|thrilled|favorite|favourite|magic|"
        r"gold|slick|easy|best|appreciate|relief|godsend|lifesaver|neat|clever|smart|painless|smooth|better) "
    ),
    "would": (
        r" (?:i'd|we'd|i would|we would|she'd|he'd|they'd) (?:\w+ )?(?:sign|buy|take|pay|recommend|use|switch|need|"
        r"want|put|like|love|go|do|rather|say|move|be|have|expand|add|walk|push|renew|roll) "
    ),
    "we_need": r" (?:need|needs|needed|must|have to|has to|got to|gotta) ",
    "want": r" (?:want|wants|wanted|would like|'d like|keen|looking to|hoping|hope|eager|interested) ",
    "condition": (
        r" (?:if (?:you|it|we|that|i|they|the|he|she|one|there)|when you|once (?:you|it|we|that)|as soon as|"
        r"provided) "
    ),
    "sign": (
        r" (?:sign|signed|signing|signature|contract|order|purchase|po|deal|renew|renewal|commit|approve|approved|"
        r"go ahead|move forward|pull the trigger|green light|close|buy) "
    ),
    "cost_of_pain": (
        r" (?:costs us|cost us|costing|losing|lose|lost|wasting|waste|wasted|spend|spends|spending|spent|takes us|"
        r"take us|eats|eating|leak|leaking|write off|written off|bleeding|burning|by hand|manually|manual|"
        r"spreadsheet|spreadsheets) "
    ),
    "quantity": (
        rf" {NUMBER} (?:\w+ ){{0,3}}(?:hours|hour|days|day|dollars|bucks|percent|%|grand|people|calls|weeks|week|"
        rf"months|minutes|tickets|times|pounds|euros|grand|units|locations|sites|seats|users|doors|homes|fte|k|"
        rf"invoices|checks|cheques|stores|properties|buildings|licenses|licences|points|staff|customers) "
    ),
    "per": r" (?:a|per|every|each) (?:day|week|month|year|quarter|night|morning|unit|door|seat|user|head|time) ",
    "saves": (
        r" (?:save|saves|saved|saving|savings|cut|cuts|halve|halved|went from|down from|up from|dropped|used to|"
        r"instead of|went down|faster|quicker|no longer|don't have to|never have to|without having to) "
    ),
    "urgency": (
        rf" (?:deadline|asap|urgent|urgently|yesterday|soon as|right away|before the|by the end|by {MONTH}|"
        rf"before {MONTH}|in time|go live|live by|running out|expires|expire|ends|shut off|shuts|can't wait|time is) "
    ),
    "how_start": (
        r" (?:how soon|how fast|how quickly|when can we|when could we|what would it take|what does onboarding|"
        r"how long does|how long would|what's involved|next steps|get started|start with|roll out|rollout|kick off|"
        r"pilot) "
    ),
    "growth": (
        r" (?:expand|expanding|expansion|grow|growing|roll it out|roll out|more sites|more seats|more users|"
        r"more units|more licenses|another|add|adding|extend|second|whole|all of|company-wide|across) "
    ),
    "exactly": (
        r" (?:exactly|precisely|that's the|that's what|the only one|only one that|first time|first tool|nobody else|"
        r"no one else|finally|game changer|huge|big|sold|music to) "
    ),
    "budgeted": r" (?:budget|budgeted|approved|set aside|earmarked|funding|funded|money for|line for|allocated) ",
    "can_live": (
        r" (?:can live with|could live with|can work with|could work with|works for|good enough|that's fair|"
        r"that helps|i like|we like|liked|i do like|makes sense|i'd take|happy to|glad) "
    ),
    # danger
    "leaving": (
        r" (?:leaving|leaves|left|retire|retires|retiring|resigned|resigns|quit|quits|let go|layoff|layoffs|laid off|"
        r"departure|last day|moving on|gone|replaced|replacing|new boss|new ceo|new cfo|out on leave|on leave|"
        r"maternity|stepping down) "
    ),
    "reorg": (
        r" (?:reorg|restructure|restructuring|merger|merging|merge|acquired|acquisition|acquire|bought by|sold|"
        r"selling|closing|shutting|consolidating|consolidation|parent company|holding|headquarters|takeover) "
    ),
    "freeze": (
        r" (?:freeze|frozen|froze|on hold|hold on|locked|lock|locks|cut|cuts|slashed|gone|expired|expires|expire|"
        r"runs out|use it or) "
    ),
    "contract_until": (
        r" (?:contract|agreement|term|notice|renewal|auto-renew|auto-renews|termination|clause|locked in|expires|"
        r"tender|rfp|bid) "
    ),
    "approval": (
        r" (?:approve|approval|approvals|sign off|sign-off|signs off|vote|votes|board|committee|veto|council|union|"
        r"steering|procurement|legal|security review|exception|sponsor|champion|decide|decides|decision|final say|"
        r"signature) "
    ),
    "evaluating": (
        r" (?:evaluate|evaluating|evaluation|looking at|talking to|also looked|shortlist|alternative|alternatives|"
        r"compare|comparing|bake-off|pitched|pitch|demo|in the running|other vendors|other options|switch|switching|"
        r"build it|in-house) "
    ),
    "churn": (
        r" (?:cancel|cancelling|canceling|cancellation|leave you|leaving you|not renew|not renewing|drop you|switch|"
        r"switching|move off|walk|walk away|pull the plug|terminate|out of here|rip it out|get out of) "
    ),
    "failure": (
        r" (?:down|outage|outages|failed|fails|failing|failure|broke|broken|breaks|crash|crashed|bug|bugs|error|"
        r"errors|wrong|missing|missed|late|delayed|delay|behind|overdue|lost|double|duplicate|slipped|slip) "
    ),
    "low_use": (
        r" (?:nobody uses|no one uses|not using|don't use|stopped using|logged in|logins|adoption|usage|gone back to|"
        r"went back to|workaround|workarounds|haven't used|never used|hasn't used|unused|sitting) "
    ),
    "dependency": (
        r" (?:depends|depend|dependent|hinges|only if|rely|relies|waiting on|waiting for|blocked|stuck|hostage|"
        r"hangs on|up to) "
    ),
    "again": r" (?:again|third|second time|twice|still|every time|each time|keeps|since) ",
}


@lru_cache(maxsize=1)
def patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The cues by name, compiled once."""
    return tuple((name, re.compile(source)) for name, source in (_SOURCES | TALK_CUES).items())


def cues_in(plain: str) -> frozenset[str]:
    """Names of the cues found in a line's plain words."""
    return frozenset(name for name, pattern in patterns() if pattern.search(plain))
