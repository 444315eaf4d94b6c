"""GET /api/accounts/teachers/ and /api/accounts/teachers/<id>/"""

import uuid
from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.factories import make_student, make_teacher
from accounts.models import TeacherProfile, User
from accounts.tests.rows import rate, works

pytestmark = pytest.mark.django_db

TEACHERS = "/api/accounts/teachers/"
ApiFor = Callable[[User | None], APIClient]


@pytest.fixture
def client(api_for: ApiFor) -> APIClient:
    return api_for(make_student())


def found(client: APIClient, **query: str) -> list[str]:
    """The first names in the answer."""
    answer = client.get(TEACHERS, query)
    assert answer.status_code == 200, answer.content
    return [teacher["first_name"] for teacher in answer.json()["results"]]


# --- The list ---------------------------------------------------------------------------------------------------------


def test_it_lists_what_students_need_to_know_and_nothing_else(client: APIClient) -> None:
    teacher = make_teacher(
        timezone="Europe/Madrid", headline="Spanish", bio="Twenty years", zoom_host="host@example.com"
    )
    rate(teacher, 5, 5, 4)
    answer = client.get(TEACHERS)
    assert answer.json() == {
        "count": 1,
        "next": None,
        "previous": None,
        "next_after": None,
        "results": [
            {
                "id": str(teacher.id),
                "name": "Maria Garcia",
                "first_name": "Maria",
                "last_name": "Garcia",
                "headline": "Spanish",
                "bio": "Twenty years",
                "timezone": "Europe/Madrid",
                "average_rating": 4.67,
                "rating_count": 3,
            }
        ],
    }
    assert b"@" not in answer.content


def test_it_lists_active_teachers_only(client: APIClient) -> None:
    make_teacher(first_name="Gone", is_active=False)
    make_student(first_name="Sam")
    make_teacher(first_name="Maria")
    assert found(client) == ["Maria"]


def test_a_teacher_without_profile_or_rating_is_listed_as_well(client: APIClient) -> None:
    make_teacher()
    TeacherProfile.objects.all().delete()
    [teacher] = client.get(TEACHERS).json()["results"]
    assert (teacher["headline"], teacher["average_rating"], teacher["rating_count"]) == ("", None, 0)


@pytest.mark.parametrize("teachers", [1, 30])
def test_a_page_costs_three_queries_however_many_it_shows(
    client: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries, teachers: int
) -> None:
    for _ in range(teachers):
        works(make_teacher(), day_of_week=2)
    with django_assert_max_num_queries(3):
        client.get(TEACHERS, {"ordering": "-rating", "search": "maria", "page_size": "100"})
    with django_assert_max_num_queries(4):
        client.get(TEACHERS, {"available_on": "2025-01-15"})


def test_pages_cover_the_list_without_repeats(client: APIClient) -> None:
    for _ in range(5):
        make_teacher()
    pages = [client.get(TEACHERS, {"page": str(page), "page_size": "2"}).json() for page in (1, 2, 3)]
    ids = [teacher["id"] for page in pages for teacher in page["results"]]
    assert len(ids) == len(set(ids)) == pages[0]["count"] == 5


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("ana", ["Ana", "Juana"]),
        ("ANA lop", ["Ana"]),
        ("spanish", ["Juana"]),
        ("ruiz spanish", ["Juana"]),
        ("ruiz french", []),
        ("%", []),
        ("_", []),
        ("", ["Ana", "Juana"]),
        ("   ", ["Ana", "Juana"]),
    ],
)
def test_every_search_word_must_occur_in_names_or_headline(client: APIClient, search: str, names: list[str]) -> None:
    make_teacher(first_name="Ana", last_name="Lopez", headline="French")
    make_teacher(first_name="Juana", last_name="Ruiz", headline="Spanish conversation", bio="Lop, French")
    assert found(client, search=search) == names


@pytest.mark.parametrize(
    ("ordering", "names"),
    [
        ("name", ["Ana", "Ben", "Cleo", "Dora"]),
        ("-name", ["Dora", "Cleo", "Ben", "Ana"]),
        ("rating", ["Ben", "Cleo", "Ana", "Dora"]),
        ("-rating", ["Cleo", "Ben", "Ana", "Dora"]),
    ],
)
def test_it_is_ordered_as_asked_and_the_unrated_come_last(client: APIClient, ordering: str, names: list[str]) -> None:
    for name in ("Dora", "Cleo", "Ben", "Ana"):
        make_teacher(first_name=name)
    rate(User.objects.get(first_name="Ben"), 3, 4)
    rate(User.objects.get(first_name="Cleo"), 4)
    assert found(client, ordering=ordering) == names


def test_an_unknown_parameter_is_refused(client: APIClient) -> None:
    answer = client.get(TEACHERS, {"colour": "red", "role": "student"})
    assert (answer.status_code, set(answer.json()["details"])) == (400, {"colour", "role"})


def test_available_on_leaves_those_who_work_on_the_date(client: APIClient) -> None:
    works(make_teacher(first_name="Wednesdays"), day_of_week=2)
    works(make_teacher(first_name="Thursdays"), day_of_week=3)
    assert found(client, available_on="2025-01-15") == ["Wednesdays"]


# --- One teacher, and refusals ----------------------------------------------------------------------------------------


def test_one_teacher_is_shown_as_in_the_list_with_their_rules(
    client: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    teacher = make_teacher()
    rate(teacher, 4)
    with django_assert_num_queries(2):
        answer = client.get(f"{TEACHERS}{teacher.id}/")
    assert answer.status_code == 200
    told = answer.json()
    assert told.pop("rules")
    assert told == client.get(TEACHERS).json()["results"][0]


def test_a_request_without_a_token_is_refused(api_for: ApiFor) -> None:
    for path in (TEACHERS, f"{TEACHERS}{make_teacher().id}/"):
        answer = api_for(None).get(path)
        assert answer.status_code == 401
        assert b"Maria" not in answer.content


def test_students_and_inactive_teachers_are_not_found(client: APIClient) -> None:
    unknown = [uuid.uuid4(), make_student().id, make_teacher(is_active=False).id]
    for user_id in unknown:
        answer = client.get(f"{TEACHERS}{user_id}/")
        assert answer.status_code == 404
        assert answer.json() == {"error": "Teacher not found", "code": "not_found"}


@pytest.mark.parametrize("path", ["abc/", "5/", "%00/", f"{uuid.UUID(int=1)}"])
def test_a_malformed_id_is_not_found(client: APIClient, path: str) -> None:
    answer = client.get(f"{TEACHERS}{path}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_directory_cannot_be_written(client: APIClient, method: str) -> None:
    teacher = make_teacher()
    for path in (TEACHERS, f"{TEACHERS}{teacher.id}/"):
        answer = getattr(client, method)(path, {"first_name": "Changed"})
        assert answer.status_code == 405
    assert User.objects.get(id=teacher.id).first_name == "Maria"


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("ordering", "email"),
        ("ordering", "-id"),
        ("ordering", ""),
        ("search", "x" * 101),
        ("search", "\0"),
        ("available_on", "2025-02-30"),
        ("available_on", "15/01/2025"),
        ("available_on", "2025-W03-3"),
        ("available_on", "9999-12-31"),
        ("available_on", "0001-01-01"),
        ("available_on", ""),
        ("available_on", "\0"),
    ],
)
def test_a_bad_parameter_is_named(client: APIClient, parameter: str, value: str) -> None:
    answer = client.get(TEACHERS, {parameter: value})
    assert answer.status_code == 400
    assert list(answer.json()["details"]) == [parameter]
