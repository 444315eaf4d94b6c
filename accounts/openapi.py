"""The operations on the caller's own account, and how callers sign in."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from accounts.serializers import AdminLinkSerializer, MeSerializer
from api_schema.openapi import Described, Documented, operation
from api_schema.refusals import refusal


class Me(Documented):
    """The caller's own account."""

    target_class = "accounts.views.Me"
    tag = "Me"
    operations = {
        "get": operation(
            "getMe",
            "Your own account",
            "Created from the token at the first request. `profile` is null for students.",
        ),
        "patch": operation(
            "updateMe",
            "Change names, time zone, and a teacher's profile",
            "Only the fields sent are changed. Role and e-mail come from Supabase and cannot be changed here.",
            {200: MeSerializer},
        ),
    }


class AdminLink(Documented):
    """Sign-in to the admin without a password."""

    target_class = "accounts.views.AdminLink"
    tag = "Me"
    operations = {
        "post": operation(
            "createAdminLink",
            "Create a one-time sign-in link to the admin",
            "For teachers and staff; valid for one minute. If the school requires a second factor, or the account has "
            "one, the token must have been obtained with it (`aal2`).",
            {
                201: AdminLinkSerializer,
                403: refusal(
                    "The caller is not staff, or signed in without the second factor.",
                    permission_denied="Only teachers and staff can sign in to the admin",
                    second_factor_required="Sign in with your second factor first",
                ),
            },
            request=None,
        ),
    }


class SupabaseToken(OpenApiAuthenticationExtension):
    """The token that accounts.authentication.bearer asks for."""

    target_class = "accounts.authentication.bearer.SupabaseAuthentication"
    match_subclasses = True
    name = "supabaseToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Bearer, by HTTP's own header."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token of a Supabase session: `Authorization: Bearer <token>`.",
        }


class MeShape(Described):
    """Students have no profile."""

    target_class = "accounts.serializers.MeSerializer"

    def _answer(self, schema: dict[str, Any]) -> None:
        super()._answer(schema)
        schema["properties"]["profile"] = {"anyOf": [schema["properties"]["profile"], {"type": "null"}]}
