/**
 * The desk's part about people: the coffee break, reports, lines at speakers. Everything one click away.
 *
 *   const desk = createDeskOfPeople({ api, undo });  desk.now (a section for what waits)  desk.side (for what is looked up)
 *   desk.look() -> Promise
 */
import { thumbAddress } from "../../wall/state.js"
import { attempting, debounce, el, renew } from "../kit/dom.js"
import { button, createPause } from "./pause.js"
import { createReports } from "./reports.js"
import { words } from "../../words/desk.js"

const TYPING = 250 // milliseconds of rest before we ask
const say = words.deskOfPeople

export function createDeskOfPeople({ api, undo }) {
  const onEnded = (decision) => undo.offer(words.undoing.kinds.end_break, [decision])
  const pause = createPause({ api, path: "/api/host/break", look, title: say.breakTitle, onEnded })
  const reports = createReports({ api, look, undo })
  const speakers = createSpeakers({ api, look })

  async function look() {
    const fresh = { cache: "no-store" }
    const [{ break: told }, { speakers: open }] = await Promise.all([api.get("/api/break", fresh), api.get("/api/speakers", fresh)])
    pause.show(told)
    speakers.show(open)
    await reports.look()
  }

  return { now: el("div.desk-people", {}, pause.element, reports.element), side: el("div.desk-people", {}, speakers.element), look }
}

/** Marks whose talk it was: then a line can form at their photo. */
function createSpeakers({ api, look }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const open = el("ul.plain.person-rows")
  const found = el("ul.plain.person-rows")
  const search = el("input.field", { type: "search", id: "speaker-search", autocomplete: "off", dir: "auto", on: { input: debounce(find, TYPING) } })
  const element = el("section", { "aria-labelledby": "speakers-title" }, el("h2", { id: "speakers-title" }, say.speakersTitle), el("p.small", {}, say.speakersMore), open, el("label", { htmlFor: search.id }, say.speakersFind), search, found, error)

  const row = (person, text, act) =>
    el("li", {}, person.key ? el("img", { src: thumbAddress(person.key, 64), alt: "", width: 40, height: 40 }) : el("span.face"), el("span", {}, el("bdi", {}, person.name || words.nobody), text && el("span.small", {}, text)), act)

  async function find() {
    const query = search.value.trim()
    if (!query) return found.replaceChildren()
    await attempting(error)(async () => {
      const { people } = await api.get(`/api/people?${new URLSearchParams({ q: query, limit: 6 })}`)
      found.replaceChildren(...people.map((person) => row(person, "", button(say.speakersOpen, () => start(person)))))
    })
  }

  const start = (person) => attempting(error)(async () => {
    await api.post("/api/host/speakers", { photo: person.id })
    search.value = ""
    found.replaceChildren()
    await look()
  })
  const stop = (speaker) => attempting(error)(async () => {
    await api.remove(`/api/host/speakers/${speaker.id}`)
    await look()
  })

  return {
    element,
    show(speakers) {
      renew(open, ...speakers.map((speaker) => row(speaker.person, words.speakerLine(speaker.person.name || words.nobody, speaker.waiting), button(say.speakersClose, () => stop(speaker)))))
    },
  }
}
