"""``manage.py runserver``: Daphne's, which does not start where it cannot serve."""

import errno
import os
import socket
from typing import Any

from daphne.management.commands.runserver import Command as DaphneCommand
from django.conf import settings
from django.core.management.base import CommandError
from django.utils.autoreload import DJANGO_AUTORELOAD_ENV


class Command(DaphneCommand):  # type: ignore[misc]
    """Ends at once, with a sentence, where Daphne's would wait for ever.

    That waits after a failed check for somebody to mend a file, and after a port that is in
    use for nothing at all. Once the server has run, the reloader may wait.
    """

    def run(self, **options: Any) -> None:
        # The reloader starts this command again, in a child.
        if os.environ.get(DJANGO_AUTORELOAD_ENV) != "true":
            self.check()
            self.try_port()
        super().run(**options)

    def try_port(self) -> None:
        """Raises ``CommandError`` if nobody can listen there."""
        port = int(self.port)
        family = socket.AF_INET6 if self.use_ipv6 else socket.AF_INET
        try:
            socket.create_server((self.addr, port), family=family).close()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                other = port + 1
                raise CommandError(
                    f"Port {port} is in use: make run PORT={other},"
                    f" or python manage.py runserver {other}."
                ) from None
            raise CommandError(f"Port {port} cannot be served: {error.strerror}.") from None

    def check_migrations(self) -> None:
        """Without a call log nothing is stored, and no database needed."""
        if settings.CALL_LOG:
            super().check_migrations()
