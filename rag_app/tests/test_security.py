"""rag_app.http.security and what Django adds: every answer tells browsers what not to do; plain HTTP is not spoken."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from accounts.authentication.dev_tokens import mint
from accounts.factories import make_student
from accounts.models import User
from rag_app.http.security import ADMIN, NOTHING, PREVIEWS, REDOC, SWAGGER

pytestmark = pytest.mark.django_db

ME = "/api/accounts/me/"
FOREIGN = {"HTTP_HOST": "evil.example.com"}
PREFLIGHT = {"HTTP_ORIGIN": "https://app.example.com", "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "GET"}


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


# --- Headers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "policy"),
    [
        ("GET", ME, {}, 401, NOTHING),
        ("GET", "/api/nowhere/", {}, 404, NOTHING),
        ("PUT", "/api/accounts/teachers/", {"HTTP_AUTHORIZATION": "Bearer x"}, 401, NOTHING),
        ("GET", "/nowhere", {}, 404, NOTHING),
        ("GET", ME, FOREIGN, 400, NOTHING),
        ("OPTIONS", ME, PREFLIGHT, 200, NOTHING),
        ("GET", "/healthz", {}, 200, NOTHING),
        ("GET", "/readyz", FOREIGN, 200, NOTHING),
        ("GET", "/admin", {}, 302, NOTHING),
        ("GET", "/admin/", {}, 302, ADMIN),
        ("GET", "/admin/login/", {}, 200, ADMIN),
        ("POST", "/admin/login/", {}, 200, ADMIN),
        ("GET", "/api/docs/", {}, 200, SWAGGER),
        ("GET", "/api/redoc/", {}, 200, REDOC),
    ],
)
def test_every_response_has_the_security_headers(
    method: str, path: str, headers: dict[str, Any], status: int, policy: str, client: Client, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    answer = client.generic(method, path, **headers)
    assert answer.status_code == status
    assert answer.headers["Content-Security-Policy"] == policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "camera=()" in answer.headers["Permissions-Policy"]


@pytest.mark.parametrize("policy", [NOTHING, ADMIN, PREVIEWS, SWAGGER, REDOC])
def test_no_policy_lets_a_page_run_what_is_not_in_our_files(policy: str) -> None:
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["frame-ancestors"] == "'none'"
    assert rules.get("script-src", "'none'") in ("'none'", "'self'")
    assert "http" not in policy


def test_cookies_are_out_of_reach_for_scripts_and_other_sites(client: Client) -> None:
    User.objects.create_superuser("root@example.com", "a long pass phrase")
    answer = client.post("/admin/login/", {"username": "root@example.com", "password": "a long pass phrase"})
    session = answer.cookies["sessionid"]
    assert (session["httponly"], session["samesite"]) == (True, "Lax")


# --- HTTPS ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def https_only(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True


@pytest.mark.usefixtures("https_only")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_call_that_writes_over_plain_http_is_refused_and_does_nothing(method: str, client: Client) -> None:
    student = make_student(first_name="Alice")
    token = f"Bearer {mint(user_id=student.id, email=student.email)}"
    answer = client.generic(method, ME, '{"first_name": "Eve"}', "application/json", HTTP_AUTHORIZATION=token)
    assert (answer.status_code, answer.json()["code"]) == (403, "https_required")
    assert "Location" not in answer.headers
    assert User.objects.get().first_name == "Alice"


@pytest.mark.usefixtures("https_only")
def test_a_page_of_another_origin_can_read_that_refusal(client: Client, settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
    answer = client.patch(ME, HTTP_ORIGIN="https://app.example.com")
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (403, "https://app.example.com")


@pytest.mark.usefixtures("https_only")
@pytest.mark.parametrize("path", ["/admin/login/?next=/admin/", "/api/docs/", f"{ME}?page=2"])
def test_reading_requests_are_redirected_to_https(path: str, client: Client) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://testserver{path}")


@pytest.mark.usefixtures("https_only")
def test_no_redirect_leads_to_a_foreign_host(client: Client) -> None:
    answer = client.get(ME, HTTP_HOST="evil.example.com")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


@pytest.mark.usefixtures("https_only")
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_are_not_redirected(path: str, client: Client) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.usefixtures("https_only")
@pytest.mark.parametrize("path", [ME, "/admin/login/"])
def test_https_responses_have_hsts(path: str, client: Client) -> None:
    answer = client.get(path, secure=True)
    assert answer.status_code in (200, 401)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"


@pytest.mark.usefixtures("https_only")
def test_a_proxys_header_counts_only_if_it_is_trusted(client: Client, settings: Settings) -> None:
    assert client.get(ME, HTTP_X_FORWARDED_PROTO="https").status_code == 301
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert client.get(ME, HTTP_X_FORWARDED_PROTO="https").status_code == 401
    assert client.get(ME, HTTP_X_FORWARDED_PROTO="http").status_code == 301


# --- Forms ------------------------------------------------------------------------------------------------------------


def test_a_form_has_at_most_a_thousand_fields(client: Client) -> None:
    fields = {f"field{number}": "x" for number in range(1000)}
    assert client.post("/admin/login/", fields).status_code == 200
    refused = client.post("/admin/login/", fields | {"one": "more"})
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_request")


def test_a_form_holds_at_most_256_kib(client: Client) -> None:
    refused = client.post("/admin/login/", {"username": "x" * 256 * 1024})
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_request")


def test_no_file_reaches_the_disk(client: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    def write(*_: Any, **__: Any) -> Any:
        raise AssertionError("A file was written.")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", write)
    monkeypatch.setattr("django.core.files.temp.NamedTemporaryFile", write)
    large = SimpleUploadedFile("large.bin", io.BytesIO(b"x" * (settings.FILE_UPLOAD_MAX_MEMORY_SIZE + 1)).getvalue())
    assert client.post("/admin/login/", {"username": "x", "password": "x", "file": large}).status_code == 200


def test_a_form_from_elsewhere_is_refused() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/admin/login/", {"username": "x", "password": "x"}).status_code == 403


@pytest.mark.parametrize("target", ["//evil.example.com/", "https://evil.example.com/", "/\r\nSet-Cookie: a=b"])
def test_signing_in_redirects_to_this_site_only_and_sets_no_header(target: str, client: Client) -> None:
    User.objects.create_superuser("root@example.com", "a long pass phrase")
    form = {"username": "root@example.com", "password": "a long pass phrase", "next": target}
    answer = client.post("/admin/login/", form)
    assert answer.status_code == 302
    assert "evil" not in answer.headers["Location"]
    assert not {"\r", "\n"} & set(answer.headers["Location"])
    assert set(answer.cookies) <= {"sessionid", "csrftoken", "messages"}


def test_a_long_host_header_writes_a_short_line(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    assert client.get(ME, HTTP_HOST="evil\n.example.com" + "a" * 14_000).status_code == 400
    assert "A request for the host 'evil\\n.example.com" in caplog.text
    assert max(len(record.getMessage()) for record in caplog.records) < 500


@pytest.mark.parametrize("word", ["a\r\nSet-Cookie: b=c", "a\nb", "\x00", "<script>"])
def test_no_header_repeats_what_was_sent(word: str, client: Client) -> None:
    sent: dict[str, Any] = {
        "HTTP_X_REQUEST_ID": word,
        "HTTP_IDEMPOTENCY_KEY": word,
        "HTTP_ORIGIN": word,
        "HTTP_IF_NONE_MATCH": word,
    }
    answer = client.get(ME, **sent)
    assert answer.status_code == 401
    assert not any(word in value or "\n" in value for value in answer.headers.values())
