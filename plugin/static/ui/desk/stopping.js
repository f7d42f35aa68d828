/**
 * What a host reaches for when something goes wrong: the stage cleared, no new photos, somebody gone for good. The first
 * two are one tap, and one tap back; the last asks once.
 *
 *   const stopping = createStopping({ api })    stopping.element    stopping.show(event)
 */
import { thumbAddress } from "../../wall/state.js"
import { attempting, debounce, el } from "../kit/dom.js"
import { words } from "../../words/desk.js"

const TYPING = 250 // milliseconds of rest before we ask
const FOUND = 6
const say = words.stopping

export function createStopping({ api }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const attempt = attempting(error)
  const stage = stopButton("stage_cleared", say.clearStage, say.stageBack, true)
  const photos = stopButton("takes_photos", say.noPhotos, say.photosAgain, false)
  const purging = createPurging({ api, attempt })
  const element = el(
    "section.stopping",
    { "aria-labelledby": "stopping-title" },
    el("h2", { id: "stopping-title" }, say.title),
    el("div.answers", {}, stage.element, photos.element, purging.toggle),
    purging.element,
    error,
  )

  /** `stopped`: what the event's switch says while it is stopped. */
  function stopButton(name, stop, goOn, stopped) {
    let isStopped = false
    const button = el("button.button", { type: "button", "aria-pressed": "false", on: { click: press } }, stop)

    async function press() {
      const wanted = isStopped ? !stopped : stopped
      await attempt(async () => show((await api.patch("/api/host/event", { [name]: wanted })).event))
    }

    return {
      element: button,
      show(event) {
        isStopped = event[name] === stopped
        button.setAttribute("aria-pressed", String(isStopped))
        button.classList.toggle("stopped", isStopped)
        button.textContent = isStopped ? goOn : stop
      },
    }
  }

  function show(event) {
    stage.show(event)
    photos.show(event)
  }

  return { element, show }
}

/** Somebody is looked for by name, and goes for good once that was asked. */
function createPurging({ api, attempt }) {
  const search = el("input.field", { type: "search", id: "purge-search", autocomplete: "off", dir: "auto", on: { input: debounce(find, TYPING) } })
  const found = el("ul.plain.person-rows")
  const status = el("p.small", { role: "status" })
  const element = el("div.purging", { hidden: true, id: "purging" }, el("label", { htmlFor: search.id }, say.find), search, found, status)
  const toggle = el("button.button", { type: "button", "aria-expanded": "false", "aria-controls": "purging", on: { click: open } }, say.purge)

  function open() {
    element.hidden = !element.hidden
    toggle.setAttribute("aria-expanded", String(!element.hidden))
    status.textContent = search.value = ""
    found.replaceChildren()
    if (!element.hidden) search.focus()
  }

  async function find() {
    const query = search.value.trim()
    if (!query) return found.replaceChildren()
    await attempt(async () => {
      const { people } = await api.get(`/api/people?${new URLSearchParams({ q: query, limit: FOUND })}`)
      found.replaceChildren(...people.map(row))
      status.textContent = people.length ? "" : say.nobody
    })
  }

  function row(person) {
    const name = person.name || words.nobody
    const acts = el("div.answers")
    const ask = el("button.button", { type: "button", "aria-label": say.purgeLabel(name), on: { click: () => confirm(person, name, acts, ask) } }, say.erase)
    acts.append(ask)
    return el("li", {}, el("img", { src: thumbAddress(person.key, 64), alt: "", width: 40, height: 40 }), el("span", {}, el("bdi", {}, name), el("span.small", {}, person.story)), acts)
  }

  function confirm(person, name, acts, ask) {
    const keep = el("button.button", { type: "button", on: { click: () => (acts.replaceChildren(ask), ask.focus()) } }, say.keep)
    const erase = el("button.button.bad", { type: "button", on: { click: () => purge(person, name) } }, say.eraseYes)
    acts.replaceChildren(el("p.small", {}, say.eraseAsk(name)), erase, keep)
    keep.focus()
  }

  const purge = (person, name) => attempt(async () => {
    await api.post("/api/host/purge", { photo: person.id })
    search.value = ""
    found.replaceChildren()
    status.textContent = say.gone(name)
    search.focus()
  })

  return { element, toggle }
}
