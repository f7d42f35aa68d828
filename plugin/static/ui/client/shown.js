/**
 * The panel while it is the shared screen: the stage's wall, which holds nobody who may not be on it;
 * the count, the code, and the way back.
 *
 *   const shown = createShown({ boot, onStop })
 *   await shown.on()   settles once the wall that may be shown covers the panel
 *   shown.off()
 */
import { createApi } from "../../live/api.js"
import { createFeed } from "../../live/feed.js"
import { createPhotos } from "../../wall/photos.js"
import { createWallState } from "../../wall/state.js"
import { createWall } from "../../wall/view.js"
import { withoutScheme } from "../kit/copy.js"
import { byId, el, iconButton } from "../kit/dom.js"
import { words } from "../../words/client.js"

const PATIENCE = 6 * 1000 // for the wall; the cover stands from the first moment

export function createShown({ boot, onStop }) {
  let now = null // {element, feed, view}

  async function on() {
    if (now) return
    const api = createApi({ join: () => ({ code: boot.code, stage: true }) })
    const wall = createWallState()
    const photos = createPhotos({ api })
    const feed = createFeed({ api, wall, photos })
    const canvas = el("canvas", { role: "img", "aria-label": words.wallHere })
    const count = el("p.count")
    const element = el(
      "section.shown",
      { "aria-label": words.pin.sharing },
      el("div.shown-wall", {}, canvas),
      el(
        "div.shown-foot",
        {},
        el("img.qr", { src: `/qr/${boot.code}.svg`, alt: words.qr, width: 72, height: 72 }),
        el("div", {}, el("p.shown-code", {}, boot.code), el("p.small", {}, withoutScheme(boot.base_url ?? location.origin)), count),
        el("button.button.shown-stop", { type: "button", on: { click: onStop } }, words.pin.stop),
        iconButton("close", words.pin.stop, onStop, "shown-stop"),
      ),
    )
    cover(element)
    const view = createWall(canvas, { wall, photos, stage: true, refresh: () => feed.refresh() })
    now = { element, feed, view }
    const ready = new Promise((resolve) => {
      wall.subscribe(() => {
        count.textContent = words.photos(wall.count)
        if (wall.ready) resolve()
      })
    })
    feed.start()
    await Promise.race([ready, new Promise((resolve) => setTimeout(resolve, PATIENCE))])
  }

  /** Nothing else may be seen, opened or read out: not even what was open already. */
  function cover(element) {
    const room = byId("room")
    for (const sheet of document.querySelectorAll("dialog[open]:not(.pins)")) sheet.dispatchEvent(new Event("cancel", { cancelable: true }))
    for (const each of room.children) each.inert = true
    room.append(element)
  }

  function off() {
    if (!now) return
    now.feed.stop()
    now.view.destroy()
    now.element.remove()
    for (const each of byId("room").children) each.inert = false
    now = null
  }

  return { on, off }
}
