"""How the doctor shows at the service's door who it is, and how long it waits for a first word; for both sides."""

SCHEME = "Doctor"
# The service says its first word at once, and holds the stream open for longer than that.
FIRST_WORD_SECONDS = 4.0
