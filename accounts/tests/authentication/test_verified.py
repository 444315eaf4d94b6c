"""Sign-in verifies each token once, and forgets it when it must."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import jwt
import pytest

from accounts.authentication import verified
from accounts.authentication.claims import Claims, TokenError
from accounts.authentication.keys import KeyCache, KeysUnavailable
from accounts.authentication.tokens import TokenVerifier
from accounts.authentication.verified import Verified, VerifiedTokens
from accounts.tests.signing import (
    ISSUER,
    NOW,
    SECRET,
    USER_ID,
    claims,
    ec_key,
    key_set,
    public_jwk,
    sign,
    sign_asymmetric,
)

FIRST, SECOND = public_jwk(ec_key(), "first"), public_jwk(ec_key("second"), "second")
HOUR = 3600


class Project:
    """A project's keys, its clock, and the verifier that they belong to."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = [FIRST]
        self.clock = NOW
        self.is_away = False
        cache = KeyCache("", fetch=self.fetch, monotonic=lambda: self.clock)
        self.verifier = TokenVerifier(secret=SECRET, issuers=[ISSUER], keys=cache, now=lambda: self.clock)

    def fetch(self, url: str) -> bytes:
        if self.is_away:
            raise OSError
        return key_set(*self.keys)

    @property
    def remembered(self) -> VerifiedTokens:
        return self.verifier._verified


@pytest.fixture
def project() -> Project:
    return Project()


@pytest.fixture
def decode() -> Iterator[mock.Mock]:
    """PyJWT's own verification, counted."""
    with mock.patch.object(jwt, "decode", wraps=jwt.decode) as counted:
        yield counted


@pytest.mark.parametrize("token", [sign(claims()), sign_asymmetric(claims(), kid="first")], ids=["HS256", "ES256"])
def test_a_token_is_verified_once(project: Project, decode: mock.Mock, token: str) -> None:
    found = {project.verifier.verify(token).user_id for _ in range(5)}
    assert found == {USER_ID}
    assert decode.call_count == 1


def test_a_remembered_token_ends_with_its_life(project: Project) -> None:
    token = sign_asymmetric(claims(), kid="first")
    project.verifier.verify(token)
    project.clock += HOUR + 29
    assert project.verifier.verify(token).user_id == USER_ID
    project.clock += 1
    with pytest.raises(TokenError):
        project.verifier.verify(token)
    assert len(project.remembered) == 0


def test_a_remembered_token_ends_with_the_key_that_supabase_withdraws(project: Project) -> None:
    token = sign_asymmetric(claims(), kid="first")
    project.verifier.verify(token)
    project.keys = [SECOND]
    project.clock += 599
    assert project.verifier.verify(token).user_id == USER_ID, "the keys are still fresh"
    project.clock += 1
    with pytest.raises(TokenError):
        project.verifier.verify(token)


def test_a_remembered_token_ends_when_another_key_takes_the_id(project: Project) -> None:
    token = sign_asymmetric(claims(), kid="first")
    project.verifier.verify(token)
    project.keys = [SECOND | {"kid": "first"}]
    project.clock += 600
    with pytest.raises(TokenError):
        project.verifier.verify(token)
    assert len(project.remembered) == 0


def test_a_set_that_is_fetched_anew_verifies_anew(project: Project, decode: mock.Mock) -> None:
    token = sign_asymmetric(claims(), kid="first")
    project.verifier.verify(token)
    project.clock += 600
    for _ in range(3):
        project.verifier.verify(token)
    assert decode.call_count == 2


def test_a_remembered_token_lives_no_longer_than_stale_keys(project: Project) -> None:
    token = sign_asymmetric(claims(), kid="first")
    project.verifier.verify(token)
    project.is_away = True
    project.clock += 1199
    assert project.verifier.verify(token).user_id == USER_ID
    project.clock += 1
    with pytest.raises(KeysUnavailable):
        project.verifier.verify(token)


@pytest.mark.parametrize(
    "token",
    [sign(claims(), secret=f"{SECRET}!"), sign(claims(aud="anon")), sign(claims(padding="a" * 9000)), "no token", ""],
    ids=["forged", "another audience", "more than 8 kB", "no token", "empty"],
)
def test_a_refused_token_is_not_kept(project: Project, token: str) -> None:
    for _ in range(2):
        with pytest.raises(TokenError):
            project.verifier.verify(token)
    assert len(project.remembered) == 0


def test_no_token_is_kept_itself(project: Project) -> None:
    token = sign(claims())
    project.verifier.verify(token)
    [(digest, entry)] = project.remembered._by_digest.items()
    assert token not in repr((digest, entry))
    assert token.rpartition(".")[2] not in repr((digest, entry))
    assert len(digest) == 32


# --- The memory -------------------------------------------------------------------------------------------------------

ENTRY = Verified(Claims(USER_ID, "", None, "", ""), NOW, {}, SECRET)


def test_the_oldest_make_room_and_memory_is_bounded() -> None:
    memory = VerifiedTokens(most=3)
    for raw in "abcad":
        memory.remember(raw, ENTRY)
    assert len(memory) == 3
    assert [memory.get(raw) is not None for raw in "abcd"] == [True, False, True, True]


def test_it_is_bounded_by_some_thousands() -> None:
    assert verified.MOST_TOKENS <= 10_000


def test_threads_share_it_without_harm() -> None:
    memory = VerifiedTokens(most=8)
    together = threading.Barrier(4)

    def use(thread: int) -> None:
        together.wait(10)
        for number in range(2000):
            memory.remember(str((thread * number) % 50), ENTRY)
            memory.forget(str(number % 50))
            memory.get(str(number % 50))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(use, range(4)))
    assert len(memory) <= 8
