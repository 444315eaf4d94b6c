"""accounts.authentication.tokens: whose tokens are believed, and how long they may live."""

import pytest

from accounts.authentication.claims import TokenError
from accounts.tests.signing import ISSUER, NOW, SECRET, USER_ID, claims, make_verifier, sign

HOUR = 3600
OTHER_ISSUER = "https://ref.supabase.co/auth/v1"


@pytest.mark.parametrize("issuer", [ISSUER, OTHER_ISSUER, None])
def test_each_of_several_issuers_is_believed(issuer: str | None) -> None:
    several = make_verifier(issuers=[ISSUER, OTHER_ISSUER, None])
    assert several.verify(sign(claims(iss=issuer))).user_id == USER_ID


@pytest.mark.parametrize("issuer", [f"{OTHER_ISSUER}/", OTHER_ISSUER.upper(), "", "https://evil.invalid"])
def test_an_issuer_is_compared_to_the_letter(issuer: str) -> None:
    with pytest.raises(TokenError):
        make_verifier(issuers=[ISSUER, OTHER_ISSUER, None]).verify(sign(claims(iss=issuer)))


@pytest.mark.parametrize(
    ("issuer", "name"), [("http://kong:8000/auth/v1", "'http://kong:8000/auth/v1'"), (None, "(none)")]
)
def test_the_log_says_once_which_issuer_was_refused(
    issuer: str | None, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    strict = make_verifier()
    for _ in range(3):
        with pytest.raises(TokenError):
            strict.verify(sign(claims(iss=issuer)))
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert told == [f"Tokens of the issuer {name} are refused. If it is yours, list it in SUPABASE_ISSUERS."]


def test_the_log_names_no_issuer_of_a_forged_token_and_is_not_filled(caplog: pytest.LogCaptureFixture) -> None:
    strict = make_verifier()
    for number in range(100):
        with pytest.raises(TokenError):
            strict.verify(sign(claims(iss=f"https://{number}.invalid"), secret=f"{SECRET}!"))
    assert caplog.records == []
    for number in range(100):
        with pytest.raises(TokenError):
            strict.verify(sign(claims(iss=f"https://{number}.invalid/{'x' * 1000}")))
    assert len(caplog.records) == 16
    assert max(len(record.getMessage()) for record in caplog.records) < 300


@pytest.mark.parametrize(("hours", "is_believed"), [(168, True), (169, False)])
def test_the_longest_life_is_a_setting(hours: int, is_believed: bool) -> None:
    token = sign(claims(iat=NOW - 24 * HOUR, exp=NOW - 24 * HOUR + hours * HOUR))
    week = make_verifier(longest_life=168 * HOUR)
    if is_believed:
        assert week.verify(token).user_id == USER_ID
    else:
        with pytest.raises(TokenError):
            week.verify(token)
