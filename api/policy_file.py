"""Which policy is in force: the owner's, from the settings or the data folder, or the one that comes with Sophia."""

from pathlib import Path

from core.settings import Settings
from nodes.policy.deciding import Policy
from nodes.policy.loading import load_policy

NAME = "policy.toml"


def policy_path(settings: Settings) -> Path | None:
    """The owner's file: that of the settings, else the one in the data folder; None where there is neither."""
    if settings.policy_file is not None:
        return settings.policy_file
    own = settings.data_dir / NAME
    return own if own.exists() or own.is_symlink() else None  # a link to nowhere is a mistake, not a wish


def policy_in_force(settings: Settings) -> Policy:
    """The rules that Sophia goes by. Raises ConfigurationError that says what is wrong with the owner's file."""
    return load_policy(policy_path(settings))
