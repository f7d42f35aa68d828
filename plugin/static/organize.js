/**
 * The page of whoever added the app to a platform: what is connected, keys for signed links, and the end of it all. At an
 * event platform (boot.has_lists) also: connect the organization, give an event a wall, and hand out its addresses.
 */
import { below } from "./page/below.js"
import { takeFragment } from "./live/address.js"
import { createOrganizer } from "./live/organizer.js"
import { createStore } from "./live/store.js"
import { boot as readBoot, byId, el, showError } from "./ui/kit/dom.js"
import { textField } from "./ui/kit/form.js"
import { offerLanguages } from "./ui/kit/picker.js"
import { createChoice } from "./ui/desk/choosing.js"
import { createWalls } from "./ui/desk/organized.js"
import { createSigning } from "./ui/desk/signing.js"
import { language } from "./words/languages.js"
import { words } from "./words/desk.js"

const LOOK_EVERY = 5000 // milliseconds
const LONGEST_KEY = 500

const boot = readBoot()
const page = byId("organize")
const say = words.organize
const store = createStore()
const organizer = createOrganizer(boot)
const { call } = organizer
const RESOURCE = `${boot.platform}:resource`
let timer = 0

offerLanguages()
const title = boot.has_lists ? say.title(boot.title) : say.connectionTitle(boot.title)
document.title = title

/** Runs what a button asks for; says what went wrong beside it. A connection that is over leads to the beginning. */
async function attempt(error, run) {
  showError(error, null, null)
  try {
    return await run()
  } catch (failure) {
    if (failure.status === 401) return showConnecting(failure.message)
    showError(error, null, failure.message)
    return null
  }
}

const errorLine = () => el("p.error", { role: "alert", hidden: true })
const button = (text, run, kind = "") => el("button.button", { type: "button", class: kind, on: { click: run } }, text)

// -- connecting --

function showConnecting(told = "") {
  clearTimeout(timer)
  organizer.keep(null)
  if (!boot.has_lists) return showWayBack(told)
  const resource = store.get(RESOURCE)
  const again = boot.install && resource && `${boot.install}?${new URLSearchParams({ [boot.resource_parameter]: resource })}`
  const error = errorLine()
  const key = textField({ label: say.keyTitle, hint: say.keyMore, needed: say.keyNeeded, longest: LONGEST_KEY })
  const submit = (event) => {
    event.preventDefault()
    if (!key.check()) return key.focus()
    attempt(error, async () => {
      organizer.keep((await call("POST", "/key", { key: key.value })).token)
      await open()
    })
  }
  const parts = [
    el("h1", { tabindex: "-1" }, say.connectTitle),
    el("p.error", { role: "alert", hidden: !told }, told),
    boot.install && el("p.lead", {}, say.connectMore),
    again && el("p.answers", {}, el("a.button.main", { href: again }, say.connectAgain)),
    el("form.group", { novalidate: true, on: { submit } }, key.element, el("p.answers", {}, el("button.button", { type: "submit" }, say.connect)), error),
  ]
  page.replaceChildren(...parts.filter(Boolean))
}

/** Where nothing is chosen on this page: how to come to see what is connected. */
function showWayBack(told) {
  const again = boot.install && `${boot.install}?${new URLSearchParams({ to: "page" })}`
  page.replaceChildren(
    el("h1", { tabindex: "-1" }, title),
    el("p.error", { role: "alert", hidden: !told }, told),
    el("p.lead", {}, say.fromClient(boot.title)),
    again ? el("section.group", {}, el("p", {}, say.orAgain(boot.title)), el("p.answers", {}, el("a.button.main", { href: below(again) }, say.showMe))) : "",
  )
}

// -- connected --

async function open() {
  const error = errorLine()
  page.replaceChildren(error)
  await attempt(error, async () => show(await call("GET", "/state")))
}

function show(state) {
  if (state.connection.resource) store.set(RESOURCE, state.connection.resource)
  const signing = createSigning({
    call: (method, body) => call(method, "/signing-key", body),
  })
  signing.element.hidden = !state.signing
  if (state.signing) signing.show(state.signing)
  if (!boot.has_lists) {
    const lead = el("p.lead", {}, say.connectionLead(boot.title))
    return page.replaceChildren(el("h1", { tabindex: "-1" }, title), lead, createConnection(state.connection), signing.element)
  }
  const walls = el("div")
  const mine = el("section", { "aria-labelledby": "walls-title" }, el("h2", { id: "walls-title" }, say.yourWalls), walls)
  const list = createWalls({ element: walls, call, attempt, onNumber: (some) => (mine.hidden = !some) })
  const targets = JSON.parse(byId("targets").textContent)
  page.replaceChildren(
    el("h1", { tabindex: "-1" }, title),
    el("p.lead", {}, say.lead),
    createConnection(state.connection),
    mine,
    createChoice({ call, attempt, targets, maxBytes: boot.max_bytes, onLed: (led) => list.add(led) }),
    signing.element,
  )
  list.show(state.walls)
  return look()

  async function look() {
    clearTimeout(timer)
    timer = setTimeout(look, LOOK_EVERY)
    if (document.hidden) return
    try {
      list.show((await call("GET", "/state")).walls)
    } catch (failure) {
      if (failure.status === 401) showConnecting(failure.message)
    }
  }
}

/** What lets us ask the platform, in words; never the thing itself. */
function stateOf({ has_key: hasKey, is_renewed: isRenewed, token_seconds: left }) {
  if (hasKey) return say.byKey
  return isRenewed ? say.byConsent : left > 0 ? say.runsOut(new Date(Date.now() + left * 1000).toLocaleString(language)) : say.hasRunOut
}

function createConnection(connection) {
  const { name, is_known: isKnown, since, scopes } = connection
  const error = errorLine()
  const ask = button(say.disconnect, () => {
    sure.hidden = false
    ask.hidden = true
    sure.querySelector("button").focus()
  })
  const sure = el(
    "div",
    { hidden: true },
    el("p", {}, boot.has_lists ? say.disconnectMore : say.disconnectPersonMore(boot.title)),
    el("p.answers", {}, button(say.disconnectYes, () => attempt(error, async () => {
      await call("DELETE", "")
      store.remove(RESOURCE)
      showConnecting(say.disconnected)
    }))),
  )
  return el(
    "section.group",
    {},
    el("p", {}, isKnown ? say.connected(boot.has_lists ? name || boot.title : boot.title) : say.connectedUnknown),
    el("p.small", {}, stateOf(connection), " ", say.since(new Date(since * 1000).toLocaleDateString(language, { dateStyle: "long" }))),
    scopes.length > 0 && el("p.small", {}, say.scopes(scopes.join(", "))),
    el("p.answers", {}, ask),
    sure,
    error,
  )
}

// -- coming in --

async function begin() {
  const handover = takeFragment()
  if (handover) {
    try {
      organizer.keep((await call("POST", "/session", { handover })).token)
    } catch (failure) {
      return showConnecting(failure.message)
    }
  }
  return organizer.isConnected() ? open() : showConnecting()
}

await begin()
