/**
 * The wall's twin for keyboard and screen readers: a role=grid beside the aria-hidden canvas, one tab stop, only the
 * rows around the active one in the DOM. It is clipped from sight by itself; the canvas shows the focus ring.
 *
 *   const grid = createGrid(element, { wall, photos, view, onOpen, labels, isMine })
 *   grid.focus(cell?)  grid.destroy()
 *
 * element   an empty element beside the canvas; becomes the grid
 * onOpen    (photoId, cell), on Enter or Space
 * labels    {grid, home(name, row, column), echo(name, row, column), own(row, column), nameless(row, column),
 *           empty(row, column)}: words, translated
 * isMine    (photoId) => boolean, optional
 *
 * Keys: arrows to the next cell, with Ctrl or Shift to the next home in that direction; Home, End, Ctrl+Home, Ctrl+End;
 * Page Up and Page Down by ten rows; Enter opens; + - 0 zoom in, out and to the whole picture.
 */
import { cellOf, columnOf, nearestHome, rowOf } from "./hit.js"

const NEAR_COLUMNS = 8 // cells to each side of the active one that are in the DOM
const PAGE = 10 // rows

// Out of sight but not out of reach of screen readers. Set through the DOM, because the page allows no style attributes.
const CLIPPED = { position: "absolute", inset: "0", overflow: "hidden", opacity: "0", pointerEvents: "none" }

/** Where a key leads: a cell, or null when it leads nowhere. Pure. */
export function cellAfterKey(wall, cell, { key, ctrlKey, shiftKey, metaKey }) {
  const { columns, rows } = wall
  const row = rowOf(wall, cell)
  const far = ctrlKey || metaKey
  const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key]
  if (arrow) {
    const [dx, dy] = arrow
    if (far || shiftKey) return nearestHome(wall, wall.homes.values(), cell, dx, dy)
    const column = columnOf(wall, cell) + dx
    const next = row + dy
    return column < 0 || next < 0 || column >= columns || next >= rows ? null : cellOf(wall, column, next)
  }
  if (key === "Home") return far ? 0 : row * columns
  if (key === "End") return far ? columns * rows - 1 : (row + 1) * columns - 1
  if (key === "PageUp") return cellOf(wall, columnOf(wall, cell), Math.max(0, row - PAGE))
  if (key === "PageDown") return cellOf(wall, columnOf(wall, cell), Math.min(rows - 1, row + PAGE))
  return null
}

export function createGrid(element, { wall, photos, view, onOpen, labels, isMine = () => false }) {
  const words = labels
  let active = null
  let hasFocus = false
  let redrawing = false
  let drawn = [] // [cell, element] of the cells in the DOM

  Object.assign(element.style, CLIPPED)
  element.setAttribute("role", "grid")
  element.setAttribute("aria-label", words.grid)
  element.setAttribute("aria-readonly", "true")
  element.addEventListener("keydown", onKey)
  element.addEventListener("focusin", onFocus)
  element.addEventListener("focusout", onBlur)
  element.addEventListener("click", onClick) // screen readers click what they stand on
  const stops = [wall.subscribe(onWall), photos.subscribe(nameAll)]
  onWall({ type: "snapshot" })

  function onWall({ type, grown, before }) {
    if (!wall.columns) return
    if (grown && active !== null) active = placeAfterGrowth(before)
    if (active === null || active >= wall.columns * wall.rows) active = middleHome()
    element.setAttribute("aria-rowcount", wall.rows)
    element.setAttribute("aria-colcount", wall.columns)
    if (type === "snapshot" || !drawn.length) draw()
    else nameAll()
    if (hasFocus) learnNames()
  }

  /** Names come when they come. */
  function learnNames() {
    photos.load(drawn.map(([each]) => wall.photoAt(each)), { people: true }).catch(() => {})
  }

  /** The same person's new cell, or else the same place of the picture. */
  function placeAfterGrowth(before) {
    const home = before.homeCells.has(active) ? wall.homeOf(before.cells[active]) : null
    if (home !== null) return home
    const column = Math.floor(((columnOf(before, active) + 0.5) / before.columns) * wall.columns)
    return cellOf(wall, column, Math.floor(((rowOf(before, active) + 0.5) / before.rows) * wall.rows))
  }

  /** Where the first tab arrives: with somebody, near the middle of the picture. */
  function middleHome() {
    const middle = [wall.columns / 2, wall.rows / 2]
    let best = cellOf(wall, Math.floor(middle[0]), Math.floor(middle[1]))
    let least = Infinity
    for (const cell of wall.homes.values()) {
      const far = Math.hypot(columnOf(wall, cell) - middle[0], rowOf(wall, cell) - middle[1])
      if (far < least) [best, least] = [cell, far]
    }
    return best
  }

  /** The active row and its neighbours, as far as they are near. */
  function draw() {
    const row = rowOf(wall, active)
    const column = columnOf(wall, active)
    drawn = []
    const rows = []
    for (let y = Math.max(0, row - 1); y <= Math.min(wall.rows - 1, row + 1); y++) {
      const line = make("row", { "aria-rowindex": y + 1 })
      for (let x = Math.max(0, column - NEAR_COLUMNS); x <= Math.min(wall.columns - 1, column + NEAR_COLUMNS); x++) {
        const cell = cellOf(wall, x, y)
        const box = make("gridcell", { "aria-colindex": x + 1, tabindex: cell === active ? 0 : -1 })
        drawn.push([cell, box])
        line.append(box)
      }
      rows.push(line)
    }
    redrawing = true // taking the focused cell out of the DOM is no leaving
    element.replaceChildren(...rows)
    redrawing = false
    nameAll()
    if (hasFocus) boxOf(active)?.focus({ preventScroll: true })
  }

  const boxOf = (cell) => drawn.find(([each]) => each === cell)?.[1]

  function nameAll() {
    for (const [cell, box] of drawn) {
      const name = nameOf(cell)
      if (box.getAttribute("aria-label") !== name) box.setAttribute("aria-label", name)
    }
  }

  function nameOf(cell) {
    const place = [rowOf(wall, cell) + 1, columnOf(wall, cell) + 1]
    const id = wall.photoAt(cell)
    if (!id) return words.empty(...place)
    if (isMine(id) && wall.isHome(cell)) return words.own(...place)
    const name = photos.get(id)?.name
    if (!name) return words.nameless(...place)
    return (wall.isHome(cell) ? words.home : words.echo)(name, ...place)
  }

  function moveTo(cell) {
    active = cell
    draw()
    view.select(cell)
    view.keepInView(cell)
    learnNames()
  }

  function onKey(event) {
    if (active === null || event.altKey) return
    if (event.key === "Enter" || event.key === " ") open()
    else if (event.key === "+" || event.key === "=") zoomAtActive(1.6)
    else if (event.key === "-") view.zoomBy(1 / 1.6)
    else if (event.key === "0") view.fit()
    else {
      const next = cellAfterKey(wall, active, event)
      if (next === null) return
      moveTo(next)
    }
    event.preventDefault()
  }

  function zoomAtActive(factor) {
    view.flyTo(active, { cellSize: view.cellSize * factor, duration: 220 })
  }

  function open() {
    const id = wall.photoAt(active)
    if (id) onOpen(id, active)
  }

  function onClick({ target }) {
    const found = drawn.find(([, box]) => box === target)
    if (!found) return
    active = found[0]
    open()
  }

  function onFocus() {
    if (hasFocus || active === null) return
    hasFocus = true
    moveTo(active)
  }

  function onBlur({ relatedTarget }) {
    if (redrawing || element.contains(relatedTarget)) return
    hasFocus = false
    view.select(null)
  }

  return {
    focus(cell = active) {
      if (cell === null) return
      active = cell
      draw()
      boxOf(cell)?.focus({ preventScroll: true })
    },
    destroy() {
      for (const stop of stops) stop()
      element.replaceChildren()
    },
  }
}

function make(role, attributes) {
  const element = document.createElement("div")
  element.setAttribute("role", role)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  return element
}
