/**
 * The page of whoever added the app to a platform: what is connected, keys for signed links, and the end of it all. At an
 * event platform (boot.has_lists) also: connect the organization, give an event a wall, and hand out its addresses. The
 * token that stands for the connection is kept for as long as this tab is open.
 */
import { below } from "./page/below.js"
import { takeFragment } from "./live/address.js"
import { ApiError } from "./live/api.js"
import { createHosting } from "./live/hosting.js"
import { createStore } from "./live/store.js"
import { copyButton, invitation, linkRow } from "./ui/kit/copy.js"
import { boot as readBoot, byId, el, renew, showError } from "./ui/kit/dom.js"
import { textField } from "./ui/kit/form.js"
import { offerLanguages } from "./ui/kit/picker.js"
import { createSigning } from "./ui/desk/signing.js"
import { createTargets, giveOwn } from "./ui/desk/targets.js"
import { language } from "./words/languages.js"
import { words } from "./words/desk.js"

const LOOK_EVERY = 5000 // milliseconds
const MINUTE = 60 // seconds
const BUSY = new Set(["unavailable", "timeout", "garbage"])
const LONGEST_KEY = 500
const LONGEST_SESSION = 60

const boot = readBoot()
const page = byId("organize")
const say = words.organize
const store = createStore()
const RESOURCE = `${boot.platform}:resource`
const TOKEN = `mosaic:${boot.platform}:organizer`
let token = kept()
let timer = 0

offerLanguages()
const title = boot.has_lists ? say.title(boot.title) : say.connectionTitle(boot.title)
document.title = title

// -- calls --

function kept() {
  try {
    return sessionStorage.getItem(TOKEN)
  } catch {
    return null // kept in memory only
  }
}

function keep(next) {
  token = next
  try {
    if (next) sessionStorage.setItem(TOKEN, next)
    else sessionStorage.removeItem(TOKEN)
  } catch {
    // This browser keeps nothing: a reload asks to connect again.
  }
}

/** One call. What comes late, about a connection that is no more, is nothing to anybody. */
async function call(method, path, body) {
  const asked = token
  const headers = { "Accept-Language": language, ...(token && { Authorization: `Bearer ${token}` }) }
  if (body) headers["Content-Type"] = "application/json"
  const response = await fetch(below(`${boot.organize}${path}`), { method, headers, body: body && JSON.stringify(body), cache: "no-store" }).catch(() => null)
  const answer = await response?.json().catch(() => null)
  if (response?.ok && answer) return answer
  const { code = "network", message = words.notStarted, field = null } = answer?.error ?? {}
  if (response?.status === 401 && asked !== token) throw new ApiError(0, "aborted", message)
  throw new ApiError(response?.status ?? 0, code, message, field)
}

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
  keep(null)
  if (!boot.has_lists) return showWayBack(told)
  const resource = store.get(RESOURCE)
  const again = boot.install && resource && `${boot.install}?${new URLSearchParams({ [boot.resource_parameter]: resource })}`
  const error = errorLine()
  const key = textField({ label: say.keyTitle, hint: say.keyMore, needed: say.keyNeeded, longest: LONGEST_KEY })
  const submit = (event) => {
    event.preventDefault()
    if (!key.check()) return key.focus()
    attempt(error, async () => {
      keep((await call("POST", "/key", { key: key.value })).token)
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
  const list = createWalls(walls, (some) => (mine.hidden = !some))
  page.replaceChildren(
    el("h1", { tabindex: "-1" }, title),
    el("p.lead", {}, say.lead),
    createConnection(state.connection),
    mine,
    createChoice({ onLed: (led) => list.add(led) }),
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

// -- giving an event a wall --

let made = 0

function choice(name, items, onChange) {
  const row = ({ id, name: text, begins }, index) => {
    const day = begins && new Date(begins)
    const when = day && !Number.isNaN(day.getTime()) ? ` · ${day.toLocaleDateString(language)}` : ""
    return el(
      "label.choice-row",
      {},
      el("input", { type: "radio", name, value: id, checked: items.length === 1 && index === 0, on: { change: () => onChange?.(id) } }),
      el("span", { dir: "auto" }, text || id, el("span.small", {}, when)),
    )
  }
  return items.map(row)
}

function createChoice({ onLed }) {
  const error = errorLine()
  const organizations = el("fieldset.group", { hidden: true }, el("legend", {}, say.organization))
  const rows = el("div.choice-rows")
  const more = el("button.button", { type: "button", hidden: true, on: { click: () => attempt(error, () => list(following)) } }, say.moreEvents)
  const events = el("fieldset.group", {}, el("legend", {}, say.event), rows, more)
  const name = textField({ label: say.wallName, needed: words.needEventName })
  const code = textField({ label: say.hostCode, hint: say.hostCodeMore, longest: 20 })
  const pictures = createTargets({ targets: JSON.parse(byId("targets").textContent), maxBytes: boot.max_bytes })
  const send = el("button.button.main.wide", { type: "submit" }, words.create)
  const form = el(
    "form.group",
    { novalidate: true, on: { submit } },
    el("h2", {}, say.chooseTitle),
    organizations,
    events,
    name.element,
    pictures.element,
    code.element,
    error,
    send,
  )
  const names = new Map()
  let tenant = null
  let following = ""
  code.element.addEventListener("input", () => {
    send.textContent = code.value ? say.attach : words.create
    name.element.hidden = pictures.element.hidden = Boolean(code.value)
  })
  attempt(error, begin)
  return form

  async function begin() {
    const found = await call("GET", "/tenants")
    organizations.hidden = found.items.length < 2
    organizations.append(...choice(`organization-${++made}`, found.items, (id) => attempt(error, () => choose(id))))
    if (found.items.length) await choose(found.items[0].id)
    const first = organizations.querySelector("input")
    if (first) first.checked = true
  }

  async function choose(id) {
    tenant = id
    rows.replaceChildren()
    await list("")
  }

  async function list(at) {
    const query = new URLSearchParams({ tenant, ...(at && { page: at }) })
    const found = await call("GET", `/gatherings?${query}`)
    for (const each of found.items) names.set(each.id, each.name)
    rows.append(...choice("gathering", found.items, suggest))
    following = found.next
    more.hidden = !following
    if (!rows.children.length) rows.append(el("p.small", {}, say.noEvents))
    const only = rows.querySelector("input:checked")
    if (only) suggest(only.value)
  }

  function suggest(id) {
    if (!name.touched || !name.value) name.value = (names.get(id) ?? "").slice(0, 80)
  }

  async function submit(event) {
    event.preventDefault()
    const gathering = form.elements.gathering?.value
    if (!gathering) return showError(error, null, say.needEvent)
    if (!code.value && !name.check()) return name.focus()
    send.disabled = true
    const { target, target_name } = await pictures.fields()
    const led = await attempt(error, () => call("POST", "/walls", {
      tenant,
      gathering,
      gathering_name: names.get(gathering) ?? "",
      ...(code.value ? { host_code: code.value } : { name: name.value, target_name }),
    }))
    send.disabled = false
    if (!led) return null
    if (led.desk_url && target) await attempt(error, () => giveOwn(led.desk_url, target))
    if (led.desk_url) {
      const key = decodeURIComponent(new URL(led.desk_url, location.href).hash.slice(1))
      createHosting().remember({ code: led.wall.event.code, name: led.wall.event.name, key })
    }
    for (const each of rows.querySelectorAll("input")) each.checked = false
    name.value = code.value = ""
    send.textContent = words.create
    name.element.hidden = pictures.element.hidden = false
    return onLed(led)
  }
}

// -- the walls --

function createWalls(element, onNumber) {
  const known = new Map() // id -> {element, show(wall)}

  function card(wall) {
    if (!known.has(wall.id)) known.set(wall.id, createWall(wall, () => forget(wall.id)))
    known.get(wall.id).show(wall)
    return known.get(wall.id).element
  }

  function forget(id) {
    known.get(id).element.remove()
    known.delete(id)
    onNumber(known.size)
  }

  return {
    show(walls) {
      for (const each of walls) if (!known.has(each.id)) element.append(card(each))
      for (const each of walls) known.get(each.id).show(each)
      onNumber(known.size)
    },
    add({ wall, desk_url: deskUrl }) {
      const shown = card(wall)
      element.prepend(shown)
      onNumber(known.size)
      known.get(wall.id).greet(deskUrl)
    },
  }
}

function createWall(wall, onGone) {
  const { name, code } = wall.event
  const error = errorLine()
  const status = el("p", { role: "status" })
  const secret = el("div.secret", { hidden: true })
  const session = textField({ label: say.session, hint: say.sessionMore, longest: LONGEST_SESSION })
  const sessionLink = el("div")
  session.element.addEventListener("input", () => {
    const address = new URL(wall.embed_url)
    address.searchParams.set("session", session.value)
    sessionLink.replaceChildren(...(session.value ? [linkRow(say.sessionLink, address.href)] : []))
  })
  const text = say.invitationText(name, wall.join_url, code)
  const frames = textField({ label: say.frames, hint: say.framesMore, value: wall.frames.join(" "), longest: 500 })
  const save = button(say.save, () => attempt(error, async () => {
    await call("POST", `/walls/${wall.id}/frames`, { frames: frames.value })
    save.textContent = say.saved
    setTimeout(() => (save.textContent = say.save), 2000)
  }))
  const read = button(say.readNow, () => attempt(error, () => call("POST", `/walls/${wall.id}/read`, {})))
  const stop = button(say.stop, () => attempt(error, async () => {
    await call("DELETE", `/walls/${wall.id}`)
    onGone()
  }))
  const element = el(
    "section.group.organized",
    { dataset: { code } },
    el("h3", { dir: "auto", tabindex: "-1" }, wall.name || name),
    status,
    secret,
    el("div.links", {}, linkRow(say.embed, wall.embed_url), linkRow(words.stageLink, wall.stage_url)),
    session.element,
    sessionLink,
    el("div.link-row", {}, el("div", {}, el("span.small", {}, say.invitation), el("span.invitation", { dir: "auto" }, text)), copyButton(text, say.invitation)),
    el("p.small", {}, say.mails),
    el("div.handout", {}, invitation(code, wall.qr_url), el("div.links", {}, linkRow(words.joinLink, wall.join_url))),
    frames.element,
    el("p.answers", {}, save),
    el("p.answers", {}, read, stop),
    el("p.small", {}, say.stopMore),
    error,
  )

  return {
    element,
    show(now) {
      const told = statusOf(now)
      if (status.textContent !== told) renew(status, told)
    },
    greet(deskUrl) {
      if (deskUrl) {
        secret.replaceChildren(el("p", {}, words.hostSecret), linkRow(words.hostLink, deskUrl))
        secret.hidden = false
      }
      element.querySelector("h3").focus()
    },
  }
}

function statusOf({ state, trouble, expected, came, read_seconds_ago: ago }) {
  const numbers = expected || came ? [say.expected(expected), came ? say.came(came) : ""] : []
  const minutes = Math.floor((ago ?? 0) / MINUTE)
  const reading = {
    ok: minutes ? say.readAgo(minutes) : say.readJustNow,
    reading: say.reading,
    waiting: say.waiting,
    trouble: say.trouble[BUSY.has(trouble) ? "busy" : trouble] ?? say.trouble.refused,
  }[state]
  return [...numbers, reading].filter(Boolean).join(" ")
}

// -- coming in --

async function begin() {
  const handover = takeFragment()
  if (handover) {
    try {
      keep((await call("POST", "/session", { handover })).token)
    } catch (failure) {
      return showConnecting(failure.message)
    }
  }
  return token ? open() : showConnecting()
}

await begin()
