"""The settings of drf-spectacular."""

from pathlib import Path
from typing import Any


def spectacular_settings(*, debug: bool) -> dict[str, Any]:
    return {
        "OAS_VERSION": "3.1.1",
        "TITLE": "Bookings",
        "DESCRIPTION": (Path(__file__).parent / "introduction.md").read_text(),
        "VERSION": "1.0.0",
        "TAGS": [
            {"name": name}
            for name in (
                "Teachers",
                "Slots",
                "Bookings",
                "Feedback",
                "Availability",
                "Time off",
                "Calendars",
                "Me",
                "Zoom",
            )
        ],
        "SCHEMA_PATH_PREFIX": "/api/",
        # Requests and responses differ: a booking's status is read-only.
        "COMPONENT_SPLIT_REQUEST": True,
        "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
        "ENUM_NAME_OVERRIDES": {
            "ErrorCode": "api_schema.error_codes.ErrorCode",
            "BookingStatus": "bookings.states.Status",
            "CompletedStatus": ["COMPLETED"],
            "ScheduleStatus": ["PENDING", "CONFIRMED", "COMPLETED"],
            "Role": "accounts.models.Role",
            "Actor": "bookings.states.Actor",
            "Outcome": "bookings.states.Outcome",
            "Move": "bookings.states.Move",
            "MailKind": "notifications.kinds.Kind",
            "CalendarKind": "calendars.models.Kind",
        },
        "SORT_OPERATION_PARAMETERS": False,
        "PREPROCESSING_HOOKS": ["rag_app.openapi.hooks.only_the_api"],
        "POSTPROCESSING_HOOKS": [
            "drf_spectacular.hooks.postprocess_schema_enums",
            "rag_app.openapi.hooks.add_shared_answers",
        ],
        "SERVE_AUTHENTICATION": [],
        # The pages' scripts and styles come from this site. A pasted token is kept in development only.
        "SWAGGER_UI_DIST": "SIDECAR",
        "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
        "REDOC_DIST": "SIDECAR",
        "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": debug, "docExpansion": "none"},
    }
