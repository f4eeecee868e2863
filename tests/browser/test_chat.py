"""What two people write to each other (call/chat.js, view/messages.js)."""

import json
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.conftest import StartDaphne
from tests.support.browsers import SPY, Person
from tests.support.firefox import Firefox, firefox
from tests.support.processes import Daphne
from tests.support.visits import Visit, call_path, start_call

pytestmark = pytest.mark.shared

ONLY_YOU = "Only the two of you see this. It is gone when the call ends."
NEWCOMER = "Somebody else is here. They do not see what is above."

# Who wrote each line of the open panel, and what.
LINES = """[...document.querySelectorAll("#chat-lines > [data-from]")].map((line) =>
  [line.dataset.from, (line.querySelector("p + p") ?? line).textContent])"""

# Write that often, without a break in between.
BURST = """([letter, first, last]) => {
  const field = document.querySelector("#chat-text");
  for (let n = first; n <= last; n++) {
    field.value = `${letter}${n}`;
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", cancelable: true }));
    if (field.value !== "") throw new Error(`${field.value} was not taken`);
  }
}"""

# What is under way in chats, page to page.
SENT = """
window.sent = [];
const { send } = RTCDataChannel.prototype;
RTCDataChannel.prototype.send = function (data) {
  if (JSON.parse(data).type === "chat") window.sent.push(JSON.parse(data).text);
  return send.call(this, data);
};
"""

# An answer that is final only after what it was sent for: messages go already.
LATE = """
const { createDataChannel, setLocalDescription } = RTCPeerConnection.prototype;
const channels = new WeakMap();
RTCPeerConnection.prototype.createDataChannel = function (...options) {
  const channel = createDataChannel.apply(this, options);
  channels.set(this, channel);
  return channel;
};
RTCPeerConnection.prototype.setLocalDescription = async function (description) {
  const channel = channels.get(this);
  if (this.signalingState === "have-local-pranswer" && channel.readyState !== "open") {
    await new Promise((resolve) => channel.addEventListener("open", resolve));
    window.late = true;
  }
  return setLocalDescription.call(this, description);
};
"""

Lines = list[list[str]]


def numbered(who: str, letter: str, last: int, first: int = 1) -> Lines:
    return [[who, f"{letter}{n}"] for n in range(first, last + 1)]


async def opens(person: Person) -> None:
    """The panel, which is ready then."""
    await person.page.click("#chat-open")
    await person.page.wait_for_function(
        "() => document.querySelector('#chat-send').hasAttribute('aria-disabled')"
    )


async def unread(person: Person, count: str) -> None:
    await expect(person.page.locator("#chat-open .round")).to_have_attribute("data-unread", count)


async def writes(person: Person, text: str) -> None:
    await person.page.fill("#chat-text", text)
    await person.page.press("#chat-text", "Enter")
    await expect(person.page.locator("#chat-text")).to_have_value("")


async def reads(person: Person, *lines: list[str]) -> None:
    """Exactly these, in this order."""
    await person.page.wait_for_function(
        f"(lines) => JSON.stringify({LINES}) === lines",
        arg=json.dumps(lines, separators=(",", ":"), ensure_ascii=False),
    )


async def reads_of(person: Person, who: str, lines: Lines) -> None:
    """Exactly these of one of the two, in this order."""
    await person.page.wait_for_function(
        f"([who, lines]) => JSON.stringify({LINES}.filter(([from]) => from === who)) === lines",
        arg=[who, json.dumps(lines, separators=(",", ":"))],
    )


async def all_delivered(person: Person) -> None:
    await expect(person.page.locator("#chat-lines span", has_text="elivered")).to_have_count(0)


async def in_chat(visit: Visit, url: str) -> list[Person]:
    people = await start_call(visit, url, url)
    for person in people:
        await opens(person)
    return people


async def test_both_ways(visit: Visit, daphne: Daphne) -> None:
    ada, bo = await start_call(visit, *[daphne.url + call_path()] * 2)
    await opens(ada)
    await expect(ada.page.locator("#chat-text")).to_be_focused()
    await expect(ada.page.locator("#chat-hint")).to_have_text(ONLY_YOU)
    await writes(ada, "Hello Bo")
    await unread(bo, "1")
    await expect(bo.page.locator("#said")).to_have_text("New message from Ada: Hello Bo")
    await expect(bo.page.locator(".chat-news")).to_have_text("Ada: Hello Bo")
    await ada.page.focus("#chat-text")
    await ada.page.keyboard.type("one")
    await ada.page.keyboard.press("Shift+Enter")
    await ada.page.keyboard.type("two")
    await ada.page.click("#chat-send")
    await unread(bo, "2")
    button = bo.page.get_by_role("button", name="Chat, 2 unread messages", exact=True)
    await expect(button).to_be_visible()

    await opens(bo)
    await bo.hides(".chat-news")
    await reads(bo, ["other", "Hello Bo"], ["other", "one\ntwo"])
    await expect(bo.page.locator("#chat-open [data-unread]")).to_have_count(0)
    await expect(bo.page.get_by_role("button", name="Chat", exact=True)).to_be_visible()
    await expect(bo.page.get_by_role("log")).to_contain_text("Ada")
    await writes(bo, "Hello Ada")
    await reads(ada, ["own", "Hello Bo"], ["own", "one\ntwo"], ["other", "Hello Ada"])
    for person in (ada, bo):
        await all_delivered(person)
        await person.hides("#chat-hint")


async def test_before_the_answer_is_final(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    ada = await visit(url, lambda page: page.add_init_script(LATE))
    await ada.join("Ada")
    await ada.phase("waiting")
    bo = await visit(url)
    await bo.join("Bo")
    await ada.sees_and_hears()
    assert await ada.page.evaluate("late")
    for person in (ada, bo):
        await opens(person)
    await writes(ada, "Hello Bo")
    await reads(bo, ["other", "Hello Bo"])
    await all_delivered(ada)


async def test_markup_is_text_and_only_the_web_is_linked(visit: Visit, daphne: Daphne) -> None:
    ada, bo = await in_chat(visit, daphne.url + call_path())
    image = '<img src=x onerror="document.title = 1"><script>document.title = 2</script>'
    script = "javascript:alert(1)"
    await writes(ada, image)
    await writes(ada, script)
    await writes(ada, "See https://duet.example/a?b=c&d=<e>, or (http://duet.example/f).")
    for person, who in ((ada, "own"), (bo, "other")):
        lines = person.page.locator("#chat-lines")
        await expect(lines.locator("a")).to_have_count(2)
        links = await lines.locator("a").evaluate_all(
            "(links) => links.map(({ href, textContent, target, rel }) =>"
            " [href, textContent, target, rel])"
        )
        assert [link[:2] for link in links] == [
            ["https://duet.example/a?b=c&d=", "https://duet.example/a?b=c&d="],
            ["http://duet.example/f", "http://duet.example/f"],
        ]
        assert [link[2:] for link in links] == [["_blank", "noopener noreferrer"]] * 2
        await expect(lines.locator("img, script")).to_have_count(0)
        assert (await person.page.evaluate(LINES))[:2] == [[who, image], [who, script]]
        assert await person.page.title() == "Call · Duet"


async def test_very_many_at_once_arrive_once_and_in_order(visit: Visit, daphne: Daphne) -> None:
    people = await in_chat(visit, daphne.url + call_path())
    for person, letter in zip(people, "ab", strict=True):
        await person.page.evaluate(BURST, [letter, 1, 200])
    for person, own, other in zip(people, "ab", "ba", strict=True):
        await reads_of(person, "own", numbered("own", own, 200))
        await reads_of(person, "other", numbered("other", other, 200))
        await all_delivered(person)


async def test_a_reload_in_the_middle(visit: Visit, daphne: Daphne) -> None:
    """Whatever was on its way, both ways; the draft of the other stays, too."""
    ada, bo = await in_chat(visit, daphne.url + call_path())
    await ada.page.evaluate(BURST, ["a", 1, 100])
    await bo.page.evaluate(BURST, ["b", 1, 100])
    await ada.page.reload()
    await bo.page.evaluate(BURST, ["b", 101, 200])
    await bo.page.fill("#chat-text", "not yet")
    await ada.sees_and_hears()
    await opens(ada)
    await ada.page.evaluate(BURST, ["a", 101, 200])
    for person, own, other in ((ada, "a", "b"), (bo, "b", "a")):
        await reads_of(person, "own", numbered("own", own, 200))
        await reads_of(person, "other", numbered("other", other, 200))
        await all_delivered(person)
    await expect(bo.page.locator("#chat-text")).to_have_value("not yet")


async def test_a_copy_of_the_tab_takes_over_and_gives_back(visit: Visit, daphne: Daphne) -> None:
    """New sessions and connections, and pages that do not know what was said meanwhile."""
    ada, bo = await in_chat(visit, daphne.url + call_path())
    await writes(ada, "a1")
    await reads(bo, ["other", "a1"])
    await all_delivered(ada)
    async with ada.page.context.expect_page() as opened:
        await ada.page.evaluate("void open(location.href)")
    copy = Person(await opened.value)
    await ada.screen("elsewhere")
    await copy.phase("connected")
    await opens(copy)
    await writes(copy, "a2")
    await writes(bo, "b1")
    await reads(copy, ["own", "a1"], ["own", "a2"], ["other", "b1"])
    await all_delivered(bo)

    await ada.page.click("#use-here")
    await copy.screen("elsewhere")
    await ada.phase("connected")
    await writes(bo, "b2")
    await opens(ada)
    await writes(ada, "a3")
    await reads_of(ada, "other", [["other", "b1"], ["other", "b2"]])
    await reads_of(bo, "other", [["other", text] for text in ("a1", "a2", "a3")])
    for person in (ada, bo):
        await all_delivered(person)


async def test_while_the_other_is_away_messages_wait(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    ada, bo = await in_chat(visit, url)
    await writes(bo, "One moment")
    await reads(ada, ["other", "One moment"])
    await all_delivered(bo)
    await bo.page.goto("about:blank")
    await ada.phase("reconnecting")
    await writes(ada, "Are you there?")
    await ada.says("#chat-lines [data-from=own] span", "^Not delivered yet$")
    await ada.page.reload()
    await ada.screen("call")
    await opens(ada)
    await ada.says("#chat-lines [data-from=own] span", "^Not delivered yet$")
    await bo.page.goto(url)
    await bo.sees_and_hears()
    await unread(bo, "1")
    await opens(bo)
    await reads(bo, ["own", "One moment"], ["other", "Are you there?"])
    await all_delivered(ada)


async def test_a_newcomer_sees_nothing_and_is_sent_nothing(
    visit: Visit, start_daphne: StartDaphne
) -> None:
    async def watched(page: Page) -> None:
        await page.add_init_script(SENT)

    daphne = await start_daphne(SEAT_GRACE="1")
    url = daphne.url + call_path()
    ada, bo = await visit(url, watched), await visit(url)
    for person, name in ((ada, "Ada"), (bo, "Bo")):
        await person.join(name)
    await ada.sees_and_hears()
    await opens(ada)
    await writes(ada, "for Bo")
    await all_delivered(ada)
    await unread(bo, "1")
    await bo.page.context.close()
    await ada.phase("reconnecting")
    await writes(ada, "for Bo, too late")
    await ada.phase("waiting")

    cy = await visit(url)
    await cy.join("Cy")
    await cy.sees_and_hears()
    await opens(cy)
    await expect(cy.page.locator("#chat-hint")).to_have_text(ONLY_YOU)
    above = [["own", "for Bo"], ["own", "for Bo, too late"], ["page", NEWCOMER]]
    await reads(ada, *above)
    await ada.says("#chat-lines > :nth-child(2) span", "^Not delivered$")
    await ada.page.evaluate("window.sent = []")
    await writes(ada, "Hello Cy")
    await reads(cy, ["other", "Hello Cy"])
    assert await ada.page.evaluate("window.sent") == ["Hello Cy"]
    await writes(cy, "Hello Ada")
    await reads(ada, *above, ["own", "Hello Cy"], ["other", "Hello Ada"])


async def test_before_somebody_came_and_after_the_end(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    ada = await visit(url)
    await ada.join("Ada")
    await ada.phase("waiting")
    await opens(ada)
    await ada.says("#chat-hint", "You can write as soon as somebody else is here")
    await expect(ada.page.locator("#chat-text")).not_to_be_editable()
    bo = await visit(url)
    await bo.join("Bo")
    await expect(ada.page.locator("#chat-text")).to_be_editable()
    await bo.sees_and_hears()
    await writes(ada, "Bye")
    await unread(bo, "1")
    await bo.page.click("#hangup")
    for person in (ada, bo):
        await person.screen("ended")
        stored = await person.page.evaluate("JSON.stringify(sessionStorage)")
        assert "Bye" not in stored
        await person.page.click("#again")
    for person in (ada, bo):
        await person.sees_and_hears()
        await person.hides("#chat")
        await expect(person.page.locator("#chat-open [data-unread]")).to_have_count(0)
        await opens(person)
        await reads(person)


async def test_keyboard_only_in_russian(visit: Visit, daphne: Daphne) -> None:
    """The draft outlives a closing; the letter that opens is not written."""
    url = daphne.url + call_path()
    ada, bo = await visit(url, locale="ru"), await visit(url, locale="ru")
    for person, name in ((ada, "Ада"), (bo, "Боря")):
        await person.join(name)
    await ada.sees_and_hears()
    await bo.phase("connected")
    field = ada.page.get_by_role("textbox", name="Сообщение")
    await ada.page.keyboard.press("c")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("")
    await ada.page.keyboard.type("Привет, cmv")
    await ada.page.keyboard.press("Escape")
    await ada.hides("#chat")
    await expect(ada.page.get_by_role("button", name="Чат", exact=True)).to_be_focused()
    await ada.page.keyboard.press("Enter")
    await expect(field).to_be_focused()
    await ada.page.keyboard.press("Enter")
    await expect(field).to_have_value("")
    await ada.page.keyboard.press("Tab")
    await expect(ada.page.get_by_role("button", name="Отправить")).to_be_focused()

    name = "Чат, 1 непрочитанное сообщение"
    await expect(bo.page.get_by_role("button", name=name)).to_be_visible()
    await expect(bo.page.locator("#said")).to_have_text("1 новое сообщение. Ада: Привет, cmv")
    await bo.page.keyboard.press("c")
    await reads(bo, ["other", "Привет, cmv"])
    await expect(bo.page.get_by_role("log")).to_contain_text("Ада")
    for person in (ada, bo):
        await expect(person.page.locator("#mute")).to_have_attribute("data-off", "false")


async def fox_writes(fox: Firefox, text: str) -> None:
    field = "document.querySelector('#chat-text')"
    await fox.wait_for(f"!{field}.readOnly && document.querySelector('#chat-send[aria-disabled]')")
    await fox.evaluate(f"void ({field}.value = {json.dumps(text)})")
    await fox.evaluate("document.querySelector('#chat-send').click()")


async def test_firefox_and_chromium(visit: Visit, daphne: Daphne, tmp_path: Path) -> None:
    url = daphne.url + call_path()
    async with firefox(tmp_path) as fox:
        await fox.command("script.addPreloadScript", functionDeclaration=f"() => {{ {SPY} }}")
        await fox.goto(url)
        await fox.wait_for("!document.querySelector('#join').disabled")
        await fox.evaluate("document.querySelector('#join').click()")
        bo = await visit(url)
        await bo.join("Bo")
        await bo.sees_and_hears()
        await opens(bo)
        await fox.evaluate("document.querySelector('#chat-open').click()")
        await bo.page.evaluate(BURST, ["b", 1, 50])
        await fox_writes(fox, "https://duet.example/\nfrom Firefox")
        await fox.wait_for(f"{LINES}.length === 51")
        lines: Lines = await fox.evaluate(LINES)
        assert [line for line in lines if line[0] == "other"] == numbered("other", "b", 50)
        await reads_of(bo, "other", [["other", "https://duet.example/\nfrom Firefox"]])
        await fox.reload()
        await bo.page.evaluate(BURST, ["b", 51, 60])
        await bo.sees_and_hears()
        await all_delivered(bo)
        await fox.evaluate("document.querySelector('#chat-open').click()")
        await fox.wait_for(f"{LINES}.length === 61")
        lines = await fox.evaluate(LINES)
        assert [line for line in lines if line[0] == "other"] == numbered("other", "b", 60)
