"""The settings of a command's process, with its logs set up as they say."""

from typing import Literal

from core.logs import log_to_stderr
from core.settings import Settings, load_settings

Level = Literal["debug", "info", "warning", "error"]


def settings_with_logs(at_least: Level = "warning") -> Settings:
    """The settings of this process, with its logs going to stderr as they say, and none below `at_least`.

    A command that a person watches shows no tracebacks unless the level is debug; `sophia serve` always does.
    """
    settings = load_settings()
    log_to_stderr(settings, at_least=at_least, tracebacks="debug" in (at_least, settings.log_level))
    return settings
