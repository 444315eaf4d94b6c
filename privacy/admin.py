"""Erasing accounts in the admin, for superusers."""

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.users import UserAdmin
from accounts.models import User
from backoffice.model_admin import action_page, answers, clock, reader
from bookings.errors import BookingError
from outbox.admin import OutboxAdmin
from privacy.erasing import confirmation, erase
from privacy.models import Erasure

admin.site.unregister(User)


class EraseForm(forms.Form):
    confirm = forms.CharField(
        max_length=254,
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("Of the account that is to be erased."),
    )


@admin.register(User)
class ErasableUserAdmin(UserAdmin):
    """Accounts, with the action that erases one."""

    actions = (*UserAdmin.actions, "erase")  # type: ignore[assignment]  # a tuple of another length

    @admin.action(description=gettext_lazy("Erase for good"), permissions=["change"])
    def erase(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """Erase one account, once its e-mail address was typed as confirmation."""
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            self.message_user(request, _("Choose one account. Nothing was changed."), messages.WARNING)
            return None
        form = EraseForm(answers(request))
        if form.is_valid():
            try:
                cancelled = erase(person=chosen[0], by=reader(request), now=timezone.now(), **form.cleaned_data)
            except BookingError as error:
                form.add_error(None, error.sentence)
            else:
                sentence = _("The account is erased. Bookings cancelled: %(number)d.") % {"number": cancelled}
                self.message_user(request, sentence, messages.SUCCESS)
                return None
        return self._ask(request, chosen[0], form)

    def _ask(self, request: HttpRequest, person: User, form: EraseForm) -> HttpResponse:
        """Show the page between selection and erasure; it posts both to the list again."""
        return action_page(
            self,
            request,
            "privacy/erase.html",
            title=_("Erase %(person)s for good") % {"person": person},
            action="erase",
            chosen=[person],
            form=form,
            person=person,
            confirmation=confirmation(person),
        )


@admin.register(Erasure)
class ErasureAdmin(OutboxAdmin):
    """Erased accounts, and the open work for each."""

    at_supabase = clock("deleted_at_supabase")
    list_display = ("user_id", "created", "state", "attempts", "last_error")
    actions = ("retry",)
    fields = readonly_fields = ("user_id", "created", "by", "state", "done", "at_supabase", "attempts", "last_error")
