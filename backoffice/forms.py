"""Form classes and fields that several pages of the admin use."""

from typing import TYPE_CHECKING, Any

from django import forms

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
        super().__init__(choices=names, label="Time zone", initial="UTC", **options)
