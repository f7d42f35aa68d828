"""Ours beside the exact optimum (lapx) and beside programs that place in batch."""

import numpy as np
from lap import lapjv

from bench.live import Run, arrivals
from bench.material import Known, describe_wholes, photos
from bench.peers import Peers
from bench.score import Pixels, render
from bench.walls import Floats, Wall, drawn, now, since, size, table
from worker.placement.each_once import LIGHTNESS
from worker.placement.echoes import fill
from worker.placement.metric import costs, features
from worker.placement.rules import Board, Grid, describe_target, grid_for, place_once, reveal, reveal_grid

SAME = Grid(80, 50)  # four cells a photo


def reveals(walls: list[Wall], pictures: Pixels, peers: Peers, in_details: Peers | None = None) -> None:
    """The reveal of 1,000 photos; and metapixel on the live wall's grid, at our distance and that of its option, with
    whole photos for its library, and with all that our echoes may show.
    """
    rows: list[list[object]] = []
    for wall in walls:
        live = wall.live
        grid = reveal_grid(1.6, live.photos)
        began = now()
        finish = reveal(live, grid, describe_target(wall.prepared, grid))
        for name, board, took in (("live", live, ""), ("reveal", finish, since(began))):
            picture = drawn(board, pictures)
            kept = [took, board.photos, board.counts.max()]
            rows.append([wall.name, f"{name}, {size(board.grid)}", wall.score(picture), *kept])
        wall.pictures["reveal of 1,000"] = picture
        for library, distance in [(peers, 2), (peers, 3), *([(in_details, 2)] if in_details else [])]:
            peer = library.mosaic_metapixel(
                wall.prepared, live.grid, "--search=local", f"--distance={distance}"
            )
            if peer:
                name = f"metapixel --distance={distance} ({distance + 1} apart), {size(live.grid)}"
                name += ", whole and details" if library is in_details else ""
                kept = [f"{peer.seconds:.1f} s", *_different(peer.picture, live.grid)]
                rows.append([wall.name, name, wall.score(peer.picture), *kept])
                wall.pictures.setdefault("metapixel local", peer.picture)
    head = ["target", "", "untinted", "time", "photos shown", "most cells of one"]
    table("1,000 photos: live, the reveal, and metapixel --search=local", head, rows)


def _different(picture: Pixels, grid: Grid) -> tuple[int, int]:
    """How many different photos a mosaic shows, and in how many cells the most frequent one is."""
    side = picture.shape[0] // grid.rows
    tiles = picture.reshape(grid.rows, side, grid.columns, side, 3).transpose(0, 2, 1, 3, 4)
    _, counts = np.unique(tiles.reshape(grid.cells, -1), axis=0, return_counts=True)
    return len(counts), int(counts.max())


def against_optimum(walls: list[Wall], pictures: Pixels, known: Known) -> None:
    """Homes as they came against the exact optimum on the same grid, echoes chosen anew around the latter."""
    rows: list[list[object]] = []
    for wall in walls:
        fixed = list(arrivals(wall.prepared, known, Run(), first=SAME))[-1]
        for how, board in (("from the first on this grid", fixed), ("live, grown to this grid", wall.live)):
            prices = costs(board.photo_features, board.cell_features)
            _, best, _ = lapjv(prices, extend_cost=True)
            optimal = Board.empty(board.grid, board.target)
            optimal.add(board.ids, board.descriptors, best.astype(np.int32), board.described)
            fill(optimal)
            ids = np.arange(board.photos)
            homes = prices[ids, board.homes].sum() / prices[ids, best].sum()
            whole = board.fit.sum() / optimal.fit.sum()
            ours, theirs = wall.score(drawn(board, pictures)), wall.score(drawn(optimal, pictures))
            more = f"{ours.de00 / theirs.de00 - 1:+.1%}"
            ratios = [f"{whole:.3f}", f"{homes:.3f}"]
            rows.append([wall.name, how, size(board.grid), *ratios, ours, theirs, more])
    head = ["target", "1,000 homes", "grid", "cost ratio", "of homes alone", "live", "optimal homes", "dE00"]
    table("Homes as they came against homes placed optimally", head, rows)


def each_once(walls: list[Wall], pictures: Pixels, descriptors: Floats, peers: Peers) -> None:
    """1,000 photos, each exactly once, beside the optimum, phomo and metapixel's global search."""
    rows: list[list[object]] = []
    grid = grid_for(1.6, len(pictures))
    for wall in walls:
        target = describe_target(wall.prepared, grid)
        began = now()
        cells = place_once(descriptors, target)
        took = since(began)
        prices = costs(features(descriptors, grid.cells, LIGHTNESS), features(target, grid.cells, LIGHTNESS))
        _, best, _ = lapjv(prices)
        ids = np.arange(len(cells))
        ratio = f"{prices[ids, cells].sum() / prices[ids, best].sum():.4f}"
        for name, chosen, more in (("each once", cells, [ratio, took]), ("optimum", best, ["1", ""])):
            picture = render(np.argsort(chosen), grid, pictures)
            rows.append([wall.name, name, wall.score(picture), *more])
            wall.pictures.setdefault("each once", picture)
        for name, peer in (
            ("metapixel global", peers.mosaic_metapixel(wall.prepared, grid, "--search=global")),
            ("phomo", peers.mosaic_phomo(wall.prepared, grid)),
        ):
            if peer:
                rows.append([wall.name, name, wall.score(peer.picture), "", f"{peer.seconds:.1f} s"])
                wall.pictures[name] = peer.picture
    table("Each photo once: 1,000 on 40x25", ["target", "", "untinted", "cost / optimum", "time"], rows)
    grid = grid_for(1.6, 5000)
    many = describe_wholes(photos(5000))[: grid.cells]
    target = describe_target(walls[0].prepared, grid)
    began = now()
    place_once(many, target)
    print(f"{len(many)} photos on {size(grid)}: {since(began)}")
