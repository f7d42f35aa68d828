/**
 * A small map of the picture while not all of it is in sight: where one is, and with one tap all of it.
 *
 *   const map = createMap({ wall, view, label });  place.append(map.element);  map.follow() with each change of the view
 */
import { below } from "../../page/below.js"
import { el } from "./dom.js"

export function createMap({ wall, view, label }) {
  const frame = el("span")
  const element = el("button.wall-map", { type: "button", hidden: true, "aria-label": label, title: label, on: { click: () => view.fit() } }, frame)

  return {
    element,
    follow() {
      element.hidden = view.atWhole || !wall.ready
      if (element.hidden) return
      const { left, top, width, height } = view.share
      const picture = wall.now.target && `url("${below(wall.now.target)}")`
      if (picture && element.style.backgroundImage !== picture) element.style.backgroundImage = picture
      element.style.aspectRatio = `${wall.columns} / ${wall.rows}`
      Object.assign(frame.style, { left: part(left), top: part(top), width: part(width), height: part(height) })
    },
  }
}

const part = (share) => `${share * 100}%`
