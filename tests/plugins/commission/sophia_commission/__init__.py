"""Reckons the commission of deals: an agent that another package adds to Sophia."""

from core.query import Aggregate, Filter, Query
from nodes.chat.context import ChatContext
from nodes.chat.shape import AgentReply, AgentTask
from nodes.querying.run import run_query
from nodes.spec import AgentSpec

PERCENT = 4


async def chat(spec: AgentSpec, task: AgentTask, context: ChatContext) -> AgentReply:
    """The commission of the deal that is asked about; a question about no deal goes to who knows records."""
    deal = next((named for named in task.request.named if named.type == "deals"), None)
    if deal is None:
        return AgentReply(agent=spec.name, handoff="answer questions about records")
    this = Filter(field="hs_object_id", op="eq", value=deal.id, name=deal.name)
    worth = Query(object="deals", filters=(this,), aggregate=Aggregate(fn="sum", field="amount"))
    found = await run_query(worth, context)  # only of what the asker may see
    amount = found.figures[0].value if found.figures else None
    if found.total == 0 or not isinstance(amount, int | float):
        return AgentReply(agent=spec.name, text="I know of no amount of that deal that you may see.")
    said = f"The commission of {deal.name} is {amount * PERCENT / 100:,.2f}."
    return AgentReply(agent=spec.name, text=said, citations=found.citations, results=(deal,))


SPEC = AgentSpec(
    name="commission",
    team="sales",
    description="Reckons the commission of deals.",
    capabilities=("commission", "reckon the commission of a deal"),
    chat=chat,
)
