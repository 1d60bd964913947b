"""The owner's model for agents: LangChain's chat model over the pool, its calls of tools well-formed and checked.

`PoolChatModel` is what `create_agent` is given, with `CheckedCalls` (loop.py) as its middleware.
"""

from core.llm.chat.answers import WrongCall
from core.llm.chat.model import PoolChatModel
from core.llm.chat.spending import Budget, Spending

__all__ = ["Budget", "PoolChatModel", "Spending", "WrongCall"]
