"""What a portal is made of: owners, pipelines, its account and its properties; asked for once and kept for a while."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import get_args

from core.errors import Rejected
from core.kept import Kept
from tools.hubspot.answers import (
    AccountAnswer,
    Nothing,
    OwnerAnswer,
    OwnerPage,
    Paging,
    PipelineAnswer,
    PipelineList,
    PropertyAnswer,
    PropertyList,
    TeamAnswer,
)
from tools.hubspot.api import HubSpotApi
from tools.hubspot.errors import Conflict
from tools.hubspot.port import Account, FieldSpec, ObjectType, Owner, OwnerTeam, Pipeline, PropertyDefinition, Stage
from tools.hubspot.properties import GROUP, GROUP_LABEL

KEPT_S = 300.0
OWNERS_A_PAGE = 500


class Portal:
    """Reads and sets up the portal behind a token."""

    def __init__(self, api: HubSpotApi) -> None:
        self._api = api
        self._owners: Kept[bool, tuple[Owner, ...]] = Kept(self._load_owners, KEPT_S)
        self._pipelines: Kept[None, tuple[Pipeline, ...]] = Kept(self._load_pipelines, KEPT_S)
        self._account: Kept[None, Account] = Kept(self._load_account, float("inf"))
        self._making: defaultdict[ObjectType, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._properties: Kept[ObjectType, Mapping[str, PropertyAnswer]] = Kept(self._load_properties, KEPT_S)

    async def owners(self) -> tuple[Owner, ...]:
        return await self._owners.get(False)

    async def former_owners(self) -> tuple[Owner, ...]:
        return await self._owners.get(True)

    async def pipelines(self) -> tuple[Pipeline, ...]:
        return await self._pipelines.get(None)

    async def account(self) -> Account:
        return await self._account.get(None)

    async def properties(self, type: ObjectType) -> Mapping[str, PropertyAnswer]:
        """The properties that exist on an object, by name."""
        return await self._properties.get(type)

    async def fields(self, type: ObjectType) -> Mapping[str, FieldSpec]:
        """The same with what may be written into each."""
        return {name: _field(one) for name, one in (await self.properties(type)).items()}

    def forget(self) -> None:
        """Asks for owners, pipelines and properties again the next time; the account stays the same."""
        self._owners.forget(False)
        self._owners.forget(True)
        self._pipelines.forget(None)
        for type in get_args(ObjectType):
            self._properties.forget(type)

    async def ensure_properties(self, type: ObjectType, definitions: Sequence[PropertyDefinition]) -> tuple[str, ...]:
        """Makes the group and those properties that are missing; returns the names of what was made.

        One caller at a time for each object: who comes second returns when all of them are there.
        """
        async with self._making[type]:
            return await self._make_missing(type, definitions)

    async def _make_missing(self, type: ObjectType, definitions: Sequence[PropertyDefinition]) -> tuple[str, ...]:
        known = await self.properties(type)
        missing = [definition for definition in definitions if definition.name not in known]
        if not missing:
            return ()
        group = {"name": GROUP, "label": GROUP_LABEL, "displayOrder": -1}
        await self._make(self._api.groups.create, type, group)
        made = [definition.name for definition in missing if await self._make_property(type, definition)]
        self._properties.forget(type)
        return tuple(made)

    async def _make_property(self, type: ObjectType, definition: PropertyDefinition) -> bool:
        try:
            return await self._make(self._api.properties.create, type, _property_body(definition))
        except Rejected:
            if not definition.unique:
                raise
        # Not every portal takes unique properties on notes and tasks; one that is not unique still carries the key.
        plain = definition.model_copy(update={"unique": False})
        return await self._make(self._api.properties.create, type, _property_body(plain))

    async def _make(self, create: object, type: ObjectType, body: Mapping[str, object]) -> bool:
        """Makes a group or property; False when somebody else has made it meanwhile."""
        try:
            await self._api.call(Nothing, create, type, body, write=True, repeatable=True)  # type: ignore[arg-type]
        except Conflict:
            return False
        return True

    async def _load_owners(self, archived: bool) -> tuple[Owner, ...]:
        owners: list[OwnerAnswer] = []
        after: str | None = None
        while True:
            page = await self._api.call(
                OwnerPage, self._api.owners.get_page, limit=OWNERS_A_PAGE, after=after, archived=archived
            )
            owners += page.results
            after = Paging.after(page.paging)
            if after is None:
                return tuple(_owner(owner, archived) for owner in owners)

    async def _load_pipelines(self, _: None) -> tuple[Pipeline, ...]:
        found = await self._api.call(PipelineList, self._api.pipelines.get_all, "deals")
        return tuple(_pipeline(pipeline) for pipeline in found.results if not pipeline.archived)

    async def _load_account(self, _: None) -> Account:
        found = await self._api.get(AccountAnswer, "/account-info/v3/details")
        about = {"portal_id": found.portal_id, "time_zone": found.time_zone, "currency": found.currency}
        return Account.model_validate(about | ({"ui_domain": found.ui_domain} if found.ui_domain else {}))

    async def _load_properties(self, type: ObjectType) -> Mapping[str, PropertyAnswer]:
        found = await self._api.call(PropertyList, self._api.properties.get_all, type)
        return {one.name: one for one in found.results}


def _property_body(definition: PropertyDefinition) -> Mapping[str, object]:
    body: dict[str, object] = {
        "name": definition.name,
        "label": definition.label,
        "type": definition.type,
        "fieldType": definition.field_type,
        "groupName": GROUP,
        "description": definition.description,
        "formField": False,
    }
    if definition.options:
        body["options"] = [
            {"value": value, "label": label, "displayOrder": order, "hidden": False}
            for order, (value, label) in enumerate(definition.options)
        ]
    return body | ({"hasUniqueValue": True} if definition.unique else {})


def _field(answer: PropertyAnswer) -> FieldSpec:
    shown = (option for option in answer.options or () if not option.hidden and not option.archived)
    return FieldSpec(
        name=answer.name,
        label=answer.label or answer.name,
        type=answer.type,
        options=tuple((option.value, option.label or option.value) for option in shown),
        read_only=bool(answer.calculated or (answer.modification and answer.modification.read_only)),
    )


def _owner(answer: OwnerAnswer, archived: bool) -> Owner:
    name = " ".join(part for part in (answer.first_name, answer.last_name) if part)
    return Owner(
        id=answer.id,
        email=answer.email or None,
        name=name or None,
        archived=answer.archived or archived,
        teams=tuple(_team(team) for team in answer.teams or ()),
    )


def _team(answer: TeamAnswer) -> OwnerTeam:
    return OwnerTeam(id=answer.id, name=answer.name or None, primary=bool(answer.primary))


def _pipeline(answer: PipelineAnswer) -> Pipeline:
    stages = sorted((stage for stage in answer.stages if not stage.archived), key=lambda stage: stage.order)
    return Pipeline(
        id=answer.id,
        label=answer.label,
        stages=tuple(
            Stage(
                id=stage.id,
                label=stage.label,
                order=stage.order,
                closed=stage.metadata.is_closed,
                probability=stage.metadata.probability,
            )
            for stage in stages
        ),
    )
