"""One house for the whole suite: attacks change nothing, so nobody needs another one."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.redteam.house import House, open_house
from tests.redteam.planted import OF_ERIK


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def opened_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """The house, opened once."""
    async with open_house(tmp_path_factory.mktemp("redteam")) as house:
        yield house


@pytest.fixture
def house(opened_house: House) -> House:
    """The house, its model obeying nobody yet."""
    opened_house.model.forget()
    return opened_house


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house_without_birch(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """The same house in a world in which what is Erik's has never been."""
    async with open_house(tmp_path_factory.mktemp("without"), without=OF_ERIK) as house:
        yield house
