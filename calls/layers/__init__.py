"""The channel layers: how a consumer reaches another, in this process or through Redis."""

from calls.layers.memory import InMemoryChannelLayer
from calls.layers.redis import RedisChannelLayer

__all__ = ["InMemoryChannelLayer", "RedisChannelLayer"]
