"""What the tests of the chat model share: two tools, and the model over a pool of doubles."""

from collections.abc import Callable

import pytest
from langchain_core.tools import BaseTool

from core.llm.chat import PoolChatModel
from core.llm.pool import ModelPool
from core.settings import load_settings
from sandbox.model import ModelServer
from tests.core.llm.chat.steps import find_calls, find_deals


@pytest.fixture
def tools() -> list[BaseTool]:
    return [find_deals, find_calls]


@pytest.fixture
def model(server: ModelServer, pool_of: Callable[..., ModelPool]) -> PoolChatModel:
    return PoolChatModel.of(load_settings(), pool_of(server))


@pytest.fixture
def native(server: ModelServer, pool_of: Callable[..., ModelPool]) -> PoolChatModel:
    return PoolChatModel.of(load_settings(model_tools="native"), pool_of(server))
