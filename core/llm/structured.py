"""Answers that hold to a JSON Schema: how one is asked for, and what came back checked against it.

The server is asked to hold to the schema while it writes (`strict`), but it is not trusted to: some ignore that
silently. Messages never quote the answer, which may hold a customer's words.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Never


class Misfit(ValueError):
    """An answer that does not hold to the schema; says where, and not what stood there."""


@dataclass(frozen=True)
class Form:
    """The schema an answer must hold to, and the name the server is told for it."""

    name: str
    schema: Mapping[str, Any]

    def response_format(self) -> dict[str, Any]:
        """As the request says it."""
        asked = {"name": self.name, "strict": True, "schema": dict(self.schema)}
        return {"type": "json_schema", "json_schema": asked}

    def value(self, text: str) -> dict[str, Any]:
        """The object that the text is; raises Misfit."""
        try:
            value = json.loads(text, parse_constant=_not_json)
        except (ValueError, RecursionError) as error:
            raise Misfit("is not JSON") from error
        if not isinstance(value, dict):
            raise Misfit("is not a JSON object")
        self._check(value)
        return value

    def _check(self, value: dict[str, Any]) -> None:
        from jsonschema import Draft202012Validator  # only where a model is in use
        from jsonschema.exceptions import best_match

        worst = best_match(Draft202012Validator(self.schema).iter_errors(value))
        if worst is not None:
            place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in worst.schema_path)
            raise Misfit(f"does not hold to its schema (at {place.lstrip('.')})")


def _not_json(constant: str) -> Never:
    raise ValueError(f"{constant} is no JSON")
