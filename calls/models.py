"""What is kept of calls that are over, if the operator wants a call log."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Call(models.Model):
    """One call of two people, from when they met to when they parted for good.

    Each of their sockets adds its half when it ends (``calls.operations.halves``). Nothing tells
    who they were: ``room`` is the eight digits that the log has, and ``key`` a keyed hash of the
    two peer ids.
    """

    class Path(models.TextChoices):
        """How the media went; ``calls.operations.halves.PATHS``."""

        NONE = "", _("never connected")
        DIRECT = "direct", _("direct")
        RELAY = "relay", _("through a relay")

    class Ending(models.TextChoices):
        """``calls.operations.halves.ENDINGS``."""

        LOST = "lost", _("both lost the connection")
        TIMEOUT = "timeout", _("one did not come back")
        DISMISSED = "dismissed", _("one was not let in")
        ENDED = "ended", _("the operator ended it")
        LEFT = "left", _("one hung up")

    key = models.CharField(max_length=16, unique=True)
    room = models.CharField(_("room"), max_length=8, db_index=True)
    started_at = models.DateTimeField(_("began"), db_index=True)
    ended_at = models.DateTimeField(_("ended"))
    ending = models.CharField(_("ending"), max_length=9, choices=Ending.choices)
    connect_ms = models.PositiveIntegerField(
        _("ms to the media"), null=True, help_text=_("of the slower of the two")
    )
    path = models.CharField(_("path"), max_length=6, choices=Path.choices, blank=True)
    relay_protocol = models.CharField(_("to the relay over"), max_length=3, blank=True)
    failures = models.PositiveIntegerField(_("failures to connect"), default=0)
    resumes = models.PositiveIntegerField(_("times that somebody came back"), default=0)
    restarts = models.PositiveIntegerField(_("ICE restarts"), default=0)
    worst_loss = models.PositiveSmallIntegerField(_("worst loss in percent"), null=True)
    rating = models.PositiveSmallIntegerField(
        _("stars"), null=True, help_text=_("the fewer, where both gave some")
    )
    browsers = models.CharField(_("browsers"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return f"{self.room} {self.started_at:%Y-%m-%d %H:%M}"
