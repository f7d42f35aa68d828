/**
 * How something that the service makes for somebody fares: a bar that moves, and asking how far it is.
 *
 *   bar(print, label)      the bar with its words      move(row, print)      brings it up to date in place
 *   const watching = watch(look)      looks each second while something is under way, else now and then
 */
import { el } from "./dom.js"
import { percent } from "../../words/languages.js"
import { words } from "../../words/words.js"

export const isUnderWay = (print) => print.state === "queued" || print.state === "working"

/** The bar with its words; `label` names what is made. */
export function bar(print, label) {
  const started = print.state === "working"
  const progress = el("progress.bar", { max: 100, "aria-label": label })
  if (started) progress.value = print.progress
  return el("div.bar-row", {}, progress, el("span.small", {}, started ? percent(print.progress / 100) : words.queued))
}

/** Brings a bar up to date in place, so that it moves instead of jumping. False when it shows something else. */
export function move(row, print) {
  const progress = row?.querySelector("progress")
  if (!progress || print.state !== "working" || !progress.hasAttribute("value")) return false
  progress.value = print.progress
  row.querySelector(".small").textContent = percent(print.progress / 100)
  return true
}

const SOON = 1000 // milliseconds
const LATER = 20 * 1000
const HIDDEN = 60 * 1000

/** Calls `look()` -> Promise<whether something is under way> again and again; `now()` asks at once, `stop()` ends it. */
export function watch(look) {
  let timer = 0
  let stopped = false
  async function now() {
    clearTimeout(timer)
    const busy = await look().catch(() => false)
    if (stopped) return
    clearTimeout(timer)
    timer = setTimeout(now, document.hidden ? HIDDEN : busy ? SOON : LATER)
  }
  const seen = () => document.hidden || now()
  document.addEventListener("visibilitychange", seen)
  return {
    now,
    stop() {
      stopped = true
      clearTimeout(timer)
      document.removeEventListener("visibilitychange", seen)
    },
  }
}
