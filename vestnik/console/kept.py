"""What the pages of segments and of templates share: things that are kept under a name, and made by a form."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _lazy

from vestnik.characters import clean_text
from vestnik.console.pages import errors_at, said_above
from vestnik.console.roles import user_of


class NameField(forms.CharField):
    """A name as it is stored. One without visible characters is refused."""

    default_error_messages: ClassVar[dict[str, Any]] = {"blank": _lazy("Enter a name.")}

    def clean(self, value: Any) -> str:
        """Return the name.

        Raises:
            ValidationError: It is missing, shows nothing, or is too long.
        """
        name = clean_text(super().clean(value))
        if not name:
            raise forms.ValidationError(self.error_messages["blank"], code="blank")
        return name


def make_kept(request: HttpRequest, form: Any, create: Callable[..., Any]) -> Any | None:
    """Make what a form says.

    Args:
        request: Whose user makes it.
        form: ``said`` has its values once it is valid.
        create: The service. It takes ``fields`` and ``actor``.

    Returns:
        What the service made. None: the form is wrong, or the service refuses it; the next page says why.
    """
    made = None
    if form.is_valid() and form.said is not None:
        with said_above(request), errors_at(form):
            made = create(fields=form.said, actor=user_of(request))
    return made
