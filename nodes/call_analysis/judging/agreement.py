"""Who is believed: the one rule by which two analysts together decide what may be acted on without a person.

| extractive analyst | model                    | becomes                       |
|--------------------|--------------------------|-------------------------------|
| sure               | agrees, or says nothing  | sure                          |
| sure               | rejects                  | a candidate                   |
| a candidate        | agrees                   | sure                          |
| a candidate        | says nothing             | a candidate                   |
| a candidate        | rejects                  | left out: nobody stands by it |
| did not find it    | found it                 | a candidate                   |

A model agrees when it confirms a candidate or finds the same by itself. A model alone is never enough: it can be
talked into things by what is said on the call.
"""

from typing import Literal

Word = Literal["agrees", "rejects", "silent"]


def is_candidate(extracted: bool | None, word: Word) -> bool:
    """Whether a finding is (still) a candidate; `extracted` is whether it was one before, None if only the model's."""
    if extracted is None or word == "rejects":
        return True
    return extracted and word == "silent"


def is_left_out(extracted: bool, word: Word) -> bool:
    """Whether nobody stands by a finding of the extractive analyst's."""
    return extracted and word == "rejects"
