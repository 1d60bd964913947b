"""`python -m evals.asking`: measures how questions are understood (run.py)."""

from evals.asking.run import main

main()
