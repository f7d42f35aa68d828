/**
 * The desk's part about people: the coffee break, reports, lines at speakers, numbers. Everything one click away.
 *
 *   const desk = createDeskOfPeople({ api });  desk.now (a section for what waits)  desk.side (for what is looked up)
 *   desk.look() -> Promise
 */
import { thumbAddress } from "../../wall/state.js"
import { debounce, el, renew, showError } from "../kit/dom.js"
import { number, phrase } from "../../words/languages.js"
import { minutesOf, phaseAt } from "../together/facts.js"
import { words } from "../../words/desk.js"

const LENGTHS = [5, 10, 15]
const LONGEST_WAIT = 24 * 60 // minutes
const TYPING = 250 // milliseconds of rest before we ask
const NUMBERS = ["here", "threads", "panel_open", "photo_sent", "opened_photo", "stroll_step", "hello_sent", "hello_answered", "photos_never_opened"]
const say = words.deskOfPeople

export function createDeskOfPeople({ api }) {
  const pause = createBreakDesk({ api, look })
  const reports = createReports({ api, look })
  const speakers = createSpeakers({ api, look })
  const numbers = el("dl.numbers")
  const sums = el("section", { "aria-labelledby": "numbers-title" }, el("h2", { id: "numbers-title" }, say.numbersTitle), numbers, el("p.small", {}, say.numbersMore))

  async function look() {
    const answer = await api.get("/api/host/numbers", { cache: "no-store" })
    pause.show(answer.break)
    speakers.show(answer.speakers)
    showNumbers(answer)
    await reports.look(answer.open_reports)
  }

  function showNumbers({ threads, here, numbers: counted, photos_never_opened: unopened }) {
    const all = { ...counted, threads, here, photos_never_opened: unopened }
    numbers.replaceChildren(
      ...NUMBERS.filter((name) => name in all).map((name) => {
        const count = all[name]
        return el("div", {}, el("dt", {}, say.numbers[name]), el("dd", { class: count === null ? "small" : "" }, count === null ? say.fewer : number(count)))
      }),
    )
  }

  return { now: el("div.desk-people", {}, pause.element, reports.element), side: el("div.desk-people", {}, speakers.element, sums), look }
}

const button = (text, run, kind = "") => el("button.button", { type: "button", class: kind, on: { click: run } }, text)

/** Runs what a button asks for; says what went wrong beside it. */
async function attempt(error, run) {
  showError(error, null, null)
  try {
    await run()
  } catch (failure) {
    showError(error, null, failure.message)
  }
}

function createBreakDesk({ api, look }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const place = el("div")
  const status = el("p", { role: "status" })
  const element = el("section.desk-break", { "aria-labelledby": "break-title" }, el("h2", { id: "break-title" }, say.breakTitle), status, place, error)
  let told
  let since = 0
  let shown = null

  const call = (run) => attempt(error, async () => {
    show((await run()).break)
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
  setInterval(tick, 1000)

  const sentence = ({ name, left }) =>
    name === "soon" ? say.breakSoon(words.startsIn(minutesOf(left))) : name === "seats" ? words.phases.seats : words.phaseNow(words.phases[name], words.minutesLeft(minutesOf(left)))

  function starting() {
    const lengths = LENGTHS.map((minutes) =>
      el("label.choice", {}, el("input", { type: "radio", name: "break-length", value: minutes, checked: minutes === 10 }), words.justMinutes(minutes)),
    )
    const later = el("input.field", { type: "number", id: "break-later", min: 0, max: LONGEST_WAIT, step: 1, value: "0", inputmode: "numeric" })
    const submit = (event) => {
      event.preventDefault()
      const minutes = Number(form.elements["break-length"].value)
      const start = Math.min(LONGEST_WAIT, Math.max(0, Math.round(Number(later.value) || 0)))
      call(() => api.post("/api/host/break", { minutes, start_in: start * 60 }))
    }
    const form = el(
      "form.break-form",
      { novalidate: true, on: { submit } },
      el("fieldset", {}, el("legend", {}, say.breakLength), el("div.choices", {}, lengths)),
      el("div", {}, el("label", { htmlFor: later.id }, say.breakLater), later),
      el("button.button.main", { type: "submit" }, say.breakGo),
    )
    return form
  }

  const waiting = () =>
    el("div.answers", {}, button(say.breakStartNow, () => call(() => api.patch("/api/host/break", { start_now: true })), "main"), button(say.breakCancel, () => call(() => api.remove("/api/host/break"))))

  const running = () =>
    el("div.answers", {}, button(say.breakExtend(5), () => call(() => api.patch("/api/host/break", { extend: 5 }))), shown === "seats" ? "" : button(say.breakEnd, () => call(() => api.remove("/api/host/break"))))

  return { element, show }
}

function createReports({ api, look }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const count = el("span.badge", { hidden: true })
  const list = el("ul.plain.reports")
  const none = el("p.waiting-empty", {}, say.reportsNone)
  const element = el("section", { "aria-labelledby": "reports-title" }, el("h2", { id: "reports-title" }, say.reportsTitle, count), error, none, list)
  let shown = ""

  async function lookAt() {
    const { reports, open } = await api.get("/api/host/reports", { cache: "no-store" })
    const key = JSON.stringify(reports.map(({ id, state, reporters, evidence }) => [id, state, reporters, evidence.lines.length]))
    count.hidden = !open
    count.textContent = number(open)
    none.hidden = reports.length > 0
    if (key === shown) return
    shown = key
    const focused = list.contains(document.activeElement)
    list.replaceChildren(...reports.map(row))
    if (focused) (list.querySelector("button") ?? element.querySelector("h2")).focus?.()
  }

  function row(report) {
    const { id, state, reason, note, ago, reporters, person, evidence } = report
    const decide = (decision) => attempt(error, async () => {
      await api.post(`/api/host/reports/${id}`, { decision })
      await look()
    })
    const lift = () => attempt(error, async () => {
      await api.post(`/api/host/people/${person.id}`, { paused: false })
      await look()
    })
    return el(
      "li.report",
      { class: state === "open" ? "open" : "" },
      evidence.picture ? el("img", { src: evidence.picture, alt: words.photoOf(evidence.name || words.nobody), width: 96, height: 96 }) : el("span.face"),
      el(
        "div",
        {},
        el("p", {}, el("b", {}, el("bdi", {}, evidence.name || person?.name || words.nobody)), " · ", words.reasons[reason] ?? reason),
        el("p.small", {}, `${say.reportedBy(reporters)} · ${words.ago(minutesOf(ago))} · ${say.states[state] ?? state}`),
        evidence.story && el("p", { dir: "auto" }, evidence.story),
        note && el("p.small", { dir: "auto" }, note),
        evidence.lines.length > 0 && el("ol.plain.lines", {}, evidence.lines.map((line) => el("li.said-line", { class: line.theirs ? "theirs" : "ours" }, el("span.small", {}, line.theirs ? say.theyWrote : say.youWrote), el("span", { dir: "auto" }, phrase(line))))),
      ),
      el(
        "div.answers",
        {},
        state === "open" ? Object.entries(say.decisions).map(([decision, label]) => button(label, () => decide(decision), decision === "remove" ? "bad" : "")) : person?.paused ? button(say.unpause, lift) : "",
      ),
    )
  }

  return { element, look: lookAt }
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
    await attempt(error, async () => {
      const { people } = await api.get(`/api/people?${new URLSearchParams({ q: query, limit: 6 })}`)
      found.replaceChildren(...people.map((person) => row(person, "", button(say.speakersOpen, () => start(person)))))
    })
  }

  const start = (person) => attempt(error, async () => {
    await api.post("/api/host/speakers", { photo: person.id })
    search.value = ""
    found.replaceChildren()
    await look()
  })
  const stop = (speaker) => attempt(error, async () => {
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
