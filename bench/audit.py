"""Whether rows, files and what the API says agree with each other and with what people were promised."""

import base64
import io
import json
import os
import struct
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from bench.client import Caller, Server, Unanswered, join
from plugin.state.folder import MARK

# Each counts what still waits.
QUIET = (
    "SELECT count(*) FROM photos WHERE state IN ('received', 'prepared', 'withdrawn')",
    "SELECT count(*) FROM walls WHERE tiles_pending",
)
PATCHES_FOR_SECONDS = 30.0  # a panel that was away for so long still gets what it missed
AN_HOUR_AGO = 2 * 3600.0
TIDY_SECONDS = 75.0  # the sweeper tidies up every minute
IDS_AT_ONCE = 100


class Audited(Protocol):
    """A running service: one machine, or several that answer at one port."""

    @property
    def port(self) -> int: ...

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What a query with ? for each parameter finds in its database."""


def audit(server: Audited, code: str, answered: Mapping[int, int]) -> tuple[list[str], dict[str, int]]:
    """What is wrong, in words, and what was counted. `answered`: each sent photo's id from its 202."""
    with Caller(server.port) as caller:
        join(caller, code)
        wall = caller.get("/api/wall")
        complaints = [*_rows(server, answered), *_snapshot(server, wall), *_people(caller, wall, answered)]
        complaints += _pictures(caller, _named(server, wall))
    counts = {
        "rows of photos": server.rows("SELECT count(*) FROM photos")[0][0],
        "homes": server.rows("SELECT count(*) FROM placements")[0][0],
        "pictures fetched and decoded": len(_named(server, wall)),
        "revision at the end": wall["revision"],
    }
    return complaints, counts


def _rows(server: Audited, answered: Mapping[int, int]) -> Iterator[str]:
    """Every photo with a 202 has one home, and there is nothing else."""
    promised = Counter(answered.values())
    if twice := [photo_id for photo_id, times in promised.items() if times > 1]:
        yield f"two people were given the same photo: {twice}"
    states = Counter(dict(server.rows("SELECT state, count(*) FROM photos GROUP BY state")))
    if set(states) - {"placed"}:
        yield f"photos that are not placed: {dict(states)}"
    rows = {row[0] for row in server.rows("SELECT id FROM photos")}
    if lost := promised.keys() - rows:
        yield f"promised with a 202, and not there: {sorted(lost)}"
    if uncalled := rows - promised.keys():
        yield f"photos that nobody was promised (a retry made a second one?): {sorted(uncalled)}"
    placements = server.rows("SELECT photo_id, cell FROM placements")
    homes, cells = Counter(row[0] for row in placements), Counter(row[1] for row in placements)
    if homeless := promised.keys() - homes.keys():
        yield f"promised, and without a home: {sorted(homeless)}"
    for what, counted in (("photos with two homes", homes), ("cells with two homes", cells)):
        if double := [each for each, times in counted.items() if times > 1]:
            yield f"{what}: {double}"


def _snapshot(server: Audited, wall: Mapping[str, Any]) -> Iterator[str]:
    """What panels are shown is what the rows say."""
    grid = wall["grid"]
    cells = _numbers(grid["cells"])
    flat = _numbers(grid["homes"])
    homes = dict(zip(flat[::2], flat[1::2], strict=True))
    rows = dict(server.rows("SELECT photo_id, cell FROM placements"))
    if homes != rows:
        yield f"the snapshot's homes differ from the rows in {len(set(homes.items()) ^ set(rows.items()))} places"
    if wall["count"] != len(rows):
        yield f"the snapshot counts {wall['count']} photos, the rows {len(rows)}"
    if len(cells) != grid["columns"] * grid["rows"]:
        yield f"{len(cells)} cells on a grid of {grid['columns']} x {grid['rows']}"
    elif wrong := [photo for photo, cell in homes.items() if cells[cell] != photo]:
        yield f"homes whose cell shows another photo: {wrong[:10]}"
    if strangers := set(cells) - set(rows) - ({0} if not rows else set()):
        yield f"cells are empty or show photos without a home: {sorted(strangers)[:10]}"


def _numbers(packed: str) -> tuple[int, ...]:
    data = base64.b64decode(packed)
    return struct.unpack(f"<{len(data) // 4}I", data)


def _people(caller: Caller, wall: Mapping[str, Any], answered: Mapping[int, int]) -> Iterator[str]:
    """Behind each photo is its own person with their own line, and its thumbs can be fetched."""
    number_of = {photo_id: number for number, photo_id in answered.items()}
    ids = sorted(number_of)
    seen = 0
    for start in range(0, len(ids), IDS_AT_ONCE):
        listed = ",".join(map(str, ids[start : start + IDS_AT_ONCE]))
        for photo in caller.get(f"/api/photos?ids={listed}")["photos"]:
            seen += 1
            number = number_of[photo["id"]]
            if (photo["name"], photo["story"]) != (f"Ada {number}", f"Person {number}"):
                yield f"photo {photo['id']} has somebody else's name or line"
            yield from _pictures(caller, [f"/media/photos/{photo['key']}/{size}.jpg" for size in (64, 512)])
    if seen != len(ids):
        yield f"the API knows only {seen} of {len(ids)} photos"


def _named(server: Audited, wall: Mapping[str, Any]) -> list[str]:
    """The addresses of all pictures that a panel may fetch now."""
    media = wall["media"]
    overview = f"overview-{wall['overview']['revision']}.jpg"
    names = [wall["target"].removeprefix(media), overview, f"stage-{overview}"]
    across = {
        level["cell_px"]: -(-wall["grid"]["columns"] // level["tile_cells"]) for level in wall["levels"]
    }
    for level in wall["levels"]:
        px = level["cell_px"]
        for index, revision in enumerate(level["tiles"]):
            names.append(f"tile-{px}-{index % across[px]}-{index // across[px]}-{revision}.jpg")
    since = time.time() - PATCHES_FOR_SECONDS
    for (body,) in server.rows("SELECT body FROM changes WHERE changed_at > ?", [since]):
        change = json.loads(body)
        if change["patch"]:
            names += [f"{audience}patch-{change['revision']}.jpg" for audience in ("", "stage-")]
    return [f"{media}{name}" for name in names]


def _pictures(caller: Caller, addresses: Sequence[str]) -> Iterator[str]:
    for address in addresses:
        try:
            with Image.open(io.BytesIO(caller.fetch(address))) as image:
                image.load()
        except (Unanswered, OSError) as error:
            yield f"{address}: {error}"


def let_an_hour_pass(server: Server) -> list[str]:
    """Make what was left behind look old, wait until the sweeper has tidied up, and tell what is still there.

    A killed request or worker may leave bytes behind: whole uploads whose sender got no answer and sent again, and
    halves of files. They must go by themselves.
    """
    files = server.data / "files"
    left = _leftovers(files)
    for path in left:
        with suppress(FileNotFoundError):
            os.utime(path, (time.time() - AN_HOUR_AGO,) * 2)
    print(
        f"\nleft behind by killed processes: {len(left)} files; waiting for the sweeper, as if two hours had passed"
    )
    give_up = time.monotonic() + TIDY_SECONDS
    while _leftovers(files) and time.monotonic() < give_up:
        time.sleep(0.5)
    return [str(path.relative_to(files)) for path in _leftovers(files)]


def _leftovers(files: Path) -> list[Path]:
    """Uploads, and halves of files anywhere."""
    return [
        path
        for path in files.rglob("*")
        if path.is_file()
        and (path.parent.name == "uploads" or path.name.startswith("."))
        and path.name != MARK
    ]
