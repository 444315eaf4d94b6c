"""Which addresses an endpoint may have."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def check_address(address: str) -> None:
    """Refuse URLs that are not https (in development also http), or contain a password or fragment."""
    if not re.fullmatch(r"[!-~]+", address):
        raise ValidationError(_("The address must be ASCII without blanks."))
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise ValidationError(_("This is not an address.")) from error
    schemes = ("https", "http") if settings.DEBUG else ("https",)
    if parts.scheme not in schemes or not parts.hostname or port == 0:
        raise ValidationError(_("The address must start with https://."))
    if parts.username or parts.password or parts.fragment:
        raise ValidationError(_("The address must hold neither a password nor a fragment."))
