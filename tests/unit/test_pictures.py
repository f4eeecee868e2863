"""The pictures that are pixels: there, and as large as they are meant to be."""

import pytest

from tests.support.pictures import PICTURES, Picture, icon_file, png_size

# Bytes of an ICO file before its only picture.
HEADER = 22


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.path.name)
def test_every_picture_has_its_size(picture: Picture) -> None:
    """If not: `make pictures`."""
    data = picture.path.read_bytes()
    if picture.path.suffix == ".ico":
        data = data[HEADER:]
        assert picture.path.read_bytes() == icon_file(data)
    assert png_size(data) == (picture.width, picture.height)
    assert picture.source.is_file()


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a" + bytes(30)])
def test_what_is_no_picture_has_no_size(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a PNG"):
        png_size(data)
