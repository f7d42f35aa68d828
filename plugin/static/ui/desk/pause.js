/**
 * Starting a coffee break, letting it go on for longer, and ending it: the event's at the desk, that of a breakout room in
 * the panel of its host.
 *
 *   const pause = createPause({ api, path, look, title, onEnded })   pause.element   pause.show(break): as the service tells it
 *   onEnded(decision): it was ended or called off, and what takes that back
 */
import { attempting, el } from "../kit/dom.js"
import { minutesOf, phaseAt } from "../together/facts.js"
import { words } from "../../words/desk.js"

const LENGTHS = [5, 10, 15]
const WAITS = [0, 5, 10] // minutes
const say = words.deskOfPeople

export const button = (text, run, kind = "") => el("button.button", { type: "button", class: kind, on: { click: run } }, text)

export function createPause({ api, path, look, title, onEnded = () => {} }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const place = el("div")
  const status = el("p", { role: "status" })
  const heading = title && el("h2", { id: "break-title" }, title)
  const element = el("section.desk-break", { "aria-labelledby": title ? "break-title" : null }, heading, status, place, error)
  let told
  let since = 0
  let shown = null

  const call = (run) => attempting(error)(async () => {
    const answer = await run()
    show(answer.break)
    if (answer.decision) onEnded(answer.decision)
    await look()
  })

  function show(next) {
    told = next
    since = performance.now()
    tick()
  }

  function tick() {
    const phase = phaseAt(told, (performance.now() - since) / 1000)
    status.textContent = phase ? sentence(phase) : say.breakNone
    const kind = phase?.name === "soon" ? "soon" : phase && phase.name !== "seats" ? "running" : (phase?.name ?? "none")
    if (kind === shown) return
    const hadFocus = place.contains(document.activeElement)
    shown = kind
    place.replaceChildren({ none: starting, soon: waiting, running, seats: running }[kind]())
    if (hadFocus) place.querySelector("button")?.focus()
  }
  const timer = setInterval(() => (element.isConnected || told === undefined ? tick() : clearInterval(timer)), 1000)

  const sentence = ({ name, left }) =>
    name === "soon" ? say.breakSoon(words.startsIn(minutesOf(left))) : name === "seats" ? words.phases.seats : words.phaseNow(words.phases[name], words.minutesLeft(minutesOf(left)))

  function starting() {
    const lengths = LENGTHS.map((minutes) =>
      el("label.choice", {}, el("input", { type: "radio", name: "break-length", value: minutes, checked: minutes === 10 }), words.justMinutes(minutes)),
    )
    const later = WAITS.map((minutes) =>
      el("label.choice", {}, el("input", { type: "radio", name: "break-later", value: minutes, checked: minutes === 0 }), minutes ? words.startsIn(minutes) : say.breakNow),
    )
    const submit = (event) => {
      event.preventDefault()
      const minutes = Number(form.elements["break-length"].value)
      call(() => api.post(path, { minutes, start_in: Number(form.elements["break-later"].value) * 60 }))
    }
    const form = el(
      "form.break-form",
      { novalidate: true, on: { submit } },
      el("fieldset", {}, el("legend", {}, say.breakLength), el("div.choices", {}, lengths)),
      el("fieldset", {}, el("legend", {}, say.breakLater), el("div.choices", {}, later)),
      el("button.button.main", { type: "submit" }, say.breakGo),
    )
    return form
  }

  const waiting = () =>
    el("div.answers", {}, button(say.breakStartNow, () => call(() => api.patch(path, { start_now: true })), "main"), button(say.breakCancel, () => call(() => api.remove(path))))

  const running = () =>
    el("div.answers", {}, button(say.breakExtend(5), () => call(() => api.patch(path, { extend: 5 }))), shown === "seats" ? "" : button(say.breakEnd, () => call(() => api.remove(path))))

  return { element, show }
}
