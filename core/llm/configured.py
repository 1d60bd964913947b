"""The model that the settings name: its servers by role, and what its tokens cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.llm.endpoint import Address, Endpoint, Patience
from core.llm.load import Load
from core.llm.pool import ModelPool, Observe
from core.llm.port import Role, Usage
from core.settings import Settings, addresses

MILLION: Final = 1_000_000


@dataclass(frozen=True)
class Prices:
    """What a million tokens cost, in the owner's currency."""

    prompt: float
    cached: float
    completion: float

    @classmethod
    def from_settings(cls, settings: Settings) -> "Prices":
        return cls(settings.model_price_prompt, settings.model_price_cached, settings.model_price_completion)

    def of(self, usage: Usage) -> float:
        """What this cost; cached tokens are part of the prompt's."""
        fresh = usage.prompt_tokens - usage.cached_tokens
        parts = fresh * self.prompt + usage.cached_tokens * self.cached + usage.completion_tokens * self.completion
        return parts / MILLION


def addresses_of(settings: Settings) -> Mapping[Role, Sequence[Address]]:
    """Where each role is served; empty when no model is set up.

    A key is never sent to servers that it was not given for.
    """
    if settings.model_name is None:
        return {}
    urls, name = addresses(settings.model_urls), settings.model_name
    deep = [Address(url, settings.model_key, name) for url in urls]
    own = addresses(settings.model_fast_urls)
    key, key_setting = settings.model_fast_key, "SOPHIA_MODEL_FAST_KEY"
    if key is None and not own:
        key, key_setting = settings.model_key, "SOPHIA_MODEL_KEY"
    fast_name = settings.model_fast_name or name
    return {Role.DEEP: deep, Role.FAST: [Address(url, key, fast_name, key_setting) for url in own or urls]}


def pool_from(settings: Settings, observe: Observe | None = None) -> ModelPool | None:
    """The pool of these settings; None when no model is set up. Close it at the end."""
    by_role = addresses_of(settings)
    if not by_role:
        return None
    patience = Patience(settings.model_timeout_seconds, settings.model_request_seconds)
    loads: dict[str, Load] = {}
    endpoints: dict[Role, list[Endpoint]] = {role: [] for role in by_role}
    for role, served in by_role.items():
        for address in served:
            load = loads.setdefault(address.url, Load(settings.model_parallel, settings.model_cooldown_seconds))
            endpoints[role].append(Endpoint(address, load, patience))
    return ModelPool(endpoints, settings.model_context, observe)
