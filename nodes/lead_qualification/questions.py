"""What is worth asking a lead next, for each field that nothing was heard of."""

from collections.abc import Mapping

from core.analysis import MeddpiccField
from nodes.lead_qualification.shape import BantField

QUESTIONS: Mapping[BantField | MeddpiccField, str] = {
    BantField.BUDGET: "What is set aside for this, or what would you have to ask for?",
    BantField.AUTHORITY: "Who signs for something of this size, and who is asked before?",
    BantField.NEED: "What happens today that this would have to change?",
    BantField.TIMING: "By when does it have to work, and what sets that day?",
    MeddpiccField.METRICS: "What does it cost you now, in hours or in money?",
    MeddpiccField.ECONOMIC_BUYER: "Whose money is it, and may we talk to them?",
    MeddpiccField.DECISION_CRITERIA: "What must it do for you to say yes?",
    MeddpiccField.DECISION_PROCESS: "Which steps are there from here to a decision, and who takes part?",
    MeddpiccField.PAPER_PROCESS: "What has to go through legal, security and purchasing, and how long does that take?",
    MeddpiccField.IDENTIFIED_PAIN: "What hurts most if nothing changes?",
    MeddpiccField.CHAMPION: "Who among you wants this, and will speak for it when we are not there?",
    MeddpiccField.COMPETITION: "What else are you looking at, doing nothing included?",
}
