"""A call's name as people type it: into the field for it, and into an address."""

import pytest
from django.test import Client

from calls.operations.logs import hide_rooms
from tests.app.test_pages import CALL, ROOM, document

RUSSIAN = {"accept-language": "ru"}
TYPED = ["K7MQX-2PHB9-DTW4E", "k7mqx 2phb9 dtw4e", "k7mqx–2phb9–dtw4e", f" {ROOM}\n"]


# -- The field --------------------------------------------------------------------------------


def test_the_field_is_a_form_of_its_own(client: Client):
    """So it needs no script, and no cookie to protect it."""
    response = client.get("/")
    page = document(response)
    (form,) = page.find("form")
    assert (form["action"], form.get("method", "get")) == ("/", "get")
    (field,) = page.find("input")
    assert (field["name"], field["value"]) == ("code", "")
    assert page.find("label", **{"for": field["id"]})
    assert page.find("p", id=field["aria-describedby"])
    assert not {"aria-invalid", "autofocus"} & set(field)
    # The one script there helps with what no server is to see.
    assert [attributes["src"] for attributes, _ in page.scripts] == ["/static/calls/js/home.js"]
    assert not response.cookies


@pytest.mark.parametrize(
    "code", [ROOM, *TYPED, "K7MQX2PHB9DTW4E", f"https://call.example.org{CALL}?x#y", CALL]
)
def test_a_code_leads_to_its_call(client: Client, code: str):
    response = client.get("/", {"code": code})
    assert (response.status_code, response["Location"]) == (302, CALL)
    assert "no-store" in response["Cache-Control"]


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("code", ["", " ", "ab", "комната", "https://call.example.org/", '"><b>'])
@pytest.mark.parametrize(
    ("headers", "sentence"),
    [({}, "That is not a call’s code."), (RUSSIAN, "Это не\xa0код звонка.")],
)
def test_what_is_no_code_is_told_so_at_the_field(
    client: Client, code: str, headers: dict[str, str], sentence: str
):
    response = client.get("/", {"code": code}, headers=headers)
    assert response.status_code == 400
    assert "no-store" in response["Cache-Control"]
    page = document(response)
    (field,) = page.find("input")
    assert (field["value"], field["aria-invalid"]) == (code, "true")
    assert "autofocus" in field
    text = response.content.decode()
    assert text.partition(f'id="{field["aria-describedby"]}">')[2].startswith(sentence)
    assert page.find("a", id="start")
    assert page.inline_code == []


def test_where_a_code_leads_is_a_call_of_this_site(client: Client):
    """Whatever is pasted."""
    link = f"https://evil.example/call/{ROOM}/"
    assert client.get("/", {"code": link})["Location"] == CALL
    assert client.get("/", {"code": "//evil.example"}).status_code == 400


# -- The address ------------------------------------------------------------------------------


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("typed", TYPED)
def test_an_address_with_capitals_or_blanks_is_put_right(client: Client, typed: str):
    response = client.get(f"/call/{typed}/")
    assert (response.status_code, response["Location"]) == (302, CALL)
    assert "no-store" in response["Cache-Control"]
    response = client.get(f"/call/{typed}/?from=mail&x=%20")
    assert response["Location"] == f"{CALL}?from=mail&x=%20"
    assert client.post(f"/call/{typed}/").status_code in (403, 405)


def test_capitals_without_the_slash(client: Client):
    response = client.get("/call/K7MQX-2PHB9-DTW4E?x=1", follow=True)
    assert response.redirect_chain[-1] == (f"{CALL}?x=1", 302)
    assert response.status_code == 200


# -- The log ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        f"/?code={ROOM}",
        f"/?x=1&code={ROOM}&y=2",
        "/?code=K7MQX+2PHB9+DTW4E",
        f"/?code=https%3A%2F%2Fcall.example.org%2Fcall%2F{ROOM}%2F",
        "/call/K7MQX%202PHB9%20DTW4E/",
        "/call/k7mqx 2phb9 dtw4e/nothing",
    ],
)
def test_what_was_typed_stays_out_of_the_log(address: str):
    hidden = hide_rooms(address)
    assert "2phb9" not in hidden.lower()
    assert ("&y=2" in hidden) == ("&y=2" in address)
