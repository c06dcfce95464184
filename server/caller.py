"""Who asks, and what they may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPBearer
from starlette.requests import HTTPConnection

from huiwen.errors import ForbiddenError
from huiwen.types import Groups
from index.sharing import Sharing


class Scope(StrEnum):
    """What a caller may do: ``ADMIN`` may all, and sees every document."""

    ASK = "ask"
    UPLOAD = "upload"
    ADMIN = "admin"


_DOING = {
    Scope.ASK: "提问与查看资料",
    Scope.UPLOAD: "上传与删除文件",
    Scope.ADMIN: "管理",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request. ``identity`` tells callers of one name apart.

    ``per_minute`` bounds the requests that mean work; 0 does not bound them.
    ``shares`` are the groups that see what this caller brings and says nothing of.
    """

    name: str
    scopes: frozenset[Scope]
    groups: frozenset[str] = frozenset()
    identity: str = ""
    per_minute: int = 0
    shares: frozenset[str] = frozenset()

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or Scope.ADMIN in self.scopes

    @property
    def sees(self) -> Groups:
        """Groups whose documents are shown, beside those shown to everybody; None is all."""
        return None if self.may(Scope.ADMIN) else self.groups

    @property
    def owns(self) -> str | None:
        """Whose jobs are shown: one's own, None is everybody's."""
        return None if self.may(Scope.ADMIN) else self.identity

    def sharing(self, groups: Groups = None) -> Sharing:
        """How a file is taken in that this caller brings, for these groups if given."""
        return Sharing(groups, self.sees, self.shares)

    def require(self, scope: Scope) -> None:
        """Raises ForbiddenError."""
        if not self.may(scope):
            raise ForbiddenError(
                f"“{self.name}”没有{_DOING[scope]}的权限（{scope}）；请向管理员申请。"
            )


# On a machine of one's own, or where the administrator says that everybody may all.
EVERYBODY = Caller("本机用户", frozenset(Scope), identity="open")


def caller_of(connection: HTTPConnection) -> Caller:
    """The caller of a request that came through the gate."""
    caller: Caller = connection.state.caller
    return caller


# For the description of the API; who asks is found out at the gate.
_BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="密钥",
    description="密钥（huiwen keys add）或统一认证的令牌",
)


def _needing(scope: Scope) -> Callable[..., Caller]:
    def require(connection: HTTPConnection, _: Annotated[object, Depends(_BEARER)]) -> Caller:
        caller = caller_of(connection)
        caller.require(scope)
        return caller

    return require


Asker = Annotated[Caller, Depends(_needing(Scope.ASK))]
Uploader = Annotated[Caller, Depends(_needing(Scope.UPLOAD))]
Admin = Annotated[Caller, Depends(_needing(Scope.ADMIN))]
