"""Two people call each other, in real browsers against a real server."""

from playwright.async_api import expect

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
    await third.phase("waiting")


async def test_mute_and_camera_show_at_the_other_side(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    ada, bo = await start_call(visit, url, url)
    for one, other in ((ada, bo), (bo, ada)):
        await one.page.click("#mute")
        await other.shows("#remote-muted")
        await one.page.click("#mute")
        await other.hides("#remote-muted")
        await one.page.click("#camera")
        await other.shows("#remote-camera-off")
        await one.page.click("#camera")
        await other.hides("#remote-camera-off")
        await other.sees_and_hears()


async def test_hang_up_ends_both(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    ada, bo = await start_call(visit, url, url)
    await ada.page.click("#hangup")
    await ada.screen("ended")
    await bo.screen("ended")
    await bo.says("#ended-reason", "Ada|other|left|hung up")
    for person in (ada, bo):
        await person.page.click("#again")
    for person in (ada, bo):
        await person.sees_and_hears()


async def test_a_third_waits_and_enters_when_a_seat_is_free(visit: Visit, daphne: Daphne) -> None:
    url = daphne.url + call_path()
    ada, bo = await start_call(visit, url, url)
    third = await visit(url)
    await third.join("Cy")
    await third.screen("full")
    await ada.sees_and_hears()
    await bo.page.click("#hangup")
    await third.phase("waiting")


async def test_home_starts_a_call_with_one_press(visit: Visit, daphne: Daphne) -> None:
    person = await visit(daphne.url + "/")
    await person.page.click("#start")
    await person.screen("preview")
    await expect(person.page.locator("#preview-video")).to_be_visible()
    await person.join()
    await person.phase("waiting")
    assert await person.page.input_value("#link") == person.page.url
    await person.shows("#qr")
