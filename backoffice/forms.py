"""Form classes and fields that several pages of the admin use."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from wall_clock import zones

# Django's class is generic to the type checker only.
if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm


class ZoneField(forms.ChoiceField):
    """A choice of time zones by IANA name."""

    def __init__(self, **options: Any) -> None:
        names = [(name, name) for name in sorted(zones.names())]
        super().__init__(choices=names, label=_("Time zone"), initial="UTC", **options)


class LanguageField(forms.ChoiceField):
    """A choice of the site's languages, each by its own name, or none."""

    def __init__(self, **options: Any) -> None:
        choices = [("", _("As the browser asks")), *settings.LANGUAGES]
        super().__init__(choices=choices, label=_("Language"), required=False, **options)
