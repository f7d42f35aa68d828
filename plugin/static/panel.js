/** The panel: the wall, and what a person does with it. Puts the parts together; each part is a module of its own. */
import { createApi } from "./live/api.js"
import { takeFragment } from "./live/address.js"
import { createDevice } from "./live/device.js"
import { createFeed } from "./live/feed.js"
import { inOrder } from "./live/in_order.js"
import { choosePlatform } from "./live/platform.js"
import { createMeans } from "./live/means.js"
import { createLaterProof } from "./live/prove_later.js"
import { createReach } from "./live/reach.js"
import { createStore } from "./live/store.js"
import { createAdding } from "./ui/mine/add.js"
import { createBrand } from "./ui/kit/brand.js"
import { createAnnouncer } from "./ui/kit/announce.js"
import { boot as readBoot, byId, el } from "./ui/kit/dom.js"
import { pictureIn } from "./ui/kit/files.js"
import { followLanguage } from "./ui/kit/speaking.js"
import { showGlow } from "./ui/kit/glow.js"
import { lazily } from "./ui/kit/lazy.js"
import { createKnowing } from "./ui/mine/knowing.js"
import { createMap } from "./ui/kit/map.js"
import { closeSheets } from "./ui/kit/sheet.js"
import { below } from "./page/below.js"
import { createHand } from "./ui/desk/hand.js"
import { createMe } from "./ui/mine/me.js"
import { createBar, createMyself } from "./ui/mine/mine.js"
import { trouble } from "./ui/mine/trouble.js"
import { createFinale } from "./ui/together/finale.js"
import { createHereNow } from "./ui/together/here.js"
import { createLobby } from "./ui/together/lobby.js"
import { createPeople } from "./ui/together/people.js"
import { createPhotoSheet } from "./ui/together/photo.js"
import { neighbour } from "./ui/together/stroll.js"
import { createTogether } from "./ui/together/together.js"
import { createWandered } from "./ui/together/wandered.js"
import { speak } from "./words/languages.js"
import { words } from "./words/panel.js"
import { createGrid } from "./wall/grid.js"
import { createGlow } from "./wall/here.js"
import { createPhotos } from "./wall/photos.js"
import { createThreads } from "./wall/threads.js"
import { createWallState } from "./wall/state.js"
import { createWall } from "./wall/view.js"
import { createWander } from "./wall/wander.js"

speak()
let isOpen = false
let saidLater = "" // what happened while the panel was still opening
let firstAsk = 0
const boot = readBoot()
const platform = await choosePlatform(boot)
const device = createDevice(createStore(), () => boot.code ?? platform.knownCode)
const means = createMeans({ platform, boot, store: createStore(), takeFragment })
const api = inOrder(createApi({ join: async () => device.with(await means.joinBody()), onJoined: joined, mayJoinAgain: wasDisconnected }))
const laterProof = createLaterProof({ prove: () => api.join().then(() => myself.refresh()) })
// Inside a meeting client there may be no wall yet, or no client.
const hasJoined = Boolean(platform.arrives)
if (hasJoined) await (await import("./ui/client/arrive.js")).arrive({ boot, platform, api, device })
const createClientParts = platform.pin ? (await import("./ui/client/client.js")).createClientParts : null
// From here on nothing waits until every part is there: what has happened by then, a part may ask another about.
const wall = createWallState()
const photos = createPhotos({ api })
const feed = createFeed({ api, wall, photos })
const reach = createReach({ api, feed, onChange: onReach })
const myself = createMyself({ api })
const announcer = createAnnouncer(byId("live"))

function joined(answer) {
  platform.remember(answer)
  laterProof.note(answer)
  if (saidLater && isOpen) goOnAsGuest()
  if (device.note(answer)) setTimeout(() => api.join().catch(() => {})) // once this one is over; it is told at the next join otherwise
}

/** Somebody closed this way in: what it kept is of no more use, and whoever is here goes on as a guest. */
function wasDisconnected({ code }) {
  if (code !== "disconnected") return false
  means.drop()
  platform.forget()
  saidLater = words.disconnected
  return true
}

/** What is open goes with whoever was here. Told once nothing of theirs is left. */
async function goOnAsGuest() {
  closeSheets()
  await beginAnew()
  sayLater()
}

/** The stream and the draft go with whoever was here. Settles once it is known who this is. */
async function beginAnew() {
  feed.stop()
  feed.start()
  adding.forget()
  await myself.refresh().catch(() => {})
}

function sayLater() {
  if (saidLater) flash(saidLater)
  saidLater = ""
}

const FLASH = 6000 // milliseconds
const STREAM_STANDS = 500 // by then, mostly
const room = byId("room")
const nextButton = byId("next")
const places = { wall: byId("place-wall"), people: byId("place-people"), hellos: byId("place-hellos") }

// -- the event's own look --

const brand = createBrand({ onColours: () => view.setTheme({ accent: accentNow() }) })
byId("event").before(brand.element)
brand.show(boot)

// -- the wall --

const canvas = el("canvas", { "aria-hidden": "true" })
const twin = el("div")
byId("wall").append(canvas, twin)
const accentNow = () => getComputedStyle(document.documentElement).getPropertyValue("--accent").trim()
const threads = createThreads()
const presence = createGlow()
const view = createWall(canvas, {
  wall,
  photos,
  theme: { accent: accentNow() },
  threads,
  presence,
  onOpen: openFromWall,
  onViewChange: () => map.follow(),
  onTouch: () => wander.rest(),
  revealAt: () => together.facts.revealAt,
  onUnveiled: () => finale.unveiled(),
  refresh: () => feed.refresh(),
})
const wander = createWander({
  wall,
  view,
  isFree: () => !document.hidden && !places.wall.hidden && !document.querySelector("dialog[open]") && !twin.contains(document.activeElement),
  reducedMotion: () => matchMedia("(prefers-reduced-motion: reduce)").matches,
  onShown: (id) => wandered.note(id),
})
const wandered = createWandered({ api, here: () => together.facts.here })
const map = createMap({ wall, view, label: words.wholePicture })
byId("wall").append(map.element)
const grid = createGrid(twin, { wall, photos, view, onOpen: openFromWall, labels: words.grid, isMine: myself.isMine })

const photoSheet = createPhotoSheet({
  api,
  wall,
  photos,
  view,
  isMine: myself.isMine,
  isHere: (id) => hereNow.photos.includes(id),
  onOpened: (id, how) => together.noteOpened(id, how),
  onClosed: backToPeople,
  backTo: () => grid.focus(),
  onMoved: (element) => requestAnimationFrame(() => view.setInset(covered(element))),
  meet: {
    hello: (photo) => together.hello(photo),
    helloWith: (id) => together.helloWith(id),
    talk: (hello) => together.talk(hello),
    stroll: () => together.stroll(),
    nextDoor: (id) => together.nextDoor(id),
    safety: (photo) => together.safety(photo),
  },
})

/** How much of the wall a sheet covers, so that what is shown is shown in the rest. Its layout counts, not its motion. */
function covered(element) {
  const inset = { top: 0, right: 0, bottom: 0, left: 0 }
  if (!element) return inset
  const all = canvas.getBoundingClientRect()
  const { offsetTop: top, offsetLeft: left, offsetWidth: width } = element
  if (width > all.width * 0.8) inset.bottom = Math.max(0, all.bottom - top)
  else if (left > all.left + all.width / 2) inset.right = Math.max(0, all.right - left)
  else inset.left = Math.max(0, left + width - all.left)
  return inset
}

/** In reading order of the wall: what lies beside it comes next. */
const byCell = () => [...wall.homes].sort((a, b) => a[1] - b[1]).map(([id]) => id)
const walkAlong = (list) => ({ next: (id) => neighbour(list(), id, 1), previous: (id) => neighbour(list(), id, -1) })

function openFromWall(id, cell) {
  stayWithWall()
  photoSheet.open(id, { cell, ...walkAlong(byCell) })
}

const others = () => wall.count - (myself.placed ? 1 : 0)

// The space bar strolls, wherever it has nothing else to do; also for those who only watch so far.
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || event.defaultPrevented || event.target !== document.body || others() < 1) return
  event.preventDefault()
  together.stroll()
})

// -- my photo --

const adding = createAdding({ api, platform, boot, me: myself, reach, onSending, onIsMe: () => knowing.open() })
const bar = createBar(byId("mine-now"), { api, myself, onShow: showMine })
const knowing = createKnowing({ api, me: myself, means, onKnown: become, say: flash })
const meSheet = createMe({
  api,
  me: myself,
  knowing,
  boot,
  wall,
  onShow: showMine,
  platform,
  onAdd: () => adding.open({}),
  onChangePhoto: () => adding.open({ change: true }),
})

let sending = false

async function onSending({ picture, done, error, ...going }) {
  sending = !done && !error
  if (error) return bar.settle()
  bar.sending(going)
  showNext()
  if (!done) return
  myself.keepPreview(done.photo.id, going)
  const start = bar.picture
  if (start) view.launchFrom(done.photo.id, start.getBoundingClientRect(), picture)
  await myself.refresh().catch(() => {})
}

function showMine(photo) {
  goTo("wall")
  view.showPhoto(photo.id)
}

function onMe() {
  if (!sending) bar.settle()
  const face = myself.face()
  byId("me-face").replaceChildren(...(face ? [face] : []))
  view.ring(myself.placed?.id ?? null)
  if (wall.ready) lobby.follow()
  const photo = myself.photo
  people.follow()
  if (photo?.state === "refused") adding.refused(photo.refusal?.message ?? words.state.refused, photo.story)
  else adding.refused(null, "")
  showNext()
  showNotice()
}

// -- what comes next --

function showNext() {
  const photo = myself.photo
  const canAdd = wall.ready && wall.state === "open" && wall.allows.photos && !sending && (!photo || photo.state === "refused")
  const canLine = !canAdd && wall.allows.lines && together.facts.phase?.name === "line" && Boolean(myself.placed) && !together.inLine
  const canKeep = !canAdd && Boolean(myself.placed) && finale.isDone && String(finale.id) !== kept
  nextButton.hidden = !canAdd && !canKeep && !canLine && others() < 1
  nextButton.textContent = canAdd ? (photo ? words.another : words.add) : canKeep ? words.keepsake.take : canLine ? words.getInLine : words.stroll
  nextButton.dataset.does = canAdd ? "add" : canKeep ? "keep" : canLine ? "line" : "stroll"
}

const takingPart = lazily(() => import("./ui/mine/taking.js"))
const KEPT = `kept:${boot.code ?? platform.knownCode}`
let kept = createStore().get(KEPT) // the reveal whose keepsake was taken

async function takeKeepsake() {
  const { openTaking } = await takingPart()
  kept = String(finale.id)
  createStore().set(KEPT, kept)
  openTaking({ api, me: myself, onClose: showNext })
}

nextButton.addEventListener("click", async () => {
  if (nextButton.dataset.does === "line") return together.getInLine()
  if (nextButton.dataset.does === "keep") return takeKeepsake().catch((error) => flash(error.message))
  if (nextButton.dataset.does !== "add") return together.stroll()
  await myself.known()
  adding.open({})
})

// -- places --

/** The breakout room, as the client or the link of the room said it last. */
const ownRoom = () => myself.now.attendee.room ?? platform.meeting?.room

const people = createPeople(places.people, {
  api,
  wall,
  onOpen: openFromPeople,
  inRoom: () => Boolean(ownRoom()),
  hostsRoom: () => Boolean(ownRoom()) && !["attendee", undefined].includes(myself.now.attendee.role),
  onShowRoom: () => showRoom().catch((error) => flash(error.message)),
  onRoomBreak: () => roomBreakPart().then(({ openRoomBreak }) => openRoomBreak({ api })).catch((error) => flash(error.message)),
})

const roomBreakPart = lazily(() => import("./ui/desk/roombreak.js"))

const cornerPart = lazily(() => import("./ui/together/corner.js"))
let endCorner = null

/** Our corner of the wall: those of one's own breakout room. */
async function showRoom() {
  const { showCorner } = await cornerPart()
  endCorner?.()
  goTo("wall")
  endCorner = await showCorner({ api, view, element: places.wall, onEnd: () => (endCorner = null) })
}

let shownPlace = "wall"

function goTo(place) {
  for (const name of Object.keys(places)) {
    if (name === place) byId(`go-${name}`).setAttribute("aria-current", "page")
    else byId(`go-${name}`).removeAttribute("aria-current")
  }
  uncover(place)
  if (place === "people") people.show()
  if (place === "hellos") together.showHellos()
  shownPlace = place
}

function uncover(place) {
  for (const [name, element] of Object.entries(places)) element.hidden = name !== place
}

/** In a narrow window the list gives way to the wall while one of its people is looked at. */
let cameFrom = null

function openFromPeople(id, list) {
  if (!matchMedia("(min-width: 48rem)").matches) {
    cameFrom = id
    uncover("wall")
  }
  photoSheet.open(id, { how: "people", ...walkAlong(() => list) })
}

function backToPeople() {
  if (cameFrom === null) return
  uncover("people")
  people.focusOn(cameFrom)
  cameFrom = null
}

/** The wall was touched instead: stay with it. */
function stayWithWall() {
  if (cameFrom === null) return
  cameFrom = null
  goTo("wall")
}

byId("go-wall").addEventListener("click", () => {
  cameFrom = null
  photoSheet.close()
  goTo("wall")
})
byId("go-people").addEventListener("click", () => {
  photoSheet.close()
  goTo("people")
  people.focus()
})
byId("go-hellos").addEventListener("click", () => {
  photoSheet.close()
  goTo("hellos")
})
byId("go-me").addEventListener("click", async () => {
  photoSheet.close()
  await myself.known()
  meSheet.open()
})

// -- how things stand --

/** My photo was taken in and has no cell yet, for no other reason than that it is not its turn. */
let passing = "" // words that stay for a moment
let passingTimer = 0
function flash(text) {
  passing = text
  clearTimeout(passingTimer)
  passingTimer = setTimeout(() => flash(""), FLASH)
  showNotice()
}

function onReach(now) {
  if (!isOpen) return
  showNotice()
  if (now) return
  myself.refresh().catch(() => {})
  people.retry()
}

/** Asked before the stream stands, the answer could lack what nobody tells later: so the stream asks for it, unless it takes its time. */
function askForMyself() {
  clearTimeout(firstAsk)
  myself.refresh().catch(() => {})
}

const isWaiting = () => ["received", "prepared"].includes(myself.photo?.state)

function showNotice() {
  const text = passing
    ? passing
    : wall.ready && reach.now
    ? words.noAnswer[reach.now]
    : wall.state === "closed"
      ? words.ended
      : !wall.allows.photos && !myself.placed
      ? words.noPhotosNow
      : wall.delayed
        ? isWaiting()
          ? "" // the line about my photo says it
          : words.delayed
        : ""
  const notice = byId("notice")
  notice.hidden = !text
  if (notice.textContent !== text) notice.textContent = text
}

function showWall({ landed = [], count = wall.count }) {
  room.dataset.state = "ready"
  byId("loader").hidden = true
  byId("count").hidden = !count
  byId("count").textContent = words.photos(count)
  followEvent()
  showGlow(places.wall, wall)
  lobby.follow()
  announcer.landed(landed.filter((id) => !myself.isMine(id)).length)
  showNext()
  showNotice()
}

/** The host may change what the event is called, asks and says, while people are here. */
function followEvent() {
  for (const [what, told] of Object.entries(wall.about)) if (told !== null) boot[what] = told
  byId("event").textContent = boot.name
  brand.show(boot)
  adding.follow()
}

function showFailure(error, goOn = words.tryAgain) {
  if (wall.ready) return false
  const loader = byId("loader")
  const again = el("button.button", { type: "button", on: { click: () => start().then(feed.refresh) } }, goOn)
  loader.classList.add("failed")
  loader.replaceChildren(el("p", {}, el("b", {}, words.cannotOpen)), el("p", {}, error.message), again)
  return false
}

wall.subscribe(showWall)
followLanguage({ wall, isFree: () => !sending && !document.querySelector("dialog[open]") && !document.activeElement?.matches("input, textarea") })
feed.on("status", () => {
  if (wall.ready) showWall({})
  if (isWaiting()) myself.refresh().catch(() => {})
})
feed.on("me", askForMyself)
feed.on("error", showFailure)
myself.subscribe(onMe)

// -- the meeting client --

if (createClientParts) {
  byId("event").parentElement.append(...createClientParts({ api, boot, platform, myself, onChange: () => adding.refresh(), onRole: (isHost) => flash(isHost ? words.hostNow : words.hostNoMore) }))
}

// -- the host's part --

const hand = createHand({ api, code: boot.code, maxBytes: boot.max_bytes, platform, myself, say: flash })
byId("count").after(hand.button)

const together = createTogether({
  api,
  reach,
  boot,
  feed,
  wall,
  photos,
  myself,
  platform,
  threads,
  say: announcer.say,
  place: () => shownPlace,
  photoSheet: () => photoSheet,
  goTo,
  onAdd: async () => {
    await myself.known()
    adding.open({})
  },
  onChanged: { next: showNext, notice: flash, gone: (id) => people.drop(id), back: () => places.people.hidden || people.show() },
})

const hereNow = createHereNow({ api, facts: together.facts })
hereNow.subscribe(() => {
  presence.set(hereNow.photos)
  photoSheet.follow()
})
const lobby = createLobby(places.wall, {
  wall,
  facts: together.facts,
  hereNow,
  hasPhoto: () => Boolean(myself.placed),
  isGuest: () => myself.isGuest,
  others,
  link: platform.openingUrl ?? new URL(below(`/e/${boot.code}`), boot.base_url ?? location.href).href,
})

const finale = createFinale(byId("finale"), {
  facts: together.facts,
  wall,
  say: announcer.say,
  onSoon: () => shownPlace === "wall" && !document.querySelector("dialog[open]") && view.fit(),
  onChange: showNext,
})

// A picture dropped or pasted anywhere is meant for the wall.
document.addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault())
document.addEventListener("drop", (event) => {
  if (event.defaultPrevented || !event.dataTransfer.types.includes("Files")) return
  event.preventDefault()
  offer(event.dataTransfer)
})
document.addEventListener("paste", (event) => offer(event.clipboardData))

function offer(transfer) {
  const file = pictureIn(transfer)
  if (file && wall.ready && wall.state === "open") adding.open({ file, change: Boolean(myself.placed) })
}

/** This panel is somebody's from now on, or somebody else's than before: everything that is only theirs is asked for. */
async function become(answer) {
  means.drop()
  api.accept(answer)
  await beginAnew()
}

/** A key that the service does not take any more must not keep anybody out. False where the person has to say how to go on. */
async function enter() {
  try {
    await api.join()
  } catch (error) {
    if (means.isAbout(error)) return showLinkTrouble(error)
    if (![400, 401, 403, 410, 422].includes(error.status)) return true // the feed goes on trying, and says so
    platform.forget()
    // A code for the phone that is spent: whoever has been here before comes back, the others are told.
    if (error.status === 410 && !(await platform.joinBody()).return_key) return showFailure(error, words.phone.goOn)
    await api.join().catch(() => {})
  }
  return true
}

/** The link leads nowhere, or not now. False, for whoever it is has to choose how to go on. */
function showLinkTrouble(error) {
  const begin = () => start().then(feed.refresh)
  const asGuest = () => {
    means.drop()
    return begin()
  }
  const loader = byId("loader")
  loader.classList.add("failed")
  loader.replaceChildren(...trouble(error, { onAgain: begin, onGuest: asGuest, onIsMe: () => asGuest().then(knowing.open) }))
  return false
}

for (const button of document.querySelectorAll(".nav button")) button.disabled = false

async function start() {
  if (!hasJoined && !(await enter())) return
  feed.start()
  firstAsk = setTimeout(askForMyself, STREAM_STANDS)
  isOpen = true
  hereNow.start()
  sayLater()
  const scanned = means.screen
  if (scanned) knowing.confirm(scanned)
}

await start()
