"""What went wrong at a model server, in Sophia's own errors.

A server's own words are passed on only where they do not quote what it was sent: that may be a customer's.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from langchain_core.messages import BaseMessage

from core.errors import Rejected, ServiceError, Unauthorized, Unavailable
from core.llm.load import BUSY
from core.retry import asked_pause

SERVICE: Final = "model"
SAID: Final = 240
"""Characters of a server's words that are passed on."""
QUOTED: Final = 20
"""So many characters that stand in the prompt too are a quotation."""

CHECK: Final = "`sophia model check` shows what the model servers can do."
UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, IndexError)
"""What the libraries raise for an answer that is not in OpenAI's form."""


class NotInForm(Rejected):
    """An answer that does not hold to the schema that was asked for; `text` is what was written, for no log."""

    def __init__(self, message: str, text: str) -> None:
        super().__init__(SERVICE, message, next_step=CHECK)
        self.text = text


@contextmanager
def told_as_ours(server: str, key_setting: str, messages: Sequence[BaseMessage]) -> Iterator[None]:
    """Raises whatever a server's library raises as Unavailable, Unauthorized or Rejected."""
    import openai

    try:
        yield
    except (TimeoutError, openai.APITimeoutError) as error:
        raise Unavailable(SERVICE, f"{server} did not answer in time", next_step=CHECK) from error
    except openai.APIConnectionError as error:
        raise Unavailable(SERVICE, f"{server} cannot be reached, or broke off", next_step=CHECK) from error
    except openai.APIStatusError as error:
        retry_after = asked_pause(error.response.headers.get("retry-after"))
        raise _refusal(server, key_setting, error.status_code, said_by(error, messages), retry_after) from error
    except openai.APIError as error:  # within a stream, after its 200
        raise _refusal(server, key_setting, _code_of(error), said_by(error, messages), None) from error
    except UNREADABLE as error:
        raise Unavailable(SERVICE, f"{server} sent what is no answer ({type(error).__name__})") from error


def said_by(error: Exception, messages: Sequence[BaseMessage]) -> str:
    """The server's words, shortened, or that they are left out because they quote the prompt."""
    words = " ".join(str(getattr(error, "message", error)).split())[:SAID]
    sent = " ".join(" ".join(str(message.content) for message in messages).split())
    quoted = any(words[at : at + QUOTED] in sent for at in range(len(words) - QUOTED + 1))
    return "its words quote the prompt and are left out" if quoted else words


def _refusal(server: str, key_setting: str, status: int, words: str, retry_after: timedelta | None) -> ServiceError:
    if status in (401, 403):
        next_step = f"Set {key_setting} to a key that it takes."
        return Unauthorized(SERVICE, f"{server} refuses the key ({status})", next_step=next_step, status=status)
    if status in (408, BUSY) or status >= 500:
        about = "is over its limit" if status == BUSY else "failed"
        message = f"{server} {about} ({status})"
        return Unavailable(SERVICE, message, retry_after=retry_after, status=status, next_step=CHECK)
    return Rejected(
        SERVICE, f"{server} refuses the request ({status}: {words})", status=status, next_step=_next(status, words)
    )


def _next(status: int, words: str) -> str:
    if status == 404:
        return "Set SOPHIA_MODEL_NAME to a name it serves and SOPHIA_MODEL_URLS to its …/v1: `sophia model check`."
    if "context" in words or "too long" in words:
        return "Set SOPHIA_MODEL_CONTEXT to what `sophia model check` tells of its context."
    return CHECK


def _code_of(error: Exception) -> int:
    """The status that an error within a stream names; 500 when it names none."""
    try:
        return int(str(getattr(error, "code", None)))
    except ValueError:
        return 500
