/**
 * The first minutes inside a meeting client, until there is a wall to look at: opening one (hosts), waiting for one
 * (everybody else), or the way in from outside the client.
 *
 *   await arrive({ boot, platform, api, device })   settles once the panel has joined an event; boot then holds its facts
 */
import { below } from "../../page/below.js"
import { codeIn } from "../kit/checks.js"
import { byId, el, showError } from "../kit/dom.js"
import { textField } from "../kit/form.js"
import { lazily } from "../kit/lazy.js"
import { words } from "../../words/client.js"

const LOOK_AGAIN = 5 * 1000 // milliseconds
const LOOK_LONGER = 20 * 1000 // after some minutes of waiting
const PATIENT_AFTER = 40 // looks

export async function arrive({ boot, platform, api, device }) {
  const page = createPage()
  for (;;) {
    let answer = await enter(api, platform).catch((error) => error)
    if (answer instanceof Error) await page.show(await trouble(answer, { boot, platform }))
    else if (!answer.event) {
      answer = await withoutWall({ answer, boot, platform, api, device, page })
      if (answer?.event) api.accept(answer)
    }
    if (!answer?.event) continue
    Object.assign(boot, answer.event)
    return page.leave(boot.name)
  }
}

/** What is refused is dropped once: the client gives a new proof. */
async function enter(api, platform) {
  try {
    return await api.join()
  } catch (error) {
    if (![400, 401, 403, 422].includes(error.status)) throw error
    platform.refused()
    return api.join()
  }
}

/** A view in place of the wall, one at a time. */
function createPage() {
  const room = byId("room")
  const element = el("section.arrive", { tabindex: "-1" })
  const covered = [...room.children].filter((child) => !child.matches("#sheets"))
  let settle = () => {}
  for (const each of covered) each.inert = true // there is nothing behind the buttons yet

  return {
    /** Shows a view and settles with what it calls `done` with. */
    show(build) {
      settle()
      return new Promise((resolve) => {
        settle = resolve
        element.replaceChildren(build(resolve))
        room.dataset.state = "arriving"
        if (!element.isConnected) room.append(element)
        const title = element.querySelector("h2")
        element.setAttribute("aria-label", title.textContent)
        title.focus({ preventScroll: true })
      })
    },
    leave(name) {
      element.remove()
      for (const each of covered) each.inert = false
      room.dataset.state = "loading"
      byId("event").textContent = name
      document.title = name
    },
  }
}

const heading = (text) => el("h2", { tabindex: "-1" }, text)

// -- no wall yet --

async function withoutWall({ answer, boot, platform, api, device, page }) {
  const { meeting } = answer
  const place = platform.words.places?.[meeting.place]
  if (place) return waiting({ ...place, more: (done) => byCode(platform, done), api, device, boot, platform, page })
  if (meeting.can_start) {
    const topic = await platform.topic()
    return page.show((done) => beginning({ meeting, topic, api, device, boot, platform, done }))
  }
  if (!meeting.id) return page.show((done) => nowhere(platform, done))
  return waiting({ title: words.begin.waitTitle, text: words.begin.wait, more: tiles, api, device, boot, platform, page })
}

/** The host's form: a name, a picture, a question; or a wall of before. */
function beginning({ meeting, topic, api, device, boot, platform, done }) {
  const said = { ...words.begin, ...platform.words.begin }
  const { title, sub } = !meeting.id && !meeting.earlier.length && said.first ? said.first : said
  const name = textField({ label: words.begin.name, value: topic, needed: words.needEventName })
  const prompt = textField({ label: words.begin.prompt, value: words.begin.firstPrompt, needed: words.needPrompt, longest: 140, wraps: true })
  const targets = choiceOfTargets(api, boot.max_bytes)
  const reviewed = el("input.switch", { type: "checkbox", role: "switch" })
  const error = el("p.error", { role: "alert", hidden: true })
  // Outside a meeting people come for the walls that they have; in one, mostly for a new one.
  const earlier = meeting.earlier.length > 0 && earlierWalls(said.earlier, meeting.earlier, (code) => open(() => ({ earlier_code: code })))
  const elsewhere = meeting.id && wallOfElsewhere((code) => open(() => ({ host_code: code })))
  const create = el("button.button.main.wide", { type: "submit" }, words.begin.create)
  const body = el(
    "div.arrive-body",
    {},
    heading(title),
    el("p.small", {}, sub),
    !meeting.id && earlier,
    !meeting.id && earlier && el("h3", {}, words.begin.fresh),
    name.element,
    el("fieldset.part", {}, el("legend", {}, words.begin.picture), targets.element),
    prompt.element,
    el("div.part", {}, el("label.switch-row", {}, el("span", {}, words.begin.review, el("span.small", {}, words.begin.reviewMore)), reviewed)),
    meeting.id && earlier,
    elsewhere && elsewhere.element,
  )
  const form = el("form.arrive-form", { novalidate: true, on: { submit } }, body, el("div.arrive-foot", {}, error, create))
  targets.load().catch(({ message }) => showError(error, null, message))

  function submit(event) {
    event.preventDefault()
    const wrong = [name, prompt].filter((field) => !field.check())
    if (wrong.length) return wrong[0].focus()
    open(async () => {
      const chosen = await targets.load() // a quick host is here before the pictures are
      return { name: name.value, prompt: prompt.value, reviewed: reviewed.checked, ...(await chosen.fields()) }
    })
  }

  async function open(wish) {
    showError(error, null, null)
    for (const each of form.querySelectorAll("button")) each.disabled = true
    create.textContent = words.begin.creating
    try {
      done(await opened(await wish()))
    } catch (failure) {
      const field = { name, prompt, target: targets, host_code: elsewhere?.field }[failure.field]
      if (field) field.fail(failure.message)
      else showError(error, null, failure.message)
      for (const each of form.querySelectorAll("button")) each.disabled = false
      create.textContent = words.begin.create
    }
  }

  /** Whoever thought about it for long proves anew that they may; somebody else may have opened the wall meanwhile. */
  async function opened(body) {
    const sent = body.target ? "form" : "body" // a picture comes as a form
    const ask = () => api.ask(boot.paths.walls, { [sent]: device.with(body), bearer: platform.startToken })
    try {
      return await ask()
    } catch (failure) {
      if (failure.status !== 401) throw failure
      platform.refused?.()
      const answer = await api.join()
      return answer.event ? answer : ask()
    }
  }

  return form
}

/** The pictures to choose from. `load` settles with them when they are there; after a failure it asks for them again. */
function choiceOfTargets(api, maxBytes) {
  const element = el("div")
  const load = lazily(async () => {
    const [{ createTargets }, { targets }] = await Promise.all([import("../desk/targets.js"), api.ask("/api/targets")])
    const pictures = createTargets({ targets, maxBytes })
    element.replaceChildren(pictures.element)
    return pictures
  }, words.noTargets)
  return { element, load, fail: (message) => load().then((pictures) => pictures.fail(message), () => {}) }
}

function earlierWalls(title, walls, open) {
  const row = ({ code, name, ended_days_ago: days }) =>
    el(
      "li",
      {},
      el(
        "button.button.wide",
        { type: "button", on: { click: () => open(code) } },
        el("span", { dir: "auto" }, name),
        el("span.small", {}, days === null ? words.begin.onlyOpened : words.begin.endedAgo(days)),
      ),
    )
  return el("div.part", {}, el("h3", {}, title), el("ul.plain.begin-earlier", {}, walls.map(row)))
}

/** One picture for several meetings, whatever client they are in: the wall's host passes on a code. */
function wallOfElsewhere(open) {
  const field = textField({ label: words.begin.hostCode, hint: words.begin.hostCodeHint, needed: words.begin.needHostCode })
  const take = () => (field.check() ? open(field.value) : field.focus())
  const element = el(
    "details.part.begin-elsewhere",
    {},
    el("summary", {}, words.begin.elsewhere),
    field.element,
    el("button.button", { type: "button", on: { click: take } }, words.begin.showHere),
  )
  field.element.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return
    event.preventDefault() // the form around it would open a new wall
    take()
  })
  return { element, field }
}

/** Looks again until the host has opened a wall, or until the client says that something changed. */
async function waiting({ title, text, more, api, device, boot, platform, page }) {
  let over = false
  const changed = page.show((done) => {
    const stop = platform.onChange(() => {
      stop()
      done(null)
    })
    return plain(title, text, more((answer) => (stop(), done(answer))))
  })
  const found = await Promise.race([changed, look()])
  over = true
  return found

  async function look() {
    for (let looks = 0; !over; looks++) {
      await pause((looks < PATIENT_AFTER ? LOOK_AGAIN : LOOK_LONGER) * (0.8 + Math.random() * 0.4))
      if (over || document.hidden) continue
      const answer = await api.ask(boot.paths.session, { body: device.with(platform.lookBody()) }).catch((error) => error)
      if (answer.status === 401) return null // the start token ran out: come in anew
      if (answer.event) return answer
    }
    return null
  }
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

function nowhere(platform, done) {
  return plain(
    words.begin.noMeetingTitle,
    words.begin.noMeeting(platform.title),
    el("button.button.main.wide", { type: "button", on: { click: () => done(null) } }, words.tryAgain),
    byCode(platform, done),
  )
}

// -- outside, or no answer --

async function trouble(error, { boot, platform }) {
  if (error.code !== "client_silent") return (done) => failed(error, done)
  const absent = (await platform.started) === "absent"
  return absent ? () => outside(boot, platform) : (done) => silent(platform, done)
}

/** A plain browser at the app's home: what it is, how to add it, and the way in without it. */
function outside({ paths }, { title, words: own }) {
  const cup = el("canvas.arrive-cup", { width: 220, height: 220, "aria-hidden": "true" })
  import("./cup.js").then(({ drawCup }) => drawCup(cup))
  return plain(
    words.begin.outsideTitle(title),
    own.outside,
    cup,
    paths.install && el("a.button.main.wide", { href: paths.install }, words.begin.install(title)),
    byCode(),
  )
}

function silent(platform, done) {
  return plain(
    words.begin.silentTitle(platform.title),
    words.begin.silentMore,
    el("button.button.main.wide", { type: "button", on: { click: () => done(null) } }, words.tryAgain),
    byCode(platform, done),
  )
}

function failed(error, done) {
  return plain(
    words.cannotOpen,
    error.message,
    el("button.button.main.wide", { type: "button", on: { click: () => done(null) } }, words.tryAgain),
  )
}

/** Into the wall of that code: inside the client where it can lead there, else in a page like any browser's. */
function byCode(platform = {}, done = null) {
  const field = textField({ label: words.begin.codeLabel, hint: words.begin.codeHint, needed: words.needCode })
  const submit = (event) => {
    event.preventDefault()
    const code = codeIn(field.value)
    if (!field.check() || !code) return field.focus()
    if (!platform.joinByCode) return location.assign(below(`/e/${encodeURIComponent(code)}`))
    platform.joinByCode(code)
    done(null)
  }
  return el(
    "form.arrive-code",
    { novalidate: true, on: { submit } },
    field.element,
    el("button.button", { type: "submit" }, words.begin.join),
  )
}

const plain = (title, text, ...more) => el("div.arrive-plain", {}, heading(title), el("p", {}, text), ...more)

const tiles = () => el("span.loader-tiles", { "aria-hidden": "true" }, ...Array.from({ length: 9 }, () => el("i")))
