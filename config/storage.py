"""How static files are named, joined, stripped and compressed for production."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

import rjsmin
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Style sheets that are collected once more with those of their features (``{% styles %}``), as
# ``NAME.joined.css``: a page is drawn when it has all of them, and one file comes sooner than 20.
JOINED = ["calls/css/call.css"]
# Scripts that lose their comments, nearly half of what would travel. What others have written stays
# as it was published.
STRIPPED = "calls/js/"


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed names everywhere, ``import "./x.js"`` between ES modules included.

    Without the flag a new ``main.js`` would import a cached, older ``call.js`` after a
    deployment. The rewriting is repeated a fixed number of times: import chains must be shorter
    than that, and without cycles (tests/app/test_static.py).
    """

    support_js_module_import_aggregation = True
    max_post_process_passes = 20

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[Any]:
        if not dry_run:
            for entry in JOINED:
                name = entry.replace(".css", ".joined.css")
                self._write(name, b"".join(self._sheets(entry, paths)))
                paths[name] = (self, name)
            for name in paths:
                if name.startswith(STRIPPED) and name.endswith(".js"):
                    self._write(name, rjsmin.jsmin(self._read(name)))
                    paths[name] = (self, name)
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def _sheets(self, entry: str, paths: Mapping[str, Any]) -> Iterator[bytes]:
        features = str(PurePosixPath(entry).with_name("features") / "*.css")
        beside = sorted(path for path in paths if PurePosixPath(path).match(features))
        return map(self._read, (entry, *beside))

    def _read(self, name: str) -> bytes:
        with self.open(name) as file:
            content: bytes = file.read()
        return content

    def _write(self, name: str, content: bytes) -> None:
        self.delete(name)
        self.save(name, ContentFile(content))
