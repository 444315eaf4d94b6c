"""Every `code` that an error of the API can carry."""

from django.db.models import TextChoices


class ErrorCode(TextChoices):
    """A code, and what it means. Codes do not change; new ones may be added."""

    ACCOUNT_INACTIVE = "account_inactive", "The account is deactivated."
    ALREADY_ERASED = "already_erased", "The account was erased already."
    ALREADY_LEFT = "already_left", "The booking has feedback already."
    BAD_REQUEST = "bad_request", "The request was meant for another host, or could not be parsed."
    BAD_SIGNATURE = "bad_signature", "Zoom or the mail provider did not sign this event, or signed it too long ago."
    BEING_CONFIRMED = "being_confirmed", "Another confirmation of the booking is in progress."
    BUSY = "busy", "Too many concurrent writes; nothing was changed."
    CHANGED = "changed", "The booking is no longer as the caller saw it."
    DID_NOT_TAKE_PLACE = "did_not_take_place", "The session did not take place."
    DUPLICATE = "duplicate", "The same entry exists already."
    HAS_FEEDBACK = "has_feedback", "The session has feedback, so it took place."
    HOST_BUSY = "host_busy", "Another meeting of the shared Zoom host is running."
    HTTPS_REQUIRED = "https_required", "The request came over plain HTTP."
    IDEMPOTENCY_KEY_IN_USE = (
        "idempotency_key_in_use",
        "The first request with this `Idempotency-Key` is still in progress.",
    )
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused", "The `Idempotency-Key` was used before with another body."
    INVALID = "invalid", "A field or parameter is invalid or unknown; `details` names it."
    INVALID_TOKEN = "invalid_token", "The token is forged, expired, or from another project."
    KEYS_UNAVAILABLE = "keys_unavailable", "Tokens cannot be verified at the moment."
    METHOD_NOT_ALLOWED = "method_not_allowed", "The URL does not support this method."
    NOTICE_TOO_SHORT = "notice_too_short", "The teacher asks for more notice."
    NOT_AUTHENTICATED = "not_authenticated", "The request had no token."
    NOT_BEGUN = "not_begun", "The session has not begun."
    NOT_FOUND = "not_found", "It does not exist, or the caller may not know of it."
    NOT_OWN_HOST = "not_own_host", "The meeting's host is another Zoom user."
    NO_HOST_FREE = "no_host_free", "No Zoom host is free at the time of the session."
    OWN_TEACHER = "own_teacher", "Nobody can book a session with themselves."
    PARSE_ERROR = "parse_error", "The body is not one JSON object in UTF-8."
    PERMISSION_DENIED = "permission_denied", "The caller may not do this."
    REFUSED = "refused", "The booking changed in the meantime."
    SECOND_FACTOR_REQUIRED = "second_factor_required", "The token was obtained without the required second factor."
    SERVER_ERROR = "server_error", "An unexpected failure of the service."
    SOLE_SUPERUSER = "sole_superuser", "No other superuser would be left."
    SLOT_UNAVAILABLE = "slot_unavailable", "The time is not free."
    TEACHER_INACTIVE = "teacher_inactive", "The teacher is no longer available."
    THROTTLED = "throttled", "Too many requests within a minute."
    TOO_LATE = "too_late", "The session's start has passed."
    TOO_MANY = "too_many", "The teacher has the maximum number of entries."
    TOO_MANY_MOVES = "too_many_moves", "The session was moved too often within a day."
    TOO_MANY_PENDING = "too_many_pending", "The student has too many unanswered requests."
    UNAVAILABLE = "unavailable", "The database is unavailable or too busy; nothing was changed."
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", "The body is not `application/json`."
    WRONG_STATUS = "wrong_status", "The booking's status does not allow it."
    ZOOM_FAILED = "zoom_failed", "Zoom created no meeting; the booking is unchanged."
