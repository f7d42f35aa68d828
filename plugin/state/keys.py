"""How the storage is laid out: the key of every file, the names in a wall's folder. Nobody else spells them."""

UPLOADS = "uploads"  # bytes as they came; a worker deletes them once it has looked inside
SUGGESTIONS = "suggestions"  # pictures that platforms have of people, to be offered to them
PHOTOS = "photos"
WALLS = "walls"
PRINTS = "prints"
LOGOS = "logos"
REPORTS = "reports"  # copies of what was reported
ERASURES = "erasures"  # who was erased, as ids: see plugin.state.erasures
ERASED_UNTIL = "until.jsonl"
UNFINISHED = "unfinished.txt"  # what a restore or a move leaves while it fills the storage

ORIGINAL = "target-original-"


def upload_key(photo_key: str) -> str:
    return f"{UPLOADS}/{photo_key}"


def target_upload_key(number: str) -> str:
    """Of a picture that a host sent as a wall's target."""
    return f"{UPLOADS}/target-{number}"


def logo_upload_key(number: str) -> str:
    """Of a logo that a host sent for an event."""
    return f"{UPLOADS}/logo-{number}"


def logo_key(key: str) -> str:
    return f"{LOGOS}/{key}.png"


def is_upload(source: str) -> bool:
    """Whether a wall's target is a file that somebody sent, not a built-in picture's name."""
    return source.startswith(f"{UPLOADS}/")


def photo_folder(photo_key: str) -> str:
    """Everything that is made of one photo."""
    return f"{PHOTOS}/{photo_key}"


def master_key(photo_key: str) -> str:
    return f"{photo_folder(photo_key)}/master.jpg"


def thumb_key(photo_key: str, px: int | str) -> str:
    return f"{photo_folder(photo_key)}/{px}.jpg"


def wall_folder(media_key: str) -> str:
    """Every picture of one wall."""
    return f"{WALLS}/{media_key}"


def wall_file_key(media_key: str, name: str) -> str:
    return f"{wall_folder(media_key)}/{name}"


def original_name(number: int, *, small: bool = False) -> str:
    """A target as it was opened, the `number`-th of its wall."""
    return f"{ORIGINAL}{'small-' if small else ''}{number}.jpg"


def is_original(name: str) -> bool:
    return name.startswith(ORIGINAL)


def target_name(revision: int, *, small: bool = False) -> str:
    """The picture that a wall is made by, since that revision; walls of before have no number."""
    return f"target{'-small' if small else ''}{f'-{revision}' if revision else ''}.jpg"


def prepared_name(revision: int) -> str:
    """The prepared target, small, for the host to compare; there only where it differs from the original."""
    return f"target-prepared-{revision}.jpg"


def is_picture_of_people(name: str) -> bool:
    """Whether a file of a wall's folder shows photos, and not only what the wall is made by."""
    return not name.startswith("target")


def overview_name(revision: int, *, stage: bool = False) -> str:
    return f"{'stage-' if stage else ''}overview-{revision}.jpg"


def patch_name(revision: int, *, stage: bool = False) -> str:
    """What brings a panel from the overview before to the one of this revision."""
    return f"{'stage-' if stage else ''}patch-{revision}.jpg"


def is_patch(name: str) -> bool:
    return name.startswith(("patch-", "stage-patch-"))


def tile_name(cell_px: int, x: int, y: int, revision: int) -> str:
    """A tile as `worker.wall.livewall` calls it, which knows nothing of us."""
    return f"tile-{cell_px}-{x}-{y}-{revision}.jpg"


def preview_name(chance: str, revision: int) -> str:
    """Of a wall as it would be when revealed, for its host; gone once the wall is further."""
    return f"preview-{chance}-{revision}.jpg"


def suggestion_key(picture_key: str) -> str:
    return f"{SUGGESTIONS}/{picture_key}.jpg"


def print_key(key: str, form: str) -> str:
    return f"{PRINTS}/{key}.{form}"


def evidence_key(picture_key: str) -> str:
    return f"{REPORTS}/{picture_key}.jpg"


def doctor_key(name: str) -> str:
    """Of a file that is there for a moment, to see whether one can be."""
    return f"doctor/{name}"


def erasures_key(chance: str) -> str:
    """A part of the register of who was erased."""
    return f"{ERASURES}/{chance}.jsonl"


def media_url(key: str) -> str:
    """Where a file is served, if it is one that is."""
    return f"/media/{key}"
