/**
 * The shape of one's own picture: as it is, square, or portrait, which fills a narrow panel. It is cut here, in the
 * browser, around its middle; what the browser cannot open is sent as it is.
 *
 *   const shapes = createShapes()
 *   await shapes.show(file)          // a preview of each shape; false when there is nothing to choose
 *   const chosen = await shapes.cut()
 */
import { el } from "../kit/dom.js"
import { words } from "../../words/desk.js"

const PORTRAIT = 3 / 4 // of a panel of 280 x 700 two thirds of what is between the bars, and still a picture
export const SHAPES = { whole: null, square: 1, portrait: PORTRAIT }
const PREVIEW = 72 // CSS pixels high
const LONG_SIDE = 2048 // what is kept of a picture in any case
const QUALITY = 0.95

/** The largest part of that shape around the middle of a picture: {left, top, width, height}. Pure. */
export function partOf(width, height, aspect) {
  if (!aspect) return { left: 0, top: 0, width, height }
  const part = { width: Math.min(width, Math.round(height * aspect)), height: Math.min(height, Math.round(width / aspect)) }
  return { left: Math.round((width - part.width) / 2), top: Math.round((height - part.height) / 2), ...part }
}

export function createShapes() {
  const list = el("div.shapes", {})
  const element = el("fieldset.group", { hidden: true, id: "shapes" }, el("legend", {}, words.shape.title), list)
  let file = null
  let opened = null

  const aspect = () => SHAPES[element.querySelector("input:checked")?.value] ?? null

  async function show(chosen) {
    file = chosen
    opened?.close()
    opened = await createImageBitmap(chosen).catch(() => null) // HEIC, for one
    element.hidden = !opened
    list.replaceChildren(...(opened ? Object.entries(SHAPES).map(choice) : []))
    return Boolean(opened)
  }

  function choice([name, aspect]) {
    const part = partOf(opened.width, opened.height, aspect)
    const height = PREVIEW * devicePixelRatio
    const preview = drawn(part, (height * part.width) / part.height, height)
    preview.style.blockSize = `${PREVIEW}px`
    const input = el("input", { type: "radio", name: "shape", value: name, checked: name === "whole" })
    return el("label.target.shape", {}, input, preview, el("span", {}, words.shape[name]))
  }

  function drawn(part, width, height) {
    const canvas = el("canvas", { width: Math.round(width), height: Math.round(height), "aria-hidden": "true" })
    canvas.getContext("2d").drawImage(opened, part.left, part.top, part.width, part.height, 0, 0, canvas.width, canvas.height)
    return canvas
  }

  /** The picture in the chosen shape: the very file where nothing is cut off. */
  async function cut() {
    if (!opened || !aspect()) return file
    const part = partOf(opened.width, opened.height, aspect())
    const scale = Math.min(1, LONG_SIDE / Math.max(part.width, part.height))
    const canvas = drawn(part, part.width * scale, part.height * scale)
    const type = file.type === "image/png" ? "image/png" : "image/jpeg" // a logo keeps its edges and what is transparent
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, type, QUALITY))
    return blob ? new File([blob], file.name, { type }) : file
  }

  return { element, show, cut }
}
