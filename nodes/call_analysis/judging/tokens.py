"""How many tokens a text may be, without the tokenizer of whichever model answers."""

import re

BYTES_A_TOKEN = 3
"""UTF-8 bytes of words for each token, on the safe side: 3.4 with the small vocabulary of SmolLM2 for the talk of the
labelled calls; with that of Qwen 2.5 3.6 to 4.3 for French and German, 4.6 to 6 for Chinese, Japanese and Russian. An
older vocabulary may cut finer; what a server then refuses as too long is halved (reading.py)."""

APART = re.compile(r"[\d\n!-/:-@\[-`{-~]")
"""Figures, marks and line ends count one token each, as Qwen 2.5 cuts every digit; numbered lines are full of them (3.0
bytes a token in all, in the worst call 2.6). So counted, the labelled calls come to 1.12 to 1.31 times what SmolLM2's
vocabulary makes of them, and to too little in none."""

MESSAGE_TOKENS = 16
"""What the chat template of a model puts around each message."""


def tokens_of(text: str) -> int:
    """About how many tokens a text is, seldom too few."""
    words, apart = APART.subn("", text)
    return apart - (-len(words.encode()) // BYTES_A_TOKEN)
