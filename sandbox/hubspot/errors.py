"""HubSpot's error answers: what the double raises, and the body it becomes."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from starlette.responses import JSONResponse, Response

Context = Mapping[str, Sequence[str]]


class HubSpotError(Exception):
    """A request that HubSpot refuses; `details` are the entries of its `errors`, `extra` more fields of the body."""

    def __init__(
        self,
        status: int,
        category: str,
        message: str,
        *,
        context: Context | None = None,
        details: Sequence[Mapping[str, Any]] = (),
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.category = category
        self.message = message
        self.context = context
        self.details = list(details)
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """The answer's body; fields without a value are left out, as HubSpot does."""
        body: dict[str, Any] = {
            "status": "error",
            "message": self.message,
            "correlationId": str(uuid4()),
            "category": self.category,
        }
        if self.context:
            body["context"] = self.context
        if self.details:
            body["errors"] = self.details
        return {**body, **self.extra}

    def entry(self, context: Context) -> dict[str, Any]:
        """The same error as one entry of a batch's `errors`, with the context that tells which input it is about."""
        return {
            "status": "error",
            "category": self.category,
            "message": self.message,
            "context": {**(self.context or {}), **context},
            "errors": self.details,
            "links": {},
        }

    def response(self) -> Response:
        """The answer itself."""
        body = self.body()
        headers = {**self.headers, "X-HubSpot-Correlation-Id": body["correlationId"]}
        return JSONResponse(body, status_code=self.status, headers=headers)


def invalid(message: str, *, context: Context | None = None, details: Sequence[Mapping[str, Any]] = ()) -> HubSpotError:
    """400: the request itself is wrong."""
    return HubSpotError(400, "VALIDATION_ERROR", message, context=context, details=details)


def invalid_properties(problems: Sequence[tuple[str, str, str]]) -> HubSpotError:
    """400 for property values; each problem is (property, code, message). The list is in the message too, as JSON."""
    listed = [{"isValid": False, "message": text, "error": code, "name": name} for name, code, text in problems]
    details = [{"message": text, "code": code, "context": {"propertyName": [name]}} for name, code, text in problems]
    return invalid(f"Property values were not valid: {json.dumps(listed)}", details=details)


def not_found(kind: str, id: str) -> HubSpotError:
    """404: no such record, property, owner or pipeline."""
    return HubSpotError(404, "OBJECT_NOT_FOUND", "resource not found", context={"objectType": [kind], "id": [id]})


def conflict(message: str) -> HubSpotError:
    """409: it exists already."""
    return HubSpotError(409, "CONFLICT", message)


def already_has(kind: str, name: str, value: str, holder: str) -> HubSpotError:
    """400: another record has this value of a unique property. HubSpot answers 409 for a contact's e-mail only."""
    return invalid(
        f"Cannot set {name}={value} on this {kind}. {holder} already has that value.",
        context={"propertyName": [name], "conflictingValue": [value], "existingObjectId": [holder]},
    )


def missing_scopes(scopes: Sequence[str]) -> HubSpotError:
    """403: the credential was not given what this call needs."""
    details = [
        {"message": "One or more of these scopes are required.", "context": {"requiredGranularScopes": list(scopes)}}
    ]
    return HubSpotError(403, "MISSING_SCOPES", "This app lacks scopes that this call requires.", details=details)


def unauthorized(message: str) -> HubSpotError:
    """401: no credential, or one that is not (any more) valid."""
    return HubSpotError(401, "INVALID_AUTHENTICATION", message)


def rate_limited(policy: str, headers: Mapping[str, str]) -> HubSpotError:
    """429: one of the limits TEN_SECONDLY_ROLLING, SECONDLY or DAILY was met."""
    return HubSpotError(
        429,
        "RATE_LIMITS",
        f"You have reached your {policy.lower()} limit.",
        extra={"errorType": "RATE_LIMIT", "policyName": policy},
        headers=headers,
    )


def broken() -> HubSpotError:
    """500: HubSpot's own fault."""
    return HubSpotError(500, "INTERNAL_ERROR", "internal error")
