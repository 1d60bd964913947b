"""Who is believed: the one rule by which two analysts together decide what may be acted on without a person.

| extractive analyst | model                    | becomes                                              |
|--------------------|--------------------------|------------------------------------------------------|
| sure               | agrees, or says nothing  | sure                                                 |
| sure               | rejects                  | a candidate                                          |
| a candidate        | agrees                   | a candidate of both; sure where the model `promotes` |
| a candidate        | says nothing             | a candidate                                          |
| a candidate        | rejects                  | left out: nobody stands by it                        |
| did not find it    | found it                 | a candidate                                          |

A model agrees when it confirms a candidate or finds the same by itself. A model alone is never enough: it can be
talked into things by what is said on the call. Nor is its agreement, unless the owner says so: a weak model confirms
whatever it is shown, and what nobody looks at before it is written must hold at precision 0.85.
"""

from dataclasses import dataclass
from typing import Literal

Word = Literal["agrees", "rejects", "silent"]


@dataclass(frozen=True)
class Agreement:
    """The rule; `promotes` is whether a model's agreement makes a candidate sure."""

    promotes: bool = False

    @property
    def version(self) -> str:
        """What it adds to the version of the prompts: the same answers come to something else by another rule."""
        return "+promotes" if self.promotes else ""

    def is_candidate(self, extracted: bool | None, word: Word) -> bool:
        """Whether a finding is (still) a candidate; `extracted` is whether it was one before, None if it is new."""
        if extracted is None or word == "rejects":
            return True
        return extracted and not (word == "agrees" and self.promotes)

    def is_left_out(self, extracted: bool, word: Word) -> bool:
        """Whether nobody stands by a finding of the extractive analyst's."""
        return extracted and word == "rejects"
