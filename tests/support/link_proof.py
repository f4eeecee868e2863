"""What proves that a message is from somebody with the whole link, from docs/protocol.md alone."""

import base64
import hmac
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LABEL = b"duet-link-1"


class LinkProof:
    """Of one client in one room."""

    def __init__(self, secret: str, room: str) -> None:
        """``secret``: as it stands in the link."""
        raw = base64.urlsafe_b64decode(secret + "==")
        self._key = HKDF(SHA256(), length=32, salt=b"", info=LABEL).derive(raw)
        self._room = room
        self._offers: list[str] = []
        """The MACs of those that were sent: an answer is to one of them."""
        self._heard = ""
        """The MAC of the offer that is answered next."""

    def mac(self, *fields: str) -> str:
        parts = [LABEL, *(field.encode() for field in fields)]
        framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        digest = hmac.digest(self._key, framed, "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def of_join(self, session: str, inside: str) -> str:
        """``inside``: the session of whoever is there, or empty."""
        return self.mac("join", self._room, session, inside)

    def of_renegotiate(self, session: str, peer_session: str) -> str:
        return self.mac("renegotiate", self._room, session, peer_session)

    def of_offer(self, session: str, peer_session: str, sdp: str) -> str:
        mac = self.mac("offer", self._room, session, peer_session, "", sdp)
        self._offers.append(mac)
        return mac

    def of_answer(self, session: str, peer_session: str, sdp: str) -> str:
        return self.mac("answer", self._room, session, peer_session, self._heard, sdp)

    def check(self, description: dict[str, Any]) -> None:
        """Of an offer, also one in the news of a join, or an answer."""
        kind, mac = description["type"], description["mac"]
        between = description["session"], description["peerSession"]
        offers = [""] if kind == "offer" else self._offers
        expected = [
            self.mac(kind, self._room, *between, offer, description["sdp"]) for offer in offers
        ]
        assert mac in expected
        if kind == "offer":
            self._heard = mac
