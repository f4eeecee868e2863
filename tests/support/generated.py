"""What hypothesis makes up for the tests: frames of any shape. The same ones in every run."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st


def examples(count: int) -> settings:
    """As a decorator: try this many examples."""
    return settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)

json_values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)

TYPES = [
    "join", "offer", "answer", "ice", "renegotiate", "ice-servers", "report", "ping", "leave",
]  # fmt: skip

# Values of any shape under the names that mean something: most of the protocol's mistakes.
near_messages = st.dictionaries(
    st.sampled_from(
        [
            "session",
            "peerSession",
            "token",
            "name",
            "sdp",
            "candidate",
            "sdpMid",
            "sdpMLineIndex",
            "restart",
            "event",
            "ms",
            "from",
        ]
    ),
    _scalars
    | st.sampled_from(["connected", "s" * 65, {"candidate": "c"}, {"candidate": 1}, [{}]])
    | json_values,
    max_size=5,
).flatmap(
    lambda fields: (
        st.sampled_from(TYPES).map(lambda kind: {"type": kind, **fields}) | st.just(fields)
    )
)

frames_of_json = json_values | near_messages
