"""The pictures that are pixels: there, and as large as they are meant to be."""

import pytest

from tests.support.pictures import PICTURES, Picture, png_size


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.path.name)
def test_every_picture_has_its_size(picture: Picture) -> None:
    """If not: `make pictures`."""
    assert png_size(picture.path.read_bytes()) == (picture.width, picture.height)
    assert picture.source.is_file()


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a" + bytes(30)])
def test_what_is_no_picture_has_no_size(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a PNG"):
        png_size(data)
