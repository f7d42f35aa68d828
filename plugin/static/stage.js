/** The stage: the wall without controls, the newest photo now and then, and the way in for those who only see a screen. */
import { createApi } from "./live/api.js"
import { createFeed } from "./live/feed.js"
import { choosePlatform } from "./live/platform.js"
import { withoutScheme } from "./ui/kit/copy.js"
import { boot as readBoot, byId, el } from "./ui/kit/dom.js"
import { showGlow } from "./ui/kit/glow.js"
import { words } from "./words/words.js"
import { createPhotos } from "./wall/photos.js"
import { createWallState, thumbAddress } from "./wall/state.js"
import { createWall } from "./wall/view.js"

const SHOWN_FOR = 8 * 1000 // milliseconds: time to read 140 characters from the back
const REST = 4 * 1000 // then the wall alone
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
const accent = getComputedStyle(document.body).getPropertyValue("--accent").trim()
createWall(canvas, { wall, photos, stage: true, theme: { accent }, refresh: () => feed.refresh() })

byId("address").textContent = withoutScheme(boot.base_url ?? location.origin)

// -- the newest photo, now and then --

const place = byId("newest")
const queue = []
let busy = false

async function showNewest() {
  if (busy || !queue.length) return
  busy = true
  const photo = photos.get(queue.pop()) // the latest first
  if (photo?.story && wall.homeOf(photo.id) !== null) await showOne(photo)
  busy = false
  showNewest()
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
  await pause(SHOWN_FOR)
  place.classList.add("leaving")
  await pause(LEAVE)
  place.hidden = true
  await pause(REST)
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

// -- how things stand --

function show({ type, landed = [], gone = [], count = wall.count }) {
  byId("room").dataset.state = "ready"
  showGlow(byId("room"), wall)
  byId("count").hidden = !count
  byId("count").textContent = words.photos(count)
  const ended = wall.state === "closed"
  byId("ended").hidden = !ended
  byId("join").hidden = ended
  if (type === "change") {
    queue.push(...landed)
    queue.splice(0, queue.length - LONGEST_QUEUE)
    showNewest()
  }
  for (const id of gone) if (queue.includes(id)) queue.splice(queue.indexOf(id), 1)
}

wall.subscribe(show)
feed.on("status", () => wall.ready && show({}))
feed.on("error", (error) => {
  byId("notice").hidden = wall.ready
  byId("notice").textContent = error.message
})
feed.start()
