"""The process that commands of the tests are forked from: it has imported all of Sophia, and opened and read nothing.

What a command does to its process is gone with that process, so no command finds anything of the one before.
"""

from tests.chaos.forkserver import load_modules, serve

if __name__ == "__main__":
    serve(load_modules)
