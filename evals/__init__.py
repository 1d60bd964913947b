"""Where Sophia's judgement is measured: labelled calls, the scorer, and the experiments over them."""
