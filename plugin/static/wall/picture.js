/**
 * The overview: the whole wall as one bitmap on a canvas of its own, patched in place as cells change. A *sheet* is that
 * bitmap for one generation of the grid. Growth and reveal bring a new sheet; the old one is shown until it has come.
 */
import { cropOfDetail } from "./details.js"
import { patchAddress, thumbAddress, tintOf } from "./state.js"

const PATCH_COLUMNS = 32
const OVERVIEW_PIXELS = 1024
const OVERVIEW_CELL = 24
const EMPTY_PAPER = "rgb(238 238 238)" // as worker.pictures.canvas draws empty cells
const EMPTY_SHARE = 0.35
const GAP_FROM = 8
const MOST_THUMBS = 400 // more changed cells without a patch: the snapshot is cheaper

/** One generation's overview. `revision` is the one at which the base was made. */
function createSheet(state, base) {
  const cellPixels = state.overview?.cellPixels ?? Math.max(2, Math.min(OVERVIEW_CELL, Math.floor(OVERVIEW_PIXELS / Math.max(state.columns, state.rows))))
  const canvas = document.createElement("canvas")
  canvas.width = state.columns * cellPixels
  canvas.height = state.rows * cellPixels
  const context = canvas.getContext("2d", { alpha: false })
  const { columns, rows, generation } = state
  const sheet = {
    canvas,
    cellPixels,
    columns,
    rows,
    generation,
    revision: state.overview?.revision ?? -1,
    /** The cell's own pixels: [x, y] in the canvas. */
    corner: (cell) => [(cell % columns) * cellPixels, Math.floor(cell / columns) * cellPixels],
    paste(cell, source, sx, sy, side) {
      const [x, y] = sheet.corner(cell)
      context.drawImage(source, sx, sy, side, side, x, y, cellPixels, cellPixels)
    },
    tint(cell, target, share) {
      const [x, y] = sheet.corner(cell)
      context.globalAlpha = share
      drawTarget(context, target, sheet, cell, x, y, cellPixels)
      context.globalAlpha = 1
    },
  }
  if (state.overview) context.drawImage(base, 0, 0, canvas.width, canvas.height)
  else paintEmpty(context, sheet, base)
  return sheet
}

/** The promise of a picture: its colours, pale, one for each cell. `target` may be null. */
function paintEmpty(context, sheet, target) {
  const { canvas, columns, rows, cellPixels } = sheet
  context.fillStyle = EMPTY_PAPER
  context.fillRect(0, 0, canvas.width, canvas.height)
  if (!target) return
  const cells = document.createElement("canvas")
  cells.width = columns
  cells.height = rows
  const small = cells.getContext("2d")
  small.imageSmoothingQuality = "high"
  small.drawImage(target, 0, 0, columns, rows)
  context.globalAlpha = EMPTY_SHARE
  context.imageSmoothingEnabled = false
  context.drawImage(cells, 0, 0, canvas.width, canvas.height)
  context.imageSmoothingEnabled = true
  context.globalAlpha = 1
  if (cellPixels < GAP_FROM) return
  for (let x = 1; x <= columns; x++) context.fillRect(x * cellPixels - 1, 0, 1, canvas.height)
  for (let y = 1; y <= rows; y++) context.fillRect(0, y * cellPixels - 1, canvas.width, 1)
}

/** Draws the part of the target that a cell covers. */
export function drawTarget(context, target, grid, cell, x, y, side) {
  const width = target.width / grid.columns
  const height = target.height / grid.rows
  const column = cell % grid.columns
  const row = Math.floor(cell / grid.columns)
  context.drawImage(target, column * width, row * height, width, height, x, y, side, side)
}

/**
 * @param {object} options
 * @param {(cell: number) => boolean} options.isHeld  a cell that must keep its old look for now (its photo is still flying)
 * @param {(before: object | null, event: object) => void} options.onSheet  a new sheet is there, instead of `before`
 * @param {() => void} options.onChange  the present one was patched
 */
export function createPicture({ wall, photos, load, onChange, onSheet, isHeld, refresh }) {
  let sheet = null
  let target = null
  let targetAddress = null
  let opening = null // {revision, generation} of the sheet under way
  let patches = [] // loaded while a sheet was under way: the new sheet needs them too
  const held = new Map() // cell -> how to paste it later

  function onEvent(event) {
    if (event.type === "snapshot") openSheet(event)
    else if (event.type === "change" && event.cells.length) patch(event)
  }

  async function openSheet(event) {
    const state = wall.now
    if (!state.columns) return // the target is still being prepared
    const revision = state.overview?.revision ?? -1
    if (sheet?.generation === state.generation && sheet.revision >= revision && !event.gone.length && revision >= 0) return
    if (opening?.generation === state.generation && opening.revision >= revision) return
    const mine = { generation: state.generation, revision }
    opening = mine
    try {
      const [base, small] = await Promise.all([state.overview && load(state.overview.url), loadTarget(state)])
      if (opening !== mine) return // a newer one is under way
      const before = sheet
      sheet = createSheet(state, base ?? small)
      base?.close?.()
      opening = null
      held.clear()
      for (const each of patches.splice(0)) pasteAll(each)
      onSheet(before, event)
    } catch {
      if (opening !== mine) return
      opening = null
      refresh?.() // an address that is gone: there must be a newer one
    }
  }

  async function loadTarget(state) {
    if (!state.target) return null
    if (targetAddress !== state.target) {
      target = await load(state.target).catch(() => null)
      targetAddress = target && state.target
    }
    return target
  }

  async function patch({ cells, revision, patch: hasPatch }) {
    const state = wall.now
    const { generation } = state
    const bitmap = hasPatch ? await load(patchAddress(state, revision)).catch(() => null) : null
    const loaded = { cells, revision, generation, bitmap }
    if (!bitmap && cells.length > MOST_THUMBS) return refresh?.()
    if (!bitmap) loaded.thumbs = await loadThumbs(state, cells)
    if (opening) patches.push(loaded)
    pasteAll(loaded)
    onChange()
  }

  async function loadThumbs(state, cells) {
    const known = await photos.load(cells.map((cell) => state.cells[cell])).catch(() => new Map())
    const thumbs = new Map()
    await Promise.all(
      [...known].map(async ([id, photo]) => {
        const thumb = await load(thumbAddress(photo.key, 64)).catch(() => null)
        if (thumb) thumbs.set(id, thumb)
      }),
    )
    return thumbs
  }

  function pasteAll(loaded) {
    if (!sheet || loaded.generation !== sheet.generation || loaded.revision <= sheet.revision) return
    const state = wall.now
    loaded.cells.forEach((cell, index) => {
      // A newer change of this cell is known: its own patch follows.
      if (state.cellRevisions[cell] !== loaded.revision) return
      const paste = () => (loaded.bitmap ? pasteFromPatch(loaded, cell, index) : pasteThumb(loaded.thumbs, cell))
      if (isHeld(cell)) held.set(cell, paste)
      else {
        held.delete(cell)
        paste()
      }
    })
  }

  function pasteFromPatch({ bitmap, cells }, cell, index) {
    const side = bitmap.width / Math.min(PATCH_COLUMNS, cells.length)
    sheet.paste(cell, bitmap, (index % PATCH_COLUMNS) * side, Math.floor(index / PATCH_COLUMNS) * side, side)
  }

  function pasteThumb(thumbs, cell) {
    const state = wall.now
    const thumb = thumbs.get(state.cells[cell])
    if (!thumb) return
    const { x, y, side } = cropOfDetail(state.details[cell], thumb.width)
    sheet.paste(cell, thumb, x, y, side)
    const tint = target ? tintOf(state, cell) : 0
    if (tint) sheet.tint(cell, target, tint)
  }

  return {
    onEvent,
    /** The photo has landed: the cell may look like it now. */
    release(cell) {
      const paste = held.get(cell)
      if (!paste) return
      held.delete(cell)
      paste()
      onChange()
    },
    get sheet() {
      return sheet
    },
    get target() {
      return target
    },
  }
}
