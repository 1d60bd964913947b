"""What became of a batch: its results, its errors, and the 207 when there are any."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from starlette.responses import JSONResponse, Response

from sandbox.hubspot.errors import Context, HubSpotError
from sandbox.hubspot.portal import Portal
from sandbox.store import Document

Input = TypeVar("Input")


@dataclass
class Outcome:
    """Results and errors of one batch as they come about; `partial` makes its last input fail on purpose."""

    started: str
    portal: Portal
    partial: bool = False
    results: list[Document] = field(default_factory=list)
    errors: list[Document] = field(default_factory=list)

    def add(self, error: Document) -> None:
        """One more entry of `errors`."""
        self.errors.append(error)

    def spared(self, inputs: Sequence[Input]) -> tuple[list[Input], list[Input]]:
        """The inputs to work on, and those that are to fail on purpose."""
        return (list(inputs[:-1]), list(inputs[-1:])) if self.partial else (list(inputs), [])

    def fail(self, inputs: Sequence[Input], context: Callable[[Input], Context]) -> None:
        """Tells that these inputs failed for no fault of their own."""
        for entry in inputs:
            self.add(HubSpotError(500, "INTERNAL_ERROR", "internal error").entry(context(entry)))

    def response(self, made: bool = False) -> Response:
        """200 (201 when records were made), or 207 with the errors; the results last input first."""
        body: Document = {
            "status": "COMPLETE",
            "results": self.results[::-1],
            "startedAt": self.started,
            "completedAt": self.portal.now(),
        }
        if self.errors:
            return JSONResponse({**body, "numErrors": len(self.errors), "errors": self.errors}, status_code=207)
        return JSONResponse(body, status_code=201 if made else 200)
