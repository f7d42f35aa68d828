/**
 * Personal links of those who are registered: all of them as a table for the organizer's mailing, and the way to take one
 * back, or all. Only where an event platform told us whom to expect.
 *
 *   const links = createLinks({ api });  links.element  links.look() -> Promise
 */
import { attempting, debounce, el, renew } from "../kit/dom.js"
import { appear } from "../kit/press.js"
import { words } from "../../words/desk.js"

const say = words.links
const TYPING = 300 // milliseconds
const LOOK_EVERY = 60 * 1000
const SHOWN = 6

export function createLinks({ api, now = () => performance.now() }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const attempt = attempting(error)
  const status = el("p.small", { role: "status" })
  const found = el("ul.plain.hosts")
  const search = el("input.field", { type: "search", id: "links-search", autocomplete: "off", dir: "auto", on: { input: debounce(() => attempt(find), TYPING) } })
  const all = el("p.answers")
  const element = el(
    "section.part",
    { "aria-labelledby": "links-title", hidden: true },
    el("h2", { id: "links-title" }, say.title),
    el("p.small", {}, say.more),
    el("p.answers", {}, button(say.download, () => attempt(download))),
    el("label", { htmlFor: search.id }, say.find),
    search,
    found,
    all,
    status,
    error,
  )
  let looked = -Infinity

  /** Now and then: registrations are read again by themselves. */
  async function look() {
    if (now() - looked < LOOK_EVERY) return
    looked = now()
    const { number } = await api.get("/api/host/registrations", { cache: "no-store" })
    appear(element, number > 0)
    if (!all.firstChild) askAll()
  }

  async function find() {
    const query = search.value.trim()
    if (!query) return found.replaceChildren()
    const { registrations } = await api.get(`/api/host/registrations?${new URLSearchParams({ q: query })}`, { cache: "no-store" })
    renew(found, ...registrations.slice(0, SHOWN).map(row))
    status.textContent = registrations.length ? "" : say.nobody
  }

  const row = ({ id, name, here }) =>
    el("li", {}, el("p", {}, el("bdi", {}, name || words.nobody), here && el("span.small", {}, ` · ${say.here}`)), el("div.answers", {}, button(say.takeBack, () => attempt(() => takeBack({ id })))))

  function askAll() {
    const sure = () => {
      const keep = button(words.cancel, askAll)
      all.replaceChildren(el("span.small", {}, say.allAsk), button(say.takeAllBack, () => attempt(() => takeBack({}).then(askAll)), "bad"), keep)
      keep.focus()
    }
    all.replaceChildren(button(say.takeAllBack, sure))
  }

  async function takeBack(which) {
    const { taken_back: number } = await api.post("/api/host/registrations/take-back", which)
    status.textContent = say.takenBack(number)
  }

  async function download() {
    const { csv, name } = await api.post("/api/host/registrations/links", {})
    const address = URL.createObjectURL(new Blob([csv], { type: "text/csv;charset=utf-8" }))
    el("a", { href: address, download: name }).click()
    setTimeout(() => URL.revokeObjectURL(address), 60_000)
  }

  return { element, look }
}

const button = (text, run, kind = "") => el("button.button", { type: "button", class: kind, on: { click: run } }, text)
