"""TURN credentials made for one client, under a secret that the TURN server knows too.

They expire: the user name is the expiry time and the peer id, the password its HMAC-SHA1 (the
"TURN REST API" scheme, coturn's ``use-auth-secret``).
"""

import base64
import hashlib
import hmac


def credentials(secret: str, peer_id: str, expires: float) -> tuple[str, str]:
    """User name and password, valid until ``expires`` (Unix time in seconds)."""
    username = f"{int(expires)}:{peer_id}"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return username, base64.b64encode(digest).decode()
