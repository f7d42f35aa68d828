/**
 * The wall viewer on made walls, for bench/frames.py: everything is the panel's own, only the service is missing.
 * Pictures are painted here, because what a frame costs does not depend on what is in them.
 */
import { createPhotos } from "../plugin/static/wall/photos.js"
import { createWallState } from "../plugin/static/wall/state.js"
import { createWall } from "../plugin/static/wall/view.js"

const MOST_OVERVIEW = 1024
const MOST_CELL = 24
const MEDIA = "/media/walls/made/"

const pack = (numbers) => btoa(Array.from(new Uint8Array(Uint32Array.from(numbers).buffer), (byte) => String.fromCharCode(byte)).join(""))
/** The same places for the same photos on every grid: a home stays near. */
const placeOf = (photo) => [(photo * 0.754877666) % 1, (photo * 0.569840291) % 1]

let shown = null // {columns, rows, homes: Map cell -> photo, cellPixels}

async function load(url) {
  const tile = url.match(/tile-(\d+)-(\d+)-(\d+)/)
  if (tile) return paint(512, 512, (context) => paintCells(context, tile[1] * 1, 512 / tile[1], tile[2] * (512 / tile[1]), tile[3] * (512 / tile[1])))
  if (!url.includes("overview")) return paint(128, 128, (context) => paintPhoto(context, Number(url.match(/made(\d+)/)?.[1] ?? 0), 0, 0, 128))
  const { columns, rows, cellPixels } = shown
  return paint(columns * cellPixels, rows * cellPixels, (context) => paintCells(context, cellPixels, Math.max(columns, rows), 0, 0))
}

function paint(width, height, draw) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height })
  draw(canvas.getContext("2d"))
  return createImageBitmap(canvas)
}

function paintCells(context, side, span, left, top) {
  const { columns, rows, homes } = shown
  for (let row = top; row < Math.min(rows, top + span); row++)
    for (let column = left; column < Math.min(columns, left + span); column++) {
      const [x, y] = [(column - left) * side, (row - top) * side]
      const photo = homes.get(row * columns + column)
      if (photo) paintPhoto(context, photo, x, y, side)
      else {
        context.fillStyle = `hsl(${205 - (row / rows) * 120} 42% ${45 + 22 * Math.sin((column / columns) * 6) + ((row * 7 + column * 13) % 9)}%)`
        context.fillRect(x, y, side, side)
      }
    }
}

function paintPhoto(context, photo, x, y, side) {
  context.fillStyle = `hsl(${(photo * 47) % 360} 70% 50%)`
  context.fillRect(x, y, side, side)
  context.fillStyle = "#fff"
  context.fillRect(x + side * 0.35, y + side * 0.35, side * 0.3, side * 0.3)
}

const detail = (id) => ({ id, key: `made${id}`, name: `Guest ${id}`, story: "", home: 0 })
const api = { get: async (path) => ({ photos: path.split("=")[1].split(",").map((id) => detail(Number(id))) }) }
const wall = createWallState()
const view = createWall(document.querySelector("canvas"), { wall, photos: createPhotos({ api }), load, reducedMotion: false })
let revision = 0
let generation = 0

/** Shows a wall of so many cells and photos: the first one at once, every other one as growth or reveal. */
function show(columns, rows, count, revealed = false) {
  const homes = new Map()
  const cells = new Uint32Array(columns * rows)
  for (let cell = 0; cell < cells.length; cell++) cells[cell] = 1 + ((cell * 31) % count)
  for (let photo = 1; photo <= count; photo++) {
    const [x, y] = placeOf(photo)
    let cell = Math.floor(y * rows) * columns + Math.floor(x * columns)
    while (homes.has(cell)) cell = (cell + 1) % cells.length
    homes.set(cell, photo)
    cells[cell] = photo
  }
  const cellPixels = Math.max(2, Math.min(MOST_CELL, Math.floor(MOST_OVERVIEW / Math.max(columns, rows))))
  shown = { columns, rows, homes, cellPixels }
  revision++
  generation++
  const levels = [{ cell_px: 64, tile_cells: 8 }, ...(columns * rows > 4000 ? [{ cell_px: 16, tile_cells: 32 }] : [])]
  wall.load({
    revision,
    count,
    revealed,
    tint: 0,
    target: null,
    media: MEDIA,
    grid: { generation, columns, rows, cells: pack(cells), homes: pack([...homes].flatMap(([cell, photo]) => [photo, cell])) },
    overview: { revision, cell_px: cellPixels, url: `${MEDIA}overview-${revision}.jpg` },
    levels: levels.map((level) => ({
      ...level,
      tiles: new Array(Math.ceil(columns / level.tile_cells) * Math.ceil(rows / level.tile_cells)).fill(revision),
    })),
  })
}

/** So many photos arrive at once. */
function arrive(count) {
  const first = 1 + Math.max(...wall.homes.keys())
  const free = [...shown.homes.keys()].map((cell) => (cell + 3) % (shown.columns * shown.rows)).filter((cell) => !shown.homes.has(cell))
  const cells = Array.from({ length: count }, (_, index) => [free[index * 7], first + index, 1])
  for (const [cell, photo] of cells) shown.homes.set(cell, photo)
  wall.apply({ revision: revision + 1, from: revision, generation, cells, photos: cells.map(([, id]) => detail(id)), gone: [], patch: false, tiles: [] })
  revision++
}

/** Milliseconds between frames, for so long. */
const frames = (milliseconds) =>
  new Promise((resolve) => {
    const gaps = []
    const start = performance.now()
    let last = null
    requestAnimationFrame(function tick(now) {
      if (last !== null) gaps.push(now - last)
      last = now
      if (performance.now() - start < milliseconds) requestAnimationFrame(tick)
      else resolve(gaps)
    })
  })

Object.assign(globalThis, { bench: { show, arrive, frames, view } })
