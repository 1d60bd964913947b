"""auth.test and users.*: who we are, and who is in the workspace."""

from sandbox.slack.arguments import Arguments
from sandbox.slack.paging import page
from sandbox.slack.refusal import Refused
from sandbox.slack.workspace import Workspace
from sandbox.store import Document

EMAIL_SCOPE = "users:read.email"
PAGE = 1000


class People:
    """The methods about people over one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def who_am_i(self, arguments: Arguments) -> Document:
        """auth.test."""
        team = self._workspace.team
        user = self._workspace.users[self._workspace.bot]
        return {
            "url": team["url"],
            "team": team["name"],
            "user": user["name"],
            "team_id": team["id"],
            "user_id": team["bot_user_id"],
            "bot_id": team["bot_id"],
            "is_enterprise_install": False,
        }

    def by_email(self, arguments: Arguments) -> Document:
        """users.lookupByEmail: active members only."""
        user = self._workspace.user_by_email(arguments.needed("email"))
        if user is None:
            raise Refused("users_not_found")
        return {"user": user}

    def info(self, arguments: Arguments) -> Document:
        """users.info."""
        user = self._workspace.users.get(arguments.needed("user"))
        if user is None:
            raise Refused("user_not_found")
        return {"user": self._visible(user)}

    def list(self, arguments: Arguments) -> Document:
        """users.list, those who left included."""
        users, metadata = page(
            list(self._workspace.users.values()), arguments, lambda user: str(user["id"]), default=PAGE, most=PAGE
        )
        now = int(self._workspace.frame.clock.now().timestamp())
        return {"members": [self._visible(user) for user in users], "cache_ts": now, "response_metadata": metadata}

    def _visible(self, user: Document) -> Document:
        """The member as this token may see them: without the address when the scope for addresses is withheld."""
        if not self._workspace.frame.scopes.missing("slack", [EMAIL_SCOPE]):
            return user
        profile = {name: value for name, value in (user.get("profile") or {}).items() if name != "email"}
        return {**user, "profile": profile}
