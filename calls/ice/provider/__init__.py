"""TURN credentials from an HTTP API: Cloudflare, Metered, Twilio, Xirsys and their like.

``request`` says what is asked, ``client`` asks, ``answer`` reads what comes, ``selection`` keeps
what browsers can use, ``stock`` knows how long that is good, and ``supply`` keeps it fresh.
"""
