"""How static files are named, joined and compressed for production."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Style sheets that are collected once more with those of their features (``{% styles %}``), as
# ``NAME.joined.css``: a page is drawn when it has all of them, and one file comes sooner than 20.
JOINED = ["calls/css/call.css"]


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
                self.delete(name)
                self.save(name, ContentFile(b"".join(self._sheets(entry, paths))))
                paths[name] = (self, name)
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def _sheets(self, entry: str, paths: Mapping[str, Any]) -> Iterator[bytes]:
        features = str(PurePosixPath(entry).with_name("features") / "*.css")
        beside = sorted(path for path in paths if PurePosixPath(path).match(features))
        for path in (entry, *beside):
            with self.open(path) as file:
                yield file.read()
