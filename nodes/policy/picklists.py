"""Values that must be one of those a portal offers: matched exactly, or not at all."""

from tools.hubspot.port import FieldSpec

PICKLIST = "enumeration"


def matching_option(text: str, spec: FieldSpec) -> str | None:
    """The value of the one option that has this text for its value or its label; None for none or several."""
    values = {value for value, label in spec.options if text in (value, label)}
    return values.pop() if len(values) == 1 else None


def fits(value: str, spec: FieldSpec) -> bool:
    """Whether a property can hold this value: one of a picklist must match exactly one of its options."""
    return spec.type != PICKLIST or matching_option(value, spec) is not None
