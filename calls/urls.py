"""HTTP addresses of the call pages."""

from django.urls import path, register_converter

from calls import views
from calls.languages import choose_language
from calls.operations import views as machines
from calls.rooms import names


class RoomConverter:
    """A room name in an address."""

    regex = names.PATTERN

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class MisspelledConverter(RoomConverter):
    """What means a room name, with capitals or blanks (``names.tidy``)."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        name = names.tidy(value)
        if name is None:
            raise ValueError  # the address is not found
        return name


register_converter(RoomConverter, "room")
register_converter(MisspelledConverter, "misspelled")

urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new_call, name="new-call"),
    path("call/<room:room>/", views.call, name="call"),
    path("call/<misspelled:room>/", views.misspelled_call, name="misspelled-call"),
    path("language/<slug:code>/", choose_language, name="language"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("healthz", machines.healthz, name="healthz"),
    path("readyz", machines.readyz, name="readyz"),
    path("metrics", machines.prometheus, name="metrics"),
]
