"""The properties Sophia adds to a portal, in a group of their own, and what each of them holds."""

from collections.abc import Mapping

from tools.hubspot.port import KEY_PROPERTY, ObjectType, PropertyDefinition

GROUP = "sophia"
GROUP_LABEL = "Sophia"

LAST_CALL_DATE = PropertyDefinition(
    name="last_call_date",
    label="Last call",
    type="date",
    field_type="date",
    description="Day of the last recorded call, by Sophia.",
)
LAST_CALL_SENTIMENT = PropertyDefinition(
    name="last_call_sentiment",
    label="Last call sentiment",
    type="enumeration",
    field_type="select",
    description="The customer's sentiment over the last recorded call, by Sophia.",
    options=(
        ("positive", "Positive"),
        ("neutral", "Neutral"),
        ("mixed", "Mixed"),
        ("negative", "Negative"),
        ("unknown", "Unknown"),
    ),
)
LAST_CALL_SUMMARY = PropertyDefinition(
    name="last_call_summary",
    label="Last call summary",
    type="string",
    field_type="textarea",
    description="What the last recorded call was about, by Sophia.",
)
NEXT_STEP = PropertyDefinition(
    name="sophia_next_step",
    label="Next step from calls",
    type="string",
    field_type="textarea",
    description="The next step that was agreed in the last recorded call, by Sophia.",
)
NEXT_STEP_DUE = PropertyDefinition(
    name="sophia_next_step_due",
    label="Next step from calls, due",
    type="date",
    field_type="date",
    description="Day by which that next step is due, by Sophia.",
)
RISK = PropertyDefinition(
    name="sophia_risk",
    label="Risk from calls",
    type="string",
    field_type="textarea",
    description="What was said in the last recorded call that endangers the deal, by Sophia.",
)
LEAD_SCORE = PropertyDefinition(
    name="sophia_lead_score",
    label="Lead score from calls",
    type="number",
    field_type="number",
    description="How far the lead is qualified by what was said on calls, 0 to 100, by Sophia.",
)
LEAD_BAND = PropertyDefinition(
    name="sophia_lead_band",
    label="Lead band from calls",
    type="enumeration",
    field_type="select",
    description="The lead score in a word, by Sophia. Unqualified: nothing that was said for certain speaks for it.",
    options=(("hot", "Hot"), ("warm", "Warm"), ("cold", "Cold"), ("unqualified", "Unqualified")),
)
BANT = PropertyDefinition(
    name="sophia_bant",
    label="BANT from calls",
    type="string",
    field_type="text",
    description="What of budget, authority, need and timing was heard on calls, and what is missing, by Sophia.",
)
MEDDPICC = PropertyDefinition(
    name="sophia_meddpicc",
    label="MEDDPICC from calls",
    type="string",
    field_type="text",
    description="Which of the eight MEDDPICC fields were heard on calls, and which are missing, by Sophia.",
)
LEAD_REASONS = PropertyDefinition(
    name="sophia_lead_reasons",
    label="Lead score from calls, reasons",
    type="string",
    field_type="textarea",
    description="What gave and took away points of the lead score, with the sentences it rests on, by Sophia.",
)
KEY = PropertyDefinition(
    name=KEY_PROPERTY,
    label="Sophia key",
    type="string",
    field_type="text",
    description="Keeps Sophia from making the same record twice. Please leave it as it is.",
    unique=True,
)

DEFINITIONS: Mapping[ObjectType, tuple[PropertyDefinition, ...]] = {
    "contacts": (
        *(LAST_CALL_DATE, LAST_CALL_SENTIMENT, LAST_CALL_SUMMARY),
        *(LEAD_SCORE, LEAD_BAND, BANT, MEDDPICC, LEAD_REASONS),
    ),
    "deals": (LAST_CALL_DATE, NEXT_STEP, NEXT_STEP_DUE, RISK, MEDDPICC),
    "notes": (KEY,),
    "tasks": (KEY,),
}
"""What `sophia setup` sees to on each kind of record."""
