"""Which mails were sent, and a preview of each kind, for superusers."""

import secrets
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from backoffice.model_admin import clock, reader
from bookings.states import Party
from notifications import previews, providers
from notifications.content import Content
from notifications.kinds import Kind
from notifications.models import Message
from outbox.admin import OutboxAdmin, StateFilter

NO_MAIL = "django.core.mail.backends.dummy.EmailBackend"
PREVIEW = "admin:notifications_message_preview"
TO = {Party.STUDENT: gettext_lazy("the student"), Party.TEACHER: gettext_lazy("the teacher")}


@admin.register(Message)
class MessageAdmin(OutboxAdmin):
    """The log of mails. Their text is not kept; previews show what each kind says."""

    change_list_template = "notifications/messages.html"
    sent = clock("sent_at")
    list_display = ("created", "kind", "recipient", "booking", "state", "sent", "last_error")
    list_filter = (StateFilter, "kind")
    list_select_related = ("recipient", "booking__student", "booking__teacher")
    fields = readonly_fields = (
        *("kind", "recipient", "booking", "state", "attempts", "last_error"),
        *("created", "due", "sent", "done"),
    )

    # --- Previews ---

    def get_urls(self) -> list[URLPattern]:
        """Add the previews before Django's own URLs, the last of which is a catch-all."""
        view = self.admin_site.admin_view
        mail = "previews/<str:kind>/<str:party>/"
        return [
            path("previews/", view(self.previews), name="notifications_message_previews"),
            path(mail, view(self.preview), name="notifications_message_preview"),
            path(f"{mail}page/", view(self.framed), name="notifications_message_framed"),
            path(f"{mail}send/", view(self.send), name="notifications_message_send"),
            *super().get_urls(),
        ]

    @method_decorator(require_GET)
    def previews(self, request: HttpRequest) -> HttpResponse:
        """List every kind of mail."""
        self._check(request)
        return self._page(
            request, "notifications/previews.html", {"title": _("Mails"), "kinds": Kind, "parties": TO.items()}
        )

    @method_decorator(require_GET)
    def preview(self, request: HttpRequest, kind: str, party: str) -> HttpResponse:
        """Show one mail as text and as HTML, side by side, by the reader's clock."""
        content = self._sample(request, kind, party)
        addressee = _("the school") if content.message.recipient is None else TO[Party(party)]
        return self._page(
            request,
            "notifications/preview.html",
            {
                "title": _("%(kind)s, to %(whom)s") % {"kind": content.kind.label, "whom": addressee},
                "content": content,
                "framed": reverse("admin:notifications_message_framed", args=[kind, party]),
                "send": reverse("admin:notifications_message_send", args=[kind, party]),
                "address": reader(request).email,
            },
        )

    @method_decorator([require_GET, xframe_options_sameorigin])
    def framed(self, request: HttpRequest, kind: str, party: str) -> HttpResponse:
        """Return the mail's HTML for the frame."""
        page = previews.framed(self._sample(request, kind, party), nonce=secrets.token_urlsafe(16))
        return HttpResponse(page.html, headers={"Content-Security-Policy": page.policy})

    @method_decorator(require_POST)
    def send(self, request: HttpRequest, kind: str, party: str) -> HttpResponse:
        """Send the mail to the reader at once, and report the result."""
        content, address = self._sample(request, kind, party), reader(request).email
        level, sentence = (
            _sent(content, address) if address else (messages.ERROR, _("Your account has no e-mail address."))
        )
        self.message_user(request, sentence, level)
        return redirect(PREVIEW, kind, party)

    def _sample(self, request: HttpRequest, kind: str, party: str) -> Content:
        self._check(request)
        if kind not in Kind.values or party not in Party.values:
            raise Http404
        return previews.sample(Kind(kind), Party(party), zone=reader(request).timezone, now=timezone.now())

    def _check(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request, template, self.admin_site.each_context(request) | {"opts": self.opts} | context
        )


def _sent(content: Content, address: str) -> tuple[int, str]:
    if settings.EMAIL_BACKEND == NO_MAIL:
        return messages.WARNING, _("This site sends no mail: EMAIL_URL is not set.")
    try:
        previews.mail_to(content, address).send()
    except providers.failures() as error:
        return messages.ERROR, _("The mail could not be sent (%(error)s).") % {"error": type(error).__name__}
    return messages.SUCCESS, _("The mail was handed to the mail server for %(address)s.") % {"address": address}
