/** The coffee break, pinned at the top of every panel: the phase, the minutes left, and a bell that rings only if asked. */
import { ringBell } from "../kit/bell.js"
import { el } from "../kit/dom.js"
import { minutesOf } from "./facts.js"
import { words } from "../../words/panel.js"

const BELL = "mosaic:bell"

/** createBreak(element, { facts, say }): `say` tells screen readers. */
export function createBreak(element, { facts, say }) {
  const name = el("b")
  const time = el("span.break-time")
  const more = el("span.break-more")
  const bell = el("button.icon.bell", { type: "button", on: { click: toggle } }, el("span", { "aria-hidden": "true" }))
  const done = el("span")
  const bar = el("span.break-bar", { "aria-hidden": "true" }, done)
  element.append(el("p", {}, name, " ", time, " ", more), bell, bar)
  showBell()

  function show() {
    const phase = facts.phase
    element.hidden = !phase
    if (!phase) return
    element.dataset.phase = phase.name
    name.textContent = words.phases[phase.name]
    more.textContent = words.phaseMore[phase.name]
    const text = timeOf(phase)
    if (time.textContent !== text) time.textContent = text
    done.style.inlineSize = `${phase.share * 100}%`
  }

  function timeOf({ name, left }) {
    if (name === "seats") return ""
    return name === "soon" ? words.startsIn(minutesOf(left)) : words.minutesLeft(minutesOf(left))
  }

  function toggle() {
    const on = !isOn()
    keep(on)
    showBell()
    if (on) ringBell(0.5) // so that one knows what will come, and the browser allows it later
  }

  function showBell() {
    const label = isOn() ? words.bellOn : words.bellOff
    bell.setAttribute("aria-pressed", String(isOn()))
    bell.setAttribute("aria-label", label)
    bell.title = label
  }

  facts.subscribe(({ type, before }) => {
    show()
    const phase = facts.phase
    if (type !== "phase" || !phase) return
    if (phase.name === "seats") {
      say(words.bellRings)
      if (before && isOn()) ringBell()
    } else say(words.phaseNow(words.phases[phase.name], timeOf(phase)))
  })
}

let kept = null // where a browser keeps nothing

function isOn() {
  try {
    return localStorage.getItem(BELL) === "on"
  } catch {
    return kept === "on"
  }
}

function keep(on) {
  kept = on ? "on" : "off"
  try {
    localStorage.setItem(BELL, kept)
  } catch {
    // It holds until the page is closed.
  }
}
