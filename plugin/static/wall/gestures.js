/**
 * Pinch, wheel, drag and double tap through d3-zoom, in terms of hit.js: a view {x, y, width} in CSS pixels.
 */
import { select } from "d3-selection"
import { zoom, zoomIdentity } from "d3-zoom"
import { cellSize, clamp, fit, freeArea } from "./hit.js"

const LARGEST_CELL = 420 // CSS pixels: one photo fills a panel
const DOUBLE_TAP = 240
const CLICK_SLACK = 4 // pixels that a mouse may move in a click
const WHOLE = 1.002 // scales up to this count as the whole picture

/**
 * @param {object} options
 * @param {() => object} options.grid  {columns, rows} as shown now
 * @param {(view: object) => void} options.onView
 * @param {(x: number, y: number) => void} options.onTap
 */
export function createGestures(canvas, { grid, onView, onTap, onTouch = () => {}, reducedMotion, enabled }) {
  const node = select(canvas)
  let size = { width: 1, height: 1 }
  let inset = { top: 0, right: 0, bottom: 0, left: 0 }
  let base = 1 // CSS pixels of the picture's width at d3's scale 1
  let whole = true // the whole picture is to be seen, also after a change of size
  let tapTimer = 0
  let view = { x: 0, y: 0, width: 1 }
  let ready = false
  let flight = null // {view, until}: where the picture is moving to by itself, and when it is there

  const behaviour = zoom()
    .clickDistance(CLICK_SLACK)
    .filter((event) => enabled() && (!event.ctrlKey || event.type === "wheel") && !event.button)
    .extent(() => {
      const area = freeArea(size, inset)
      return [
        [area.x, area.y],
        [area.x + area.width, area.y + area.height],
      ]
    })
    .constrain((transform) => toTransform(clamp(toView(transform), grid(), size, inset)))
    .on("start", (event) => {
      if (event.sourceEvent) onTouch()
    })
    .on("zoom", ({ transform, sourceEvent }) => {
      view = clamp(toView(transform), grid(), size, inset)
      if (sourceEvent) {
        whole = isWhole()
        clearTimeout(tapTimer)
      }
      onView(view)
    })

  const toView = ({ k, x, y }) => ({ x, y, width: base * k })
  const toTransform = ({ x, y, width }) => zoomIdentity.translate(x, y).scale(width / base)
  const wholeView = () => fit(grid(), size, inset)
  const isWhole = () => view.width <= wholeView().width * WHOLE

  function setLimits() {
    const { columns } = grid()
    const area = freeArea(size, inset)
    const least = wholeView().width / base
    const side = Math.min(LARGEST_CELL, Math.min(area.width, area.height) * 0.9)
    behaviour.scaleExtent([least, Math.max(least, (side * columns) / base)])
  }

  function go(next, duration) {
    const aim = clamp(next, grid(), size, inset)
    node.interrupt()
    if (!duration || reducedMotion() || document.visibilityState === "hidden") return node.call(behaviour.transform, toTransform(aim))
    const over = () => (flight = null)
    node.transition().duration(duration).call(behaviour.transform, toTransform(aim)).on("end interrupt cancel", over)
    flight = { view: aim, until: performance.now() + duration }
  }

  /** After a change of size, grid or inset: the same part of the picture stays in the middle, or goes on coming there. */
  function refit(change, duration = 0) {
    const aim = flight?.view ?? view
    const left = flight ? Math.max(0, flight.until - performance.now()) : 0
    const area = freeArea(size, inset)
    const middle = [area.x + area.width / 2, area.y + area.height / 2]
    const { width } = aim
    const height = (width * grid().rows) / grid().columns
    const share = [(middle[0] - aim.x) / width, (middle[1] - aim.y) / height]
    change()
    if (!grid().columns) return
    base = fit(grid(), size).width
    setLimits()
    node.interrupt()
    canvas.__zoom = toTransform(view) // d3-zoom keeps its state here; the base may be another now
    const next = freeArea(size, inset)
    const nextHeight = (width * grid().rows) / grid().columns
    const kept = {
      x: next.x + next.width / 2 - share[0] * width,
      y: next.y + next.height / 2 - share[1] * nextHeight,
      width: Math.min(Math.max(width, behaviour.scaleExtent()[0] * base), behaviour.scaleExtent()[1] * base),
    }
    go(whole || !ready ? wholeView() : kept, ready ? Math.max(duration, left) : 0)
    ready = true
  }

  node.call(behaviour)
  node.on("click", (event) => {
    if (!enabled()) return
    const second = tapTimer
    clearTimeout(tapTimer)
    tapTimer = 0
    if (second || event.detail > 1) return // a double tap zooms, and opens nothing
    const { offsetX, offsetY } = event
    tapTimer = setTimeout(() => {
      tapTimer = 0
      onTap(offsetX, offsetY)
    }, DOUBLE_TAP)
  })

  return {
    get view() {
      return view
    },
    get size() {
      return size
    },
    get inset() {
      return inset
    },
    get isWhole() {
      return isWhole()
    },
    setSize: (next) => refit(() => (size = next)),
    setInset: (next, duration) => refit(() => (inset = { ...inset, ...next }), duration),
    /** grid() has another shape from now on. */
    setGrid: () => refit(() => {}),
    go(next, duration) {
      whole = false
      const { 0: least, 1: most } = behaviour.scaleExtent()
      go({ ...next, width: Math.min(most * base, Math.max(least * base, next.width)) }, duration)
      whole = next.width <= wholeView().width * WHOLE
    },
    /** At once and without stopping a gesture: the ground moved, not the viewer. */
    shift(next) {
      view = clamp(next, grid(), size, inset)
      canvas.__zoom = toTransform(view)
      onView(view)
    },
    get wholeWidth() {
      return wholeView().width
    },
    whole(duration) {
      whole = true
      go(wholeView(), duration)
    },
    get cellSize() {
      return cellSize(view, grid())
    },
    destroy() {
      clearTimeout(tapTimer)
      node.interrupt()
      node.on(".zoom", null).on("click", null)
    },
  }
}
