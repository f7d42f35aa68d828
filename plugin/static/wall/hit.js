/**
 * Geometry of the wall, pure. A *view* is {x, y, width}: the picture's left and top edge and its width on the screen, in
 * CSS pixels. A *grid* is {columns, rows}; cells are square and row-major. A *size* is {width, height} of the canvas in
 * CSS pixels, an *inset* {top, right, bottom, left} what something else covers of it.
 */

const NO_INSET = { top: 0, right: 0, bottom: 0, left: 0 }

export const cellSize = (view, grid) => view.width / grid.columns
export const pictureHeight = (view, grid) => (view.width * grid.rows) / grid.columns

export const cellOf = (grid, column, row) => row * grid.columns + column
export const columnOf = (grid, cell) => cell % grid.columns
export const rowOf = (grid, cell) => Math.floor(cell / grid.columns)

/** The cell under a point of the canvas, or null beside the picture. */
export function cellAt(view, grid, x, y) {
  const side = cellSize(view, grid)
  const column = Math.floor((x - view.x) / side)
  const row = Math.floor((y - view.y) / side)
  if (column < 0 || row < 0 || column >= grid.columns || row >= grid.rows) return null
  return cellOf(grid, column, row)
}

/** Where a cell is on the canvas. */
export function cellRect(view, grid, cell) {
  const side = cellSize(view, grid)
  return { x: view.x + columnOf(grid, cell) * side, y: view.y + rowOf(grid, cell) * side, width: side, height: side }
}

/** The range of cells that touch the canvas: first and last column and row, both included; null when none does. */
export function visibleCells(view, grid, size) {
  const side = cellSize(view, grid)
  const left = Math.max(0, Math.floor(-view.x / side))
  const top = Math.max(0, Math.floor(-view.y / side))
  const right = Math.min(grid.columns - 1, Math.ceil((size.width - view.x) / side) - 1)
  const bottom = Math.min(grid.rows - 1, Math.ceil((size.height - view.y) / side) - 1)
  return left > right || top > bottom ? null : { left, top, right, bottom }
}

/** The tiles of a level that touch a range of cells. */
export function tileRange(range, tileCells) {
  const tile = (cell) => Math.floor(cell / tileCells)
  return { left: tile(range.left), top: tile(range.top), right: tile(range.right), bottom: tile(range.bottom) }
}

/** The part of the canvas that nothing covers. */
export function freeArea(size, inset = NO_INSET) {
  return {
    x: inset.left,
    y: inset.top,
    width: Math.max(1, size.width - inset.left - inset.right),
    height: Math.max(1, size.height - inset.top - inset.bottom),
  }
}

/** The whole picture, as large as fits, in the middle of what is free. */
export function fit(grid, size, inset) {
  const area = freeArea(size, inset)
  const width = Math.min(area.width, (area.height * grid.columns) / grid.rows)
  const height = (width * grid.rows) / grid.columns
  return { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width }
}

/** How much of what is free the whole picture covers (0 to 1), and a cell's side when the picture covers all of it. */
export function coverage(grid, size, inset) {
  const area = freeArea(size, inset)
  const { width } = fit(grid, size, inset)
  const cell = Math.max(area.width / grid.columns, area.height / grid.rows)
  return { share: (width * pictureHeight({ width }, grid)) / (area.width * area.height), cell }
}

/** The part of the picture that is in sight: {left, top, width, height}, each 0 to 1 of the picture's own. */
export function shareInSight(view, grid, size, inset) {
  const area = freeArea(size, inset)
  const [left, width] = shareOfAxis(view.x, view.width, area.x, area.width)
  const [top, height] = shareOfAxis(view.y, pictureHeight(view, grid), area.y, area.height)
  return { left, top, width, height }
}

function shareOfAxis(start, length, areaStart, areaLength) {
  const from = Math.max(0, areaStart - start)
  const to = Math.min(length, areaStart + areaLength - start)
  return [from / length, Math.max(0, to - from) / length]
}

/** The view nearest to this one that shows as much picture as it can: no edge comes further in than it must. */
export function clamp(view, grid, size, inset) {
  const area = freeArea(size, inset)
  return {
    x: clampAxis(view.x, view.width, area.x, area.width),
    y: clampAxis(view.y, pictureHeight(view, grid), area.y, area.height),
    width: view.width,
  }
}

function clampAxis(start, length, areaStart, areaLength) {
  const slack = areaLength - length
  if (slack >= 0) return areaStart + slack / 2 // smaller than the area: centred
  return Math.min(areaStart, Math.max(areaStart + slack, start))
}

/** A view of the given width around the same point (px, py) of the canvas. */
export function zoomAround(view, width, px, py) {
  const factor = width / view.width
  return { x: px - (px - view.x) * factor, y: py - (py - view.y) * factor, width }
}

/** A view that has the cell, `side` CSS pixels wide, in the middle of what is free. */
export function viewOfCell(grid, cell, side, size, inset) {
  const area = freeArea(size, inset)
  return {
    x: area.x + area.width / 2 - (columnOf(grid, cell) + 0.5) * side,
    y: area.y + area.height / 2 - (rowOf(grid, cell) + 0.5) * side,
    width: grid.columns * side,
  }
}

/** How far a cell must move to lie inside what is free with a margin around it: {dx, dy}. */
export function moveInto(rect, area, margin) {
  return {
    dx: moveAxis(rect.x, rect.width, area.x, area.width, margin),
    dy: moveAxis(rect.y, rect.height, area.y, area.height, margin),
  }
}

function moveAxis(start, length, areaStart, areaLength, margin) {
  const room = Math.min(margin, Math.max(0, (areaLength - length) / 2))
  const before = areaStart + room - start
  if (before > 0) return before
  const after = areaStart + areaLength - room - (start + length)
  return after < 0 ? after : 0
}

/**
 * The home nearest to a cell in a direction, by the eye: what lies ahead counts once, what lies aside twice.
 * `homes` is an iterable of cells; dx, dy are -1, 0 or 1. Null when there is none on that side.
 */
export function nearestHome(grid, homes, from, dx, dy) {
  let best = null
  let bestDistance = Infinity
  for (const cell of homes) {
    const across = columnOf(grid, cell) - columnOf(grid, from)
    const down = rowOf(grid, cell) - rowOf(grid, from)
    const ahead = across * dx + down * dy
    const aside = Math.abs(dx ? down : across)
    if (ahead <= 0 || aside > ahead * 2) continue
    const distance = ahead + aside * 2
    if (distance < bestDistance) [best, bestDistance] = [cell, distance]
  }
  return best
}
