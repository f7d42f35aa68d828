/** The host's desk: what matters now, and nothing hidden. */
import { createApi } from "./live/api.js"
import { createFeed } from "./live/feed.js"
import { createEntry } from "./live/desk_window.js"
import { inOrder } from "./live/in_order.js"
import { invitation, linkRow } from "./ui/kit/copy.js"
import { boot as readBoot, byId, el } from "./ui/kit/dom.js"
import { offerLanguages } from "./ui/kit/picker.js"
import { lazily } from "./ui/kit/lazy.js"
import { afterPress } from "./ui/kit/press.js"
import { createAbout } from "./ui/desk/about.js"
import { createAgenda } from "./ui/desk/agenda.js"
import { createRules } from "./ui/desk/rules.js"
import { createStopping } from "./ui/desk/stopping.js"
import { createLook } from "./ui/desk/brand.js"
import { createAllow } from "./ui/desk/allow.js"
import { createGoing } from "./ui/desk/going.js"
import { createPrints } from "./ui/desk/prints.js"
import { createReveal } from "./ui/desk/reveal.js"
import { createHosts } from "./ui/desk/hosts.js"
import { createLinks } from "./ui/desk/links.js"
import { createStageSwitch } from "./ui/desk/stage.js"
import { createMaking } from "./ui/desk/picture.js"
import { createSigning } from "./ui/desk/signing.js"
import { words } from "./words/desk.js"
import { createFacts } from "./ui/together/facts.js"
import { createDeciding } from "./ui/desk/deciding.js"
import { createUndo } from "./ui/desk/undo.js"
import { createPhotos } from "./wall/photos.js"
import { createWallState } from "./wall/state.js"
import { createWall } from "./wall/view.js"

const LOOK_EVERY = 2500 // milliseconds
const LOOK_HIDDEN = 15 * 1000 // while nobody sees the page

const boot = readBoot()
const entry = createEntry({ code: boot.code })
const { hostKey } = entry
let role = "host"
const api = inOrder(createApi({ join: entry.joinBody, onJoined: (answer) => {
  entry.note(answer)
  role = answer.attendee.role
} }))

const desk = byId("desk")
const status = byId("desk-status")
const heading = desk.querySelector("h1")
const state = el("p.small", { role: "status" })
const ending = el("div.answers")
const side = el("aside.desk-side", { "aria-label": words.inviteTitle })
const undo = createUndo({ api, look: lookAgain })
const waiting = createDeciding({ api, undo, look: async () => look() })
const making = createMaking({ api, maxBytes: boot.max_bytes })
const stage = createStageSwitch({ tell: (isPublic) => api.post("/api/host/stage", { public: isPublic }) })
const hosts = createHosts({ api })
const about = createAbout({ api, onChange: ({ name }) => (heading.textContent = name) })
const allow = createAllow({ api })
const agenda = createAgenda({ api })
const stopping = createStopping({ api })
const rules = createRules({ api })
const ownLook = createLook({ api, maxBytes: boot.max_bytes })
const links = createLinks({ api })
const going = createGoing({ api })
const signing = createSigning({
  call: (method, body) => (method === "POST" ? api.post("/api/host/signing-key", body) : api.remove("/api/host/signing-key")),
})
const reveal = createReveal({ api, fail: (message) => (status.textContent = message) })
let timer = 0
let looking = null
const deskPart = lazily(() => import("./ui/desk/desk.js"))
let people = null // the desk's part about people, loaded beside the rest

offerLanguages()
let shown = null // the state that the buttons show

if (entry.isKnown) look()
else refuse()

/** What was taken back is to be seen at once. */
async function lookAgain() {
  waiting.expect()
  await lookOnce()
}

/** One at a time, however many reasons there are to look. */
function look() {
  looking ??= lookOnce().finally(() => (looking = null))
}

async function lookOnce() {
  clearTimeout(timer)
  try {
    show(await api.get("/api/host", { cache: "no-store" }))
    if (status.textContent) status.textContent = ""
    lookAtPeople().catch(() => {}) // the next look is soon
    hosts.look().catch(() => {})
    links.look().catch(() => {})
    going.look().catch(() => {})
  } catch (error) {
    if ([401, 403, 404, 410].includes(error.status)) return refuse()
    status.textContent = words.deskLost
  }
  timer = setTimeout(look, document.hidden ? LOOK_HIDDEN : LOOK_EVERY)
}
document.addEventListener("visibilitychange", () => document.hidden || (entry.isKnown && look()))

function refuse() {
  desk.replaceChildren(
    heading,
    el("p.lead", {}, words.notHost),
    el("p.answers", {}, el("a.button.main", { href: `/e/${boot.code}` }, words.openWall), el("a.button", { href: "/start" }, words.startOther)),
  )
}

function show(answer) {
  if (desk.dataset.state === "loading") build(answer)
  going.show(answer)
  reveal.show({ ...answer.event, placed: answer.counts.placed ?? 0 })
  showState(answer.event.state)
  stage.show(answer.event.stage_public)
  about.show(answer.event)
  agenda.show(answer.agenda)
  ownLook.show(answer)
  rules.show(answer)
  stopping.show(answer.event)
  allow.show(answer.event)
  heading.textContent = answer.event.name
  waiting.show(answer.waiting, answer.event.reviewed)
  making.show(answer.picture)
}

function build({ join_url, stage_url, qr_url, desk_url }) {
  desk.dataset.state = "ready"
  side.append(
    el("h2", {}, words.inviteTitle),
    invitation(boot.code, qr_url),
    el("div.links", {}, linkRow(words.joinLink, join_url), linkRow(words.stageLink, stage_url)),
    agenda.element,
    about.element,
    ownLook.element,
    allow.element,
    rules.element,
    stage.element,
    hosts.element,
    links.element,
    ...(role === "host" ? [signing.element] : []), // it is a host's alone to give
    ...(hostKey ? [el("div.secret", {}, el("p.small", {}, words.hostSecret), linkRow(words.deskLink, `${desk_url}#${hostKey}`))] : []),
  )
  if (role === "host") api.get("/api/host/signing-key", { cache: "no-store" }).then(signing.show, () => {})
  document.body.append(undo.bar)
  undo.look().catch(() => {})
  desk.replaceChildren(
    el("div.desk-head", {}, el("div", {}, heading, state), ending),
    status,
    reveal.element,
    going.figures,
    el("div.desk-main", {}, el("div.desk-now", {}, waiting.element, stopping.element, undo.list, wallSection(join_url), going.element, making.element, createPrints({ api }).element), side),
  )
  status.className = "error"
}

async function lookAtPeople() {
  const { createDeskOfPeople } = await deskPart()
  if (!people) {
    people = createDeskOfPeople({ api, undo })
    afterPress(desk, () => {
      desk.querySelector(".desk-now").prepend(people.now)
      side.append(people.side)
    })
  }
  await people.look()
}

/** The wall as everybody sees it, small and live. */
function wallSection(joinUrl) {
  const canvas = el("canvas", { role: "img", "aria-label": words.wallHere })
  const wall = createWallState()
  const photos = createPhotos({ api })
  const feed = createFeed({ api, wall, photos })
  const facts = createFacts({ feed })
  createWall(canvas, { wall, photos, stage: true, revealAt: () => facts.revealAt })
  feed.start()
  wall.subscribe(() => {
    if (wall.ready) canvas.parentElement.style.aspectRatio = `${wall.columns} / ${wall.rows}`
  })
  return el(
    "section.desk-wall",
    {},
    el("div.waiting-head", {}, el("h2", {}, words.wallHere), el("a.small", { href: joinUrl }, words.openWall)),
    el("div.desk-picture", {}, canvas),
  )
}

function showState(now) {
  if (shown === now) return
  shown = now
  state.textContent = now === "open" ? words.openState : words.closedState
  const button = now === "open" ? action(words.closeEvent, ask) : action(words.reopen, () => set("open"))
  ending.replaceChildren(...reveal.buttons, button)
}

const action = (text, run, kind = "") => el("button.button", { type: "button", class: kind, on: { click: run } }, text)

function ask() {
  const keep = action(words.closeNo, () => {
    shown = null
    showState("open")
    ending.querySelector("button:last-child").focus()
  })
  ending.replaceChildren(el("p.small", {}, words.closeAsk), action(words.closeYes, () => set("closed"), "bad"), keep)
  keep.focus()
}

async function set(wanted) {
  try {
    const { decision } = await api.post("/api/host/state", { state: wanted })
    showState(wanted)
    if (decision) undo.offer(words.undoing.kinds.close, [decision])
    ending.querySelector("button:last-child")?.focus()
  } catch (error) {
    status.textContent = error.message
  }
}
