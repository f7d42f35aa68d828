/**
 * My keepsake: the whole picture with "you are here", my photo and my line, as a picture to keep. Made in a second or
 * two when I ask for it; shown here, because some meeting clients do not let pages save files.
 *
 *   const keepsake = createKeepsake({ api, me, atOnce })      keepsake.element      keepsake.stop()
 *
 * atOnce makes it as soon as it is shown, where there is none of the picture as it is now.
 */
import { el, renew, showError } from "../kit/dom.js"
import { bar, isUnderWay, move, watch } from "../kit/progress.js"
import { words } from "../../words/panel.js"

export function createKeepsake({ api, me, atOnce = false }) {
  let wanted = atOnce
  const error = el("p.error", { role: "alert", hidden: true })
  const content = el("div.keepsake-now", { "aria-live": "polite" })
  const element = el("section.part.keepsake", { "aria-labelledby": "keepsake-title", hidden: true },
    el("h3", { id: "keepsake-title" }, words.keepsake.title), el("p.small", {}, words.keepsake.more), content, error)
  let shown = ""

  async function look() {
    if (!me.placed) {
      element.hidden = true
      return false
    }
    const answer = await api.get("/api/me/keepsake", { cache: "no-store" })
    element.hidden = false
    if (wanted && !answer.missing && !(answer.print && isUnderWay(answer.print))) {
      wanted = false
      answer.print = (await api.post("/api/me/keepsake", {})).print
    }
    show(answer)
    return Boolean(answer.print && isUnderWay(answer.print))
  }
  const watching = watch(look)

  function show({ missing, print }) {
    const key = JSON.stringify([missing, print])
    if (key === shown) return
    shown = key
    if (print && move(content.querySelector(".bar-row"), print)) return
    renew(content, ...parts(missing, print).filter(Boolean))
  }

  function parts(missing, print) {
    if (missing) return [el("p.small", {}, missing)]
    if (!print) return [action(words.keepsake.make, make)]
    if (isUnderWay(print)) return [bar(print, words.keepsake.making)]
    if (print.state === "failed") return [el("p.error", {}, print.error?.message ?? ""), action(words.keepsake.again, make)]
    const picture = el("img.keepsake-picture", { src: print.url, alt: words.keepsake.picture, width: print.width, height: print.height })
    return [
      picture,
      el("div.answers", {}, el("a.button.main", { href: print.url, download: "" }, words.keepsake.save), action(words.keepsake.again, make)),
    ]
  }

  const action = (text, run) => el("button.button", { type: "button", on: { click: run } }, text)

  async function make(event) {
    event.currentTarget.disabled = true
    showError(error, null, null)
    try {
      await api.post("/api/me/keepsake", {})
    } catch (failure) {
      showError(error, null, failure.message)
      shown = ""
    }
    await watching.now()
  }

  const stop = me.subscribe(() => watching.now())
  watching.now()
  return {
    element,
    stop() {
      stop()
      watching.stop()
    },
  }
}
