/**
 * Draws the still wall at any zoom, in device pixels: the overview, over it the atlas tiles that are sharper, over those
 * single photos. A stage has no tiles, for those show everybody: one that stands for many people (`finely`) has single photos
 * on the overview. What is not there yet is asked for, and fades in over what is.
 */
import { boxOfDetail, cropOfDetail } from "./details.js"
import { tileRange, visibleCells } from "./hit.js"
import { createImageCache } from "./images.js"
import { drawTarget } from "./picture.js"
import { thumbAddress, tileAddress, tintOf } from "./state.js"
import { createStill } from "./still.js"

const OVERVIEW_STRETCH = 1.25 // an overview cell may be enlarged this much before tiles are worth their bytes
const TILE_STRETCH = 1.6
const THUMBS_FROM = 96 // device pixels of a cell from which single photos are drawn
const LARGE_FROM = 200
const SMALL = 128 // pixels of a photo's pictures
const LARGE = 512
const FADE_IN = 180
const REST = 120 // ms without motion before single photos are asked for
const TILES_KEPT = 64
const THUMBS_KEPT = 500
const LARGE_KEPT = 32
const MOST_THUMBS = 700
// Of a larger wall, or of more people, the overview is all that there is on a stage.
const MOST_STANDING = 12000 // cells
const MOST_PEOPLE = 2000
const STANDING_A_FRAME = 600 // cells that come to stand in one frame, so that none is late

/** Which atlas level suits a cell of so many device pixels; null while the overview is sharp enough. Pure. */
export function levelFor(levels, overviewCellPixels, cellPixels) {
  if (cellPixels <= overviewCellPixels * OVERVIEW_STRETCH) return null
  const sharper = levels.filter((level) => level.cellPixels > overviewCellPixels).sort((a, b) => a.cellPixels - b.cellPixels)
  return sharper.find((level) => level.cellPixels * TILE_STRETCH >= cellPixels) ?? sharper.at(-1) ?? null
}

/** Whether single photos stand on the overview: where there are no tiles, and it is too coarse. Pure. */
export const standsOnOverview = ({ levels, cells, homes }, overviewCellPixels, cellPixels) =>
  !levels.length && cells.length <= MOST_STANDING && homes.size <= MOST_PEOPLE && cellPixels > overviewCellPixels * OVERVIEW_STRETCH

/** Cells of a range, nearest to its middle first: what is looked at comes first. Pure. */
export function cellsFromMiddle({ left, top, right, bottom }, columns) {
  const cells = []
  const x = (left + right) / 2
  const y = (top + bottom) / 2
  for (let row = top; row <= bottom; row++)
    for (let column = left; column <= right; column++)
      cells.push([(column - x) ** 2 + (row - y) ** 2, row * columns + column])
  return cells.sort((a, b) => a[0] - b[0]).map(([, cell]) => cell)
}

export function createScene({ wall, photos, picture, load, finely = false, onChange, isFlying, reducedMotion }) {
  const tiles = createImageCache({ capacity: TILES_KEPT, load, onLoad: onChange })
  const thumbs = createImageCache({ capacity: THUMBS_KEPT, load, onLoad: onChange })
  const large = createImageCache({ capacity: LARGE_KEPT, load, onLoad: onChange })
  let fading = false
  let restTimer = 0
  let restedAt = ""
  let newerItems = []
  let still = null // only where there are no tiles
  let fromMiddle = [] // the cells that may stand

  function alphaOf(entry, now) {
    const alpha = reducedMotion() ? 1 : Math.min(1, (now - entry.since) / FADE_IN)
    if (alpha < 1) fading = true
    return Math.max(0.02, alpha)
  }

  /** view and size in device pixels. Returns true while something still fades in. */
  function draw(context, view, size, now) {
    fading = false
    newerItems = []
    const { sheet } = picture
    const state = wall.now
    const side = view.width / sheet.columns
    context.imageSmoothingEnabled = true
    context.imageSmoothingQuality = side < sheet.cellPixels ? "high" : "medium"
    drawWhole(context, view, size, sheet)
    const range = visibleCells(view, sheet, size)
    if (!range || sheet.generation !== state.generation) return fading
    const level = levelFor(state.levels, sheet.cellPixels, side)
    if (level && side < THUMBS_FROM * 1.5) drawTiles(context, view, state, level, tileRange(range, level.tileCells), now)
    else tiles.want([])
    if (level) drawNewer(context, view, state, level, range, now)
    if (finely && standsOnOverview(state, sheet.cellPixels, side)) drawStanding(context, view, state, size, range, now)
    else if (side >= THUMBS_FROM) drawPhotos(context, view, state, range, side, now)
    else thumbs.want(newerItems)
    return fading
  }

  /** Only the part in sight: enlarging a whole canvas to draw a corner of it is slow without a graphics card. */
  function drawWhole(context, view, size, sheet) {
    const scale = sheet.canvas.width / view.width
    const height = (view.width * sheet.rows) / sheet.columns
    const left = Math.max(0, -view.x)
    const top = Math.max(0, -view.y)
    const right = Math.min(view.width, size.width - view.x)
    const bottom = Math.min(height, size.height - view.y)
    if (right <= left || bottom <= top) return
    context.drawImage(
      sheet.canvas,
      left * scale, top * scale, (right - left) * scale, (bottom - top) * scale,
      view.x + left, view.y + top, right - left, bottom - top,
    )
  }

  function drawTiles(context, view, state, level, range, now) {
    const side = view.width / state.columns
    const wanted = []
    const middle = [(range.left + range.right) / 2, (range.top + range.bottom) / 2]
    for (let y = range.top; y <= range.bottom; y++) {
      for (let x = range.left; x <= range.right; x++) {
        const version = level.tiles[y * level.columns + x]
        if (!version) continue
        const slot = `${state.generation} ${level.cellPixels} ${x} ${y}`
        wanted.push({ slot, version, url: tileAddress(state, level, x, y, version), far: (x - middle[0]) ** 2 + (y - middle[1]) ** 2 })
        const entry = tiles.get(slot)
        if (!entry) continue
        // Edges on whole pixels: no hairlines between tiles.
        const left = Math.round(view.x + x * level.tileCells * side)
        const top = Math.round(view.y + y * level.tileCells * side)
        const right = Math.round(view.x + Math.min(state.columns, (x + 1) * level.tileCells) * side)
        const bottom = Math.round(view.y + Math.min(state.rows, (y + 1) * level.tileCells) * side)
        context.globalAlpha = alphaOf(entry, now)
        context.drawImage(entry.bitmap, left, top, right - left, bottom - top)
      }
    }
    context.globalAlpha = 1
    tiles.want(wanted.sort((a, b) => a.far - b.far))
  }

  /** Cells that changed after their tile was made: the overview's patched pixels, and the photo itself once it is here. */
  function drawNewer(context, view, state, level, range, now) {
    const unknown = []
    const { sheet } = picture
    for (let row = range.top; row <= range.bottom; row++) {
      for (let column = range.left; column <= range.right; column++) {
        const cell = row * state.columns + column
        if (!state.cellRevisions[cell] || isFlying(cell)) continue
        const x = Math.floor(column / level.tileCells)
        const y = Math.floor(row / level.tileCells)
        const shown = tiles.get(`${state.generation} ${level.cellPixels} ${x} ${y}`)
        if (shown && shown.version >= state.cellRevisions[cell]) continue
        const box = boxOf(view, state, column, row)
        const [sx, sy] = sheet.corner(cell)
        context.drawImage(sheet.canvas, sx, sy, sheet.cellPixels, sheet.cellPixels, box.left, box.top, box.width, box.height)
        drawPhoto(context, state, cell, box, thumbs, sizeFor(state, cell, box.width), newerItems, unknown, now)
      }
    }
    ask(unknown)
  }

  function drawPhotos(context, view, state, range, side, now) {
    const cells = cellsFromMiddle(range, state.columns).slice(0, MOST_THUMBS)
    const small = []
    const big = []
    const unknown = []
    for (const cell of cells) {
      if (isFlying(cell)) continue
      const box = boxOf(view, state, cell % state.columns, Math.floor(cell / state.columns))
      drawPhoto(context, state, cell, box, thumbs, sizeFor(state, cell, side), small, unknown, now)
      if (side >= LARGE_FROM && !state.details[cell]) drawPhoto(context, state, cell, box, large, LARGE, big, unknown, now)
    }
    const where = `${range.left} ${range.top} ${range.right} ${range.bottom}`
    whenAtRest(where, () => {
      thumbs.want([...newerItems, ...small])
      large.want(big)
      ask(unknown)
    })
  }

  /** All photos in sight, each drawn once where it stands still; many at once from the middle outwards. */
  function drawStanding(context, view, state, size, range, now) {
    still ??= createStill()
    if (still.begin([state.generation, view.x, view.y, view.width], size)) fromMiddle = cellsFromMiddle(range, state.columns)
    const coming = []
    for (const cell of fromMiddle) {
      const what = whatOf(state, cell)
      const flies = isFlying(cell)
      if (still.has(cell, what) && !flies) continue
      const box = boxOf(view, state, cell % state.columns, Math.floor(cell / state.columns))
      still.drop(cell, box)
      if (!flies) coming.push([cell, what, box])
    }
    still.show(context)
    const wanted = []
    const unknown = []
    let put = 0
    for (const [cell, what, box] of coming) {
      const draw = (onto) => drawPhoto(onto, state, cell, box, thumbs, sizeFor(state, cell, box.width), wanted, unknown, now)
      if (draw(context) < 1) continue
      still.put(cell, what, draw)
      if (++put < STANDING_A_FRAME) continue
      fading = true // the others in the next frames
      break
    }
    thumbs.want(wanted)
    ask(unknown)
  }

  /** While fingers move, nothing is asked for that would be out of sight before it came. */
  function whenAtRest(where, wish) {
    if (restedAt === where) return wish()
    clearTimeout(restTimer)
    restTimer = setTimeout(() => {
      restedAt = where
      onChange()
    }, REST)
  }

  /** Returns how much of it is there: 1 all, less while it fades in, 0 before it has come. */
  function drawPhoto(context, state, cell, box, cache, pixels, items, unknown, now) {
    const id = state.cells[cell]
    if (!id) return 0
    const photo = photos.get(id)
    if (!photo) return unknown.push(id), 0
    const detail = state.details[cell]
    const crop = detail ? cropOfDetail(detail, pixels) : undefined
    const isCutFirst = crop && pixels !== SMALL // of a small one the details share one picture
    const slot = isCutFirst ? `${photo.key} ${detail} ${pixels}` : photo.key
    items.push({ slot, version: 1, url: thumbAddress(photo.key, pixels), crop: isCutFirst ? crop : undefined })
    const entry = cache.get(slot)
    if (!entry) return 0
    const alpha = alphaOf(entry, now)
    const part = crop && !isCutFirst ? [crop.x, crop.y, crop.side, crop.side] : []
    context.globalAlpha = alpha
    context.drawImage(entry.bitmap, ...part, box.left, box.top, box.width, box.height)
    const tint = picture.target ? tintOf(state, cell) : 0
    if (tint) {
      context.globalAlpha = alpha * tint
      drawTarget(context, picture.target, state, cell, box.left, box.top, box.width)
    }
    context.globalAlpha = 1
    return alpha
  }

  function ask(ids) {
    if (ids.length) photos.load(ids).then(onChange, () => {})
  }

  return {
    draw,
    get busy() {
      return tiles.busy || thumbs.busy || large.busy
    },
    destroy() {
      clearTimeout(restTimer)
      for (const cache of [tiles, thumbs, large]) cache.clear()
    },
  }
}

/** From how large a picture a cell of so many device pixels is drawn first: details are cut out of the large one sooner. */
function sizeFor(state, cell, side) {
  const detail = state.details[cell]
  return detail && side / boxOfDetail(detail).side >= LARGE_FROM ? LARGE : SMALL
}

/** What a cell shows, as one number: whose photo, which part of it, how much of the picture over it. */
const whatOf = (state, cell) => (state.cells[cell] * 64 + state.details[cell]) * 128 + Math.round(tintOf(state, cell) * 100)

function boxOf(view, grid, column, row) {
  const side = view.width / grid.columns
  const left = Math.round(view.x + column * side)
  const top = Math.round(view.y + row * side)
  return {
    left,
    top,
    width: Math.round(view.x + (column + 1) * side) - left,
    height: Math.round(view.y + (row + 1) * side) - top,
  }
}
