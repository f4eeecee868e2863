#!/usr/bin/env python
"""Django's command line."""

import os
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from config import env


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    env.load_file(Path(__file__).resolve().parent)
    # Asking for the development server where nothing is configured is asking for DEBUG;
    # a machine that has a SECRET_KEY is somebody's production.
    if sys.argv[1:2] == ["runserver"] and not os.environ.get("SECRET_KEY"):
        os.environ.setdefault("DEBUG", "1")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Configuration error: {error}")


if __name__ == "__main__":
    main()
