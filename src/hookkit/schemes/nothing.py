"""`Nothing`: where a sender proves nothing, and so no request of its is authentic as it stands."""

from __future__ import annotations

from typing import ClassVar, NoReturn

from hookkit.errors import ConfigError, MissingCredential
from hookkit.limits import Limits
from hookkit.messages import Request
from hookkit.schemes.base import Step
from hookkit.values import value

__all__ = ["Nothing"]


@value
class Nothing:
    """Stands in the catalogue where another scheme is to be given; it refuses whatever comes."""

    family: ClassVar[str] = "none"

    header = None
    signs_url = False

    def in_words(self) -> str:
        return "nothing: give a scheme with using(scheme=…)"

    def covers(self, part: str) -> bool:
        return False

    def prepare(self, secret: bytes) -> NoReturn:
        raise ConfigError("the sender has no use for a secret: give a scheme, such as a token's")

    def verify(
        self, request: Request, keys: tuple[object, ...], now: float, limits: Limits
    ) -> NoReturn:
        raise MissingCredential

    def sign(self, request: Request, key: object, now: float, message_id: str) -> NoReturn:
        raise ConfigError("the sender signs nothing: give a scheme, such as a token's")

    def steps(self, request: Request, keys: tuple[object, ...], limits: Limits) -> list[Step]:
        return [Step("credential", "none: the sender proves nothing")]
