"""Two people call each other, in real browsers against a real server."""

from playwright.async_api import Page, expect

from tests.support.processes import Daphne, Server
from tests.support.visits import Visit, call_path, start_call


async def test_two_people_see_and_hear_each_other(visit: Visit, server: Server) -> None:
    url = server.url + call_path()
    ada, bo = await start_call(visit, url, url)
    await ada.says("#remote-name", "Bo")
    await bo.says("#remote-name", "Ada")


async def test_call_across_two_processes(visit: Visit, daphnes: list[Daphne]) -> None:
    path = call_path()
    ada, bo = await start_call(visit, *(daphne.url + path for daphne in daphnes))
    for one, other in ((ada, bo), (bo, ada)):
        await one.page.click("#mute")
        await other.shows("#remote-muted")
    third = await visit(daphnes[0].url + path)
    await third.join("Cy")
    await third.screen("full")
    await ada.page.click("#hangup")
    await bo.screen("ended")
    await ada.screen("ended")
    await third.page.click("#enter")
    await third.phase("waiting")


async def test_mute_and_camera_show_at_the_other_side(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    ada, bo = await start_call(visit, url, url)
    for one, other, name in ((ada, bo, "Ada"), (bo, ada, "Bo")):
        for device, button, sign in (
            ("microphone", "#mute", "#remote-muted"),
            ("camera", "#camera", "#remote-camera-off"),
        ):
            await one.page.click(button)
            await other.shows(sign)
            await expect(one.page.locator("#said")).to_have_text(f"Your {device} is off.")
            await expect(other.page.locator("#said")).to_have_text(f"{name}: {device} is off.")
            await one.page.click(button)
            await other.hides(sign)
            await expect(one.page.locator("#said")).to_have_text(f"Your {device} is on.")
            await expect(other.page.locator("#said")).to_have_text(f"{name}: {device} is on.")
        await other.sees_and_hears()


async def test_a_swipe_down_does_not_load_the_page_again(visit: Visit, daphne: Daphne) -> None:
    """On a phone; and an empty picture is not read as one that does not play."""
    ada = await visit(daphne.url + call_path())
    swipe = "getComputedStyle(document.documentElement).overscrollBehaviorY"
    await ada.screen("preview")
    assert await ada.page.evaluate(swipe) == "auto"
    await ada.join()
    await ada.phase("waiting")
    assert await ada.page.evaluate(swipe) == "none"
    await expect(ada.page.locator("#remote-video")).to_have_attribute("aria-hidden", "true")


async def test_hang_up_ends_both(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    ada, bo = await start_call(visit, url, url)
    await ada.page.click("#hangup")
    await ada.screen("ended")
    await bo.screen("ended")
    await bo.says("#ended-reason", "^Ada hung up")
    for person in (ada, bo):
        await person.page.click("#again")
    for person in (ada, bo):
        await person.sees_and_hears()


# How many tracks of its camera and microphone a page holds.
LIVE = "window.given.filter((track) => track.readyState === 'live').length"


async def watch_devices(page: Page) -> None:
    await page.add_init_script("""
      const ask = navigator.mediaDevices.getUserMedia;
      window.given = [];
      navigator.mediaDevices.getUserMedia = async (constraints) => {
        const stream = await ask(constraints);
        window.given.push(...stream.getTracks());
        return stream;
      };
    """)


async def test_a_third_is_asked_in_when_a_seat_is_free(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    ada, bo = await start_call(visit, url, url)
    third = await visit(url, watch_devices)
    await third.says("#door", "Two people are in this call already")
    await third.page.wait_for_function(f"() => {LIVE} === 2")
    await third.join("Cy")
    await third.screen("full")
    assert await third.page.evaluate(LIVE) == 0
    await ada.sees_and_hears()
    await expect(third.page.locator("#enter")).to_be_hidden()
    await bo.page.click("#hangup")
    await third.says("#full-title", "There is room for you now")
    await third.shows("#enter")
    await third.screen("full")
    assert await third.page.evaluate(LIVE) == 0
    await third.page.click("#enter")
    await third.phase("waiting")
    await third.page.wait_for_function(f"() => {LIVE} === 2")


async def test_home_starts_a_call_with_one_press(visit: Visit, daphne: Daphne) -> None:
    person = await visit(daphne.url + "/")
    await person.page.click("#start")
    await person.screen("preview")
    await expect(person.page.locator("#preview-video")).to_be_visible()
    # Who is invited invites nobody.
    drawn = person.page.locator("#qr path[d]")
    await expect(drawn).to_have_count(0)
    await person.join()
    await person.phase("waiting")
    assert await person.page.input_value("#link") == person.page.url
    await person.shows("#qr")
    await expect(drawn).to_be_visible()
