"""HTTP addresses of the call pages."""

from django.urls import path, register_converter

from calls import views
from calls.languages import choose_language
from calls.rooms import names


class RoomConverter:
    """A room name in an address."""

    regex = names.PATTERN

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(RoomConverter, "room")

urlpatterns = [
    path("", views.home, name="home"),
    path("new/", views.new_call, name="new-call"),
    path("call/<room:room>/", views.call, name="call"),
    path("call/<room:room>/qr.svg", views.qr_code, name="qr-code"),
    path("language/<slug:code>/", choose_language, name="language"),
    path("healthz", views.healthz, name="healthz"),
]
