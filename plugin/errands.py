"""The errands' old names, which jobs still bear that an older service left in the queue. Goes with the next version."""

from plugin.platforms.errands import notice, owner, profile

__all__ = ["notice", "owner", "profile"]
