/**
 * What the wall is at a revision: pure functions on plain state, and a small store around them that views listen to.
 *
 * A cell's *revision* is the one at which it last changed. It decides what may be drawn there: a tile or a patch shows
 * the cell as it was at the tile's or patch's own revision, so an older one must not be taken for it.
 */
import { below } from "../page/below.js"

const PHOTO_BYTES = 4

/** Little-endian uint32 numbers from base64. */
export function decodeNumbers(base64) {
  const text = atob(base64)
  if (text.length % PHOTO_BYTES) throw new RangeError("a list of uint32 needs a multiple of four bytes")
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0))
  const view = new DataView(bytes.buffer)
  const numbers = new Uint32Array(bytes.length / PHOTO_BYTES)
  for (let i = 0; i < numbers.length; i++) numbers[i] = view.getUint32(i * PHOTO_BYTES, true)
  return numbers
}

const decodeBytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))

/**
 * How much of the target shows through a cell, 0 to 1: nothing in a home, and in echoes as much as the worker's tiles
 * have there, so that zooming from tiles to single photos changes no colour.
 */
export function tintOf(state, cell) {
  if (state.homeCells.has(cell)) return 0
  return (state.tints.length === state.cells.length ? state.tints[cell] : state.tint) / 100
}

/** Before any snapshot came. */
export const emptyState = () => ({
  revision: null,
  generation: 0,
  columns: 0,
  rows: 0,
  cells: new Uint32Array(0),
  details: new Uint8Array(0),
  cellRevisions: new Uint32Array(0),
  homes: new Map(),
  homeCells: new Set(),
  count: 0,
  revealed: false,
  tint: 0,
  tints: new Uint8Array(0),
  overview: null,
  target: null,
  media: "",
  levels: [],
})

/** A snapshot of the service as state. RangeError when its grid and its cells do not agree. */
export function decodeSnapshot(snapshot) {
  const { columns, rows, generation } = snapshot.grid
  const cells = decodeNumbers(snapshot.grid.cells)
  if (cells.length !== columns * rows) throw new RangeError("a snapshot must have as many cells as its grid")
  const details = decodeBytes(snapshot.grid.details ?? "")
  const pairs = decodeNumbers(snapshot.grid.homes)
  const homes = new Map()
  for (let i = 0; i + 1 < pairs.length; i += 2) homes.set(pairs[i], pairs[i + 1])
  return {
    revision: snapshot.revision,
    generation,
    columns,
    rows,
    cells,
    details: details.length === cells.length ? details : new Uint8Array(cells.length), // of before: whole photos
    cellRevisions: new Uint32Array(cells.length),
    homes,
    homeCells: new Set(homes.values()),
    count: snapshot.count,
    revealed: Boolean(snapshot.revealed),
    tint: snapshot.tint,
    tints: decodeBytes(snapshot.grid.tints ?? ""),
    overview: snapshot.overview && {
      revision: snapshot.overview.revision,
      cellPixels: snapshot.overview.cell_px,
      url: snapshot.overview.url,
    },
    target: snapshot.target,
    media: snapshot.media,
    levels: (snapshot.levels ?? []).map((level) => ({
      cellPixels: level.cell_px,
      tileCells: level.tile_cells,
      columns: Math.ceil(columns / level.tile_cells),
      rows: Math.ceil(rows / level.tile_cells),
      tiles: Uint32Array.from(level.tiles),
    })),
  }
}

/**
 * What the service says of a change, given what the panel knows:
 * "old" (known already), "next" (to be applied), "gap" (something before it is missing), "grown" (another generation).
 */
export function judge(state, change) {
  if (state.revision === null) return "gap"
  if (change.revision <= state.revision) return "old"
  if (change.from !== state.revision) return "gap"
  return change.generation === state.generation ? "next" : "grown"
}

/**
 * Applies a change in place (a wall has up to 40,000 cells: no copies).
 * @returns {{cells: number[], landed: number[], gone: number[], tiles: object[], patch: boolean, revision: number}}
 *   cells in the change's order (the patch has the same), landed: photos that had no home before
 */
export function applyChange(state, change) {
  const landed = []
  const cells = []
  for (const id of change.gone ?? []) removeHome(state, id)
  for (const [cell, photo, isHome, detail = 0] of change.cells ?? []) {
    cells.push(cell)
    if (cell >= state.cells.length) continue
    state.cells[cell] = photo
    state.details[cell] = detail
    state.cellRevisions[cell] = change.revision
    if (isHome && photo) {
      if (setHome(state, photo, cell)) landed.push(photo)
    } else if (state.homeCells.has(cell)) {
      for (const [id, home] of state.homes) if (home === cell) state.homes.delete(id)
      state.homeCells.delete(cell)
    }
  }
  const tiles = applyTiles(state, change.tiles ?? [])
  state.revision = change.revision
  if (typeof change.count === "number") state.count = change.count
  return { cells, landed, gone: change.gone ?? [], tiles, patch: Boolean(change.patch), revision: change.revision }
}

function setHome(state, photo, cell) {
  const old = state.homes.get(photo)
  if (old !== undefined) state.homeCells.delete(old)
  state.homes.set(photo, cell)
  state.homeCells.add(cell)
  return old === undefined
}

function removeHome(state, photo) {
  const cell = state.homes.get(photo)
  if (cell === undefined) return
  state.homes.delete(photo)
  state.homeCells.delete(cell)
}

function applyTiles(state, tiles) {
  const newer = []
  for (const [cellPixels, x, y, revision] of tiles) {
    const level = state.levels.find((each) => each.cellPixels === cellPixels)
    const index = y * (level?.columns ?? 0) + x
    if (!level || x >= level.columns || y >= level.rows || level.tiles[index] >= revision) continue
    level.tiles[index] = revision
    newer.push({ level, x, y, revision })
  }
  return newer
}

/**
 * The homes that two states share, for the animation from one to the other: [{photo, from, to}] with cells of the old
 * and of the new grid; `landed` are the photos that only the new one has.
 */
export function homeMoves(before, after) {
  const moves = []
  const landed = []
  for (const [photo, to] of after.homes) {
    const from = before.homes.get(photo)
    if (from === undefined) landed.push(photo)
    else moves.push({ photo, from, to })
  }
  return { moves, landed }
}

/** Takes over what is known of a wall that was loaded anew in the same generation: which cells are as they were. */
export function carryRevisions(before, after) {
  if (before.generation !== after.generation || before.cells.length !== after.cells.length) return
  for (let cell = 0; cell < after.cells.length; cell++) {
    const same = before.cells[cell] === after.cells[cell] && before.details[cell] === after.details[cell]
    after.cellRevisions[cell] = same ? before.cellRevisions[cell] : after.revision
  }
}

export const tileAddress = (state, level, x, y, revision) =>
  `${state.media}tile-${level.cellPixels}-${x}-${y}-${revision}.jpg`
/** The stage has overviews and patches of its own: only with the photos of those who chose it. */
export function patchAddress(state, revision) {
  const audience = /(^|\/)stage-overview-/.test(state.overview?.url ?? "") ? "stage-" : ""
  return `${state.media}${audience}patch-${revision}.jpg`
}
export const thumbAddress = (key, pixels) => below(`/media/photos/${key}/${pixels}.jpg`)

/** What a host may change of an event while it runs: what it says, speaks and looks like, and what people may do. */
const NOT_TOLD = { prompt: null, notice: null, notice_url: null, language: null, accent: null, logo: null, logo_ground: "" }
const ALLOWED = { hellos: true, lines: true, takes_photos: true, stage_cleared: false }
export const TOLD = ["name", ...Object.keys(NOT_TOLD), ...Object.keys(ALLOWED)]

/** The store that everything listens to. See view.js for how a page uses it. */
export function createWallState() {
  let current = emptyState()
  const status = { name: "", state: "open", delayed: false, credits: "", ...NOT_TOLD, ...ALLOWED }
  const listeners = new Set()
  const tell = (event) => {
    for (const listener of [...listeners]) listener(event)
  }

  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    get now() {
      return current
    },
    get ready() {
      return current.revision !== null
    },
    get revision() {
      return current.revision
    },
    get generation() {
      return current.generation
    },
    get columns() {
      return current.columns
    },
    get rows() {
      return current.rows
    },
    get count() {
      return current.count
    },
    get revealed() {
      return current.revealed
    },
    get homes() {
      return current.homes
    },
    get name() {
      return status.name
    },
    /** What the event is called, asks, says beside Send, speaks and looks like; null where it was not told yet. */
    get about() {
      const { name, prompt, notice, notice_url, language, accent, logo, logo_ground } = status
      return { name: name || null, prompt, notice, notice_url, language, accent, logo, logo_ground }
    },
    /** What people may do with each other at the moment. */
    get allows() {
      const { hellos, lines, takes_photos: photos, stage_cleared } = status
      return { hellos, lines, photos, stage: !stage_cleared }
    },
    get state() {
      return status.state
    },
    get delayed() {
      return status.delayed
    },
    get credits() {
      return status.credits
    },
    photoAt: (cell) => current.cells[cell] ?? 0,
    /** Which detail of its photo a cell shows, 0 for the whole: see details.js. */
    detailAt: (cell) => current.details[cell] ?? 0,
    homeOf: (photo) => current.homes.get(photo) ?? null,
    isHome: (cell) => current.homeCells.has(cell),

    load(snapshot) {
      const before = current
      const after = decodeSnapshot(snapshot)
      const first = before.revision === null
      if (!first && after.revision < before.revision) return false // an older answer, overtaken
      carryRevisions(before, after)
      const { moves, landed } = homeMoves(before, after)
      const gone = [...before.homes.keys()].filter((photo) => !after.homes.has(photo))
      current = after
      for (const key of Object.keys(status)) if (key in snapshot) status[key] = snapshot[key]
      const grown = !first && before.generation !== after.generation
      const unveiled = grown && after.revealed && !before.revealed
      tell({ type: "snapshot", first, grown, unveiled, before, moves, landed: first ? [] : landed, gone, count: after.count })
      return true
    },

    apply(change) {
      const applied = applyChange(current, change)
      tell({ type: "change", ...applied, photos: change.photos ?? [], count: current.count })
    },

    setStatus(next) {
      const changed = Object.keys(status).some((key) => key in next && status[key] !== next[key])
      for (const key of Object.keys(status)) if (key in next) status[key] = next[key]
      if (changed) tell({ type: "status", ...status, landed: [], gone: [], count: current.count })
    },
  }
}
