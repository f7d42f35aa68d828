/** The stage: the wall without controls, the newest photo now and then, and the way in for those who only see a screen. */
import { createApi } from "./live/api.js"
import { createFeed } from "./live/feed.js"
import { choosePlatform } from "./live/platform.js"
import { createReach } from "./live/reach.js"
import { withoutScheme } from "./ui/kit/copy.js"
import { boot as readBoot, byId, el } from "./ui/kit/dom.js"
import { createBrand } from "./ui/kit/brand.js"
import { ringBell } from "./ui/kit/bell.js"
import { followLanguage } from "./ui/kit/speaking.js"
import { showGlow } from "./ui/kit/glow.js"
import { createFacts, minutesOf } from "./ui/together/facts.js"
import { createFinale, wordsOf } from "./ui/together/finale.js"
import { words } from "./words/words.js"
import { createPhotos } from "./wall/photos.js"
import { createWallState, thumbAddress } from "./wall/state.js"
import { createWall } from "./wall/view.js"

const SHOWN_FOR = 8 * 1000 // milliseconds: time to read 140 characters from the back
const REST = 4 * 1000 // then the wall alone
const QUIET = 8 * 1000 // until it is asked again whether somebody may come forward
const FLIGHT = 700
const LEAVE = 240 // as in the style sheet
const LONGEST_QUEUE = 12 // in a rush the older ones give way

const boot = readBoot()
// A client shows no page that does not speak to it, and names its colours.
if (boot.paths) choosePlatform(boot)
const api = createApi({ join: () => ({ code: boot.code, stage: true }) })
const wall = createWallState()
const photos = createPhotos({ api })
const feed = createFeed({ api, wall, photos })
const canvas = el("canvas", { "aria-hidden": "true" })
byId("wall").append(canvas)
const accentNow = () => getComputedStyle(document.body).getPropertyValue("--accent").trim()
const facts = createFacts({ feed })
const view = createWall(canvas, {
  wall,
  photos,
  stage: true,
  finely: parent === self, // in a meeting client everybody has a stage of their own, and the overview is enough
  theme: { accent: accentNow() },
  refresh: () => feed.refresh(),
  revealAt: () => facts.revealAt,
  onUnveiled: () => finale.unveiled(),
})
const finale = createFinale(byId("finale"), { facts, wall, onChange: () => wall.ready && show({}) })

const brand = createBrand({ onColours: () => view.setTheme({ accent: accentNow() }) })
document.querySelector(".stage-side").prepend(brand.element)
brand.show(boot)

byId("address").textContent = withoutScheme(boot.base_url ?? location.origin)

// -- the newest photo, now and then --

const place = byId("newest")
const queue = []
let forward = [] // whose turn it is while nothing arrives
let wake = () => {}

async function showForEver() {
  for (;;) {
    const photo = queue.length ? photos.get(queue.pop()) : await nextForward() // the latest first
    if (photo?.story && wall.allows.stage && wall.homeOf(photo.id) !== null) await showOne(photo)
    else if (!queue.length) await quiet()
  }
}

/** Nobody may come forward: it is asked again later, or at once when somebody arrives. */
const quiet = () => Promise.race([pause(QUIET), new Promise((resolve) => (wake = resolve))])

/** Somebody who agreed to be named here; null where there is nobody, or the event has ended. */
async function nextForward() {
  if (document.hidden || !wall.allows.stage || wall.state === "closed" || !wall.count || byId("finale").dataset.beat) return null
  if (!forward.length) forward = (await api.get("/api/forward").catch(() => ({ photos: [] }))).photos
  return forward.shift() ?? null
}

async function showOne(photo) {
  const picture = el("img", { src: thumbAddress(photo.key, 512), alt: "", width: 256, height: 256 })
  await picture.decode().catch(() => {})
  place.replaceChildren(
    picture,
    el("figcaption", {}, el("p.said", { dir: "auto" }, photo.story), el("p.who", { dir: "auto" }, photo.name)),
  )
  place.classList.remove("leaving")
  place.hidden = false
  fly(picture, photo.id, "normal")
  await pause(SHOWN_FOR)
  place.classList.add("leaving")
  fly(picture, photo.id, "reverse")
  await pause(LEAVE)
  place.hidden = true
  await pause(REST)
}

/** The picture comes from its home on the wall, and goes back there. */
function fly(picture, id, direction) {
  const home = wall.homeOf(id)
  if (home === null || matchMedia("(prefers-reduced-motion: reduce)").matches) return
  const from = view.cellRect(home)
  const ground = canvas.getBoundingClientRect()
  const to = picture.getBoundingClientRect()
  const move = `translate(${ground.x + from.x - to.x}px, ${ground.y + from.y - to.y}px) scale(${from.width / to.width})`
  const duration = direction === "normal" ? FLIGHT : LEAVE
  picture.animate([{ transform: move }, { transform: "none" }], { duration, direction, easing: "cubic-bezier(0.2, 0.8, 0.3, 1)" })
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

// -- how things stand --

function show({ type, landed = [], gone = [], count = wall.count }) {
  byId("room").dataset.state = "ready"
  if (type === "snapshot") {
    wake()
    tell("")
  }
  brand.show(wall.about)
  if (wall.name) document.querySelector("h1").textContent = wall.name // the host may change it
  showGlow(byId("room"), wall)
  byId("count").hidden = !count
  byId("count").textContent = finale.isDone ? wordsOf(facts.reveal).join(" · ") : words.photos(count)
  byId("room").classList.toggle("cleared", !wall.allows.stage)
  byId("cleared").hidden = wall.allows.stage
  const ended = wall.state === "closed"
  byId("ended").hidden = !ended
  byId("join").hidden = ended
  if (type === "change") {
    queue.push(...landed)
    queue.splice(0, queue.length - LONGEST_QUEUE)
    if (queue.length) wake()
  }
  for (const id of gone) if (queue.includes(id)) queue.splice(queue.indexOf(id), 1)
  forward = forward.filter(({ id }) => !gone.includes(id))
}

// -- the coffee break --

const told = { phase: el("p.phase"), minutes: el("p.minutes"), todo: el("p.todo") }
byId("break").append(...Object.values(told))

/** What to do now, and how long: readable from the back of the room. */
function showBreak({ type, before } = {}) {
  const phase = facts.phase
  byId("break").hidden = !phase
  if (!phase) return
  const { name, left } = phase
  const minutes = name === "seats" ? "" : name === "soon" ? words.startsIn(minutesOf(left)) : words.minutesLeft(minutesOf(left))
  for (const [part, text] of Object.entries({ phase: words.phases[name], minutes, todo: words.phaseMore[name] })) {
    if (told[part].textContent !== text) told[part].textContent = text // each second is no news
  }
  if (type === "phase" && name === "seats" && before) ringBell()
}

function tell(text) {
  byId("notice").hidden = !text
  byId("notice").textContent = text
}

wall.subscribe(show)
followLanguage({ wall, isFree: () => !byId("finale").dataset.beat })
feed.on("status", () => wall.ready && show({}))
feed.on("error", (error) => {
  if (!wall.ready) tell(error.message)
})
createReach({ api, feed, onChange: (now) => tell(now ? words.noAnswer[now] : "") })
facts.subscribe(showBreak)
feed.start()
showForEver()
