"""How static files are named and compressed for production."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed names everywhere, ``import "./x.js"`` between ES modules included.

    Without the flag a new ``main.js`` would import a cached, older ``call.js`` after a
    deployment. The rewriting is repeated a fixed number of times: import chains must be shorter
    than that, and without cycles (tests/app/test_static.py).
    """

    support_js_module_import_aggregation = True
    max_post_process_passes = 20
