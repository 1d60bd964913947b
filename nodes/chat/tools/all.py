"""All tools by name; which of them an agent may use stands in its AgentSpec."""

from collections.abc import Mapping
from typing import Final

from nodes.chat.tools.acting import MAKE_CHANGE
from nodes.chat.tools.calls import READ_CALL, SEARCH_CALLS
from nodes.chat.tools.qualification import QUALIFY
from nodes.chat.tools.records import FIND_RECORDS, READ_RECORD
from nodes.chat.tools.shape import ChatTool
from nodes.chat.tools.told import WHO_WAS_TOLD

TOOLS: Final[Mapping[str, ChatTool]] = {
    tool.name: tool for tool in (FIND_RECORDS, READ_RECORD, SEARCH_CALLS, READ_CALL, QUALIFY, WHO_WAS_TOLD, MAKE_CHANGE)
}
