"""Accounts, one for each Supabase user, and profiles of teachers."""

import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from database.instances import instance
from database.prepared_query import PreparedQuery
from wall_clock import zones

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MAX_BUFFER_MINUTES = 240
# Names and headlines must not contain C0 and C1 control characters, or DEL.
ONE_LINE = RegexValidator(r"^[^\x00-\x1f\x7f-\x9f]*\Z", _("Control characters are not allowed."))
# Becomes part of a URL of Zoom's API: a user id, an e-mail, or "me" (developers.zoom.us/docs/api/meetings).
ZOOM_USER = RegexValidator(r"^([\w-]+|[^@\s/?#%\\]+@[\w.-]+)\Z", _("This is neither a Zoom user id nor an e-mail."))
YEAR_MINUTES = 366 * 24 * 60
LANGUAGE_NOTE = _("Of mails, calendars and the teachers' pages. Empty: mails in English, pages as the browser asks.")


class Role(models.TextChoices):
    """Role of an account. Comes from Supabase's `app_metadata.role`, never from data that users can write."""

    STUDENT = "student", _("Student")
    TEACHER = "teacher", _("Teacher")


class AtSupabase(models.TextChoices):
    """State of the Supabase user of an account; `sync_supabase_users` updates it."""

    UNSEEN = "", _("never seen there")
    PRESENT = "present", _("there")
    SHUT_OUT = "shut_out", _("banned or deleted there, deactivated here for that")


class UserQuerySet(models.QuerySet["User"]):
    """Account queries."""

    def teachers(self) -> "UserQuerySet":
        """Return active teachers, whom students can book."""
        return self.filter(role=Role.TEACHER, is_active=True)


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def teachers(self) -> UserQuerySet:
        """Return active teachers, whom students can book."""
        return self.get_queryset().teachers()

    def by_id(self, user_id: uuid.UUID) -> "User | None":
        """Return the account with this Supabase id by one indexed read, with which every API request begins."""
        rows = _user_by_id.rows(user_id=user_id)
        return instance(User, ACCOUNT_FIELDS, rows[0]) if rows else None

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a member of staff with a local password, for `manage.py createsuperuser`."""
        user = User(email=self.normalize_email(email).lower(), is_superuser=True, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the superuser with this e-mail, which is not unique among other accounts."""
        user: User = self.get(email=username, is_superuser=True)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """An account. Its id is Supabase's; its e-mail is a contact and no key, because two accounts may share one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    email = models.EmailField(_("email"), blank=True, db_index=True)
    first_name = models.CharField(_("first name"), max_length=100, blank=True, validators=[ONE_LINE])
    last_name = models.CharField(_("last name"), max_length=100, blank=True, validators=[ONE_LINE])
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.STUDENT)
    timezone = models.CharField(_("timezone"), max_length=64, default="UTC", validators=[zones.validate])
    # Database defaults let processes of the previous version, without the column, add accounts.
    language = models.CharField(
        _("language"),
        max_length=10,
        choices=settings.LANGUAGES,
        default="",
        db_default="",
        blank=True,
        help_text=LANGUAGE_NOTE,
    )
    is_active = models.BooleanField(_("is active"), default=True)
    at_supabase = models.CharField(
        _("at Supabase"),
        max_length=10,
        choices=AtSupabase,
        default=AtSupabase.UNSEEN,
        db_default="",
        blank=True,
        editable=False,
    )
    # Tokens issued before this are outdated by a newer one, an administrator or the sync.
    identity_as_of = models.DateTimeField(_("identity as of"), null=True, editable=False)
    erased_at = models.DateTimeField(
        _("erased at"),
        null=True,
        editable=False,
        help_text=_("Nothing personal is left, and no token brings the account back."),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    # Supabase's, from the sign-in to the admin until accounts.sign_in.session takes it. Stored nowhere else.
    refresh_token = ""

    USERNAME_FIELD = "email"

    class Meta:
        verbose_name, verbose_name_plural = _("user"), _("users")
        constraints = [
            models.CheckConstraint(condition=Q(role__in=list(Role)), name="user_role_is_known"),
            models.UniqueConstraint(fields=["email"], condition=Q(is_superuser=True), name="superuser_email_is_unique"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or (gettext("Erased account") if self.erased_at else str(self.id))

    @property
    def name(self) -> str:
        """First and last name, as far as they are known."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_teacher(self) -> bool:
        """True if students can book this account."""
        return self.role == Role.TEACHER

    @property
    def is_staff(self) -> bool:
        """True if the account may sign in to the admin: teachers see their own rows, superusers all."""
        return self.is_superuser or self.is_teacher

    @property
    def signs_in_locally(self) -> bool:
        """True if the account has a local password for the admin, independent of Supabase."""
        return self.is_superuser and self.has_usable_password()

    @property
    def rules(self) -> "TeacherProfile":
        """The teacher's profile, or an unsaved one with the defaults."""
        try:
            return self.profile
        except TeacherProfile.DoesNotExist:
            return TeacherProfile(user=self)


ACCOUNT_FIELDS = [field.attname for field in User._meta.concrete_fields]
_user_by_id = PreparedQuery(lambda user_id: User.objects.filter(id=user_id).values_list(*ACCOUNT_FIELDS))


def _minutes(
    name: "_StrPromise", *, most: int, default: int = 0, least: int = 0, help_text: "_StrPromise"
) -> "models.PositiveIntegerField[int, int]":
    limits = [MinValueValidator(least), MaxValueValidator(most)]
    return models.PositiveIntegerField(name, default=default, validators=limits, help_text=help_text)


class TeacherProfile(models.Model):
    """A teacher's public profile, and their rules for bookings. All times are minutes."""

    user = models.OneToOneField(
        User, verbose_name=_("user"), on_delete=models.CASCADE, primary_key=True, related_name="profile"
    )
    headline = models.CharField(_("headline"), max_length=200, blank=True, validators=[ONE_LINE])
    bio = models.TextField(_("bio"), max_length=5000, blank=True)
    zoom_host = models.CharField(
        _("zoom host"),
        max_length=200,
        blank=True,
        validators=[ZOOM_USER],
        help_text=_("The teacher's Zoom user id or e-mail; empty: the school's default host."),
    )
    slot_interval_minutes = _minutes(
        _("slot interval minutes"), least=5, most=480, default=30, help_text=_("How far apart offered starts are.")
    )
    buffer_minutes = _minutes(
        _("buffer minutes"), most=MAX_BUFFER_MINUTES, help_text=_("Kept free after each session.")
    )
    minimum_notice_minutes = _minutes(
        _("minimum notice minutes"),
        most=YEAR_MINUTES,
        help_text=_("How long before its start a session can be booked."),
    )
    horizon_days = _minutes(
        _("horizon days"), least=1, most=730, default=365, help_text=_("How many days ahead a session can be booked.")
    )
    cancel_notice_minutes = _minutes(
        _("cancel notice minutes"), most=YEAR_MINUTES, help_text=_("How long before the start students may cancel.")
    )
    reschedule_notice_minutes = _minutes(
        _("reschedule notice minutes"),
        most=YEAR_MINUTES,
        help_text=_("How long before the start students may move it."),
    )
    reconfirm_moves = models.BooleanField(
        _("confirm moves"),
        default=False,
        db_default=False,
        help_text=_("When a student moves a confirmed session, it waits for the teacher to confirm it again."),
    )

    class Meta:
        verbose_name, verbose_name_plural = _("teacher profile"), _("teacher profiles")
        constraints = [
            models.CheckConstraint(
                condition=Q(slot_interval_minutes__range=(5, 480)), name="slot_interval_is_5_to_480_minutes"
            ),
            models.CheckConstraint(
                condition=Q(buffer_minutes__lte=MAX_BUFFER_MINUTES), name="buffer_is_at_most_240_minutes"
            ),
        ]

    def __str__(self) -> str:
        return gettext("Profile of %(user)s") % {"user": self.user}


class FailedSignIn(AccessAttempt):  # type: ignore[misc]  # axes has no types
    """Failed sign-ins to the admin of one name, from one address, with one browser: the rows are django-axes' own."""

    class Meta:
        proxy = True
        verbose_name, verbose_name_plural = _("failed sign-in"), _("failed sign-ins")
