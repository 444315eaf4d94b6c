"""Parse request bodies: JSON only, with a specific error for each malformation."""

import json
import re
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def _refuse_constant(name: str) -> None:
    raise ParseError(_("The body holds %(name)s, which is not JSON.") % {"name": name})


class StrictJSONParser(BaseParser):
    """One JSON object in UTF-8. Rejects bodies that are too large or deep, NaN, and lone surrogates."""

    media_type = "application/json"
    renderer_class = JSONRenderer

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the body as a dict. Raises ParseError (400)."""
        raw = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(raw) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024
            raise ParseError(_("The body is larger than %(most)d KiB.") % {"most": most})
        try:
            text = raw.decode()
            data = json.loads(text, parse_constant=_refuse_constant)
            if SURROGATE.search(text):
                json.dumps(data, ensure_ascii=False).encode()
        except UnicodeError as error:
            raise ParseError(_("The body holds a broken character; send JSON in UTF-8.")) from error
        except RecursionError as error:
            raise ParseError(_("The body is nested too deeply.")) from error
        except ValueError as error:
            raise ParseError(_("The body is not valid JSON.")) from error
        if not isinstance(data, dict):
            raise ParseError(_("The body must be a JSON object."))
        return data
