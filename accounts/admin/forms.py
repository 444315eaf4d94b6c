"""What superusers type into the admin about accounts, and teachers about themselves."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth import forms as auth_forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import zoom_hosts
from accounts.models import LANGUAGE_NOTE, TeacherProfile, User
from backoffice.forms import LanguageField, ModelForm, ZoneField

# Django's class is generic to the type checker only.
if TYPE_CHECKING:
    UserChangeForm = auth_forms.UserChangeForm[User]
else:
    UserChangeForm = auth_forms.UserChangeForm

ROLE_NOTE = _("A change is written to Supabase's app_metadata too, whose role wins over this one.")
# What the profile's form shows of the account.
OF_THE_ACCOUNT = ("timezone", "language")


class LowerEmail(ModelForm):
    """Lowercases the e-mail, which is how sign-in looks it up."""

    timezone = ZoneField()
    language = LanguageField(help_text=LANGUAGE_NOTE)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class NewUserForm(LowerEmail):
    """An account made by hand, without waiting for a first sign-in. It has no local password yet."""

    class Meta:
        model = User
        fields = ["id", "email", "first_name", "last_name", "timezone", "language", "role"]
        help_texts = {
            "id": _("The id of the Supabase account. Leave it unchanged for a person without one."),
            "role": ROLE_NOTE,
        }

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002  # the signature is Django's own
        """Set an unusable password: an empty one is not a valid hash."""
        self.instance.set_unusable_password()
        return super().save(commit)


class UserForm(LowerEmail, UserChangeForm):
    """An account with a link to the form for its password."""

    class Meta:
        model = User
        fields = "__all__"  # the admin class names them
        help_texts = {"role": ROLE_NOTE}


class ProfileForm(ModelForm):
    """A teacher's profile, with the time zone and the language of their account."""

    timezone = ZoneField(help_text=_("Working hours are by the clock of this zone, and so is every time shown here."))
    language = LanguageField(help_text=LANGUAGE_NOTE)

    class Meta:
        model = TeacherProfile
        exclude = ["user"]  # a profile's owner is no input, all the rest is

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update({name: getattr(self.instance.user, name) for name in OF_THE_ACCOUNT})

    def clean_zoom_host(self) -> str:
        """Refuse a new host that Zoom does not know."""
        host = str(self.cleaned_data["zoom_host"])
        if host and "zoom_host" in self.changed_data:
            TeacherProfile._meta.get_field("zoom_host").run_validators(host)
            if sentence := zoom_hosts.problem(host):
                raise ValidationError(sentence)
        return host
