/**
 * What people do with each other in the panel: stroll, say hello, talk, share a coffee break. Puts these parts together,
 * as panel.js does with the wall; what is not needed at once is loaded when somebody first wants it.
 */
import { thumbAddress } from "../../wall/state.js"
import { createBreak } from "./breaks.js"
import { byId, el, renew } from "../kit/dom.js"
import { lazily } from "../kit/lazy.js"
import { createFacts } from "./facts.js"
import { createOpened } from "./opened.js"
import { createTrail, nextStop } from "./stroll.js"
import { createStore } from "../../live/store.js"
import { words } from "../../words/panel.js"

const THREADS_SPREAD = 2000 // milliseconds, so that not everybody asks at once
const LOOK_AGAIN = 1000 // milliseconds until it is seen whether somebody still writes something

export function createTogether({ api, reach, boot, feed, wall, photos, myself, platform, threads, say, place, photoSheet, goTo, onAdd, onChanged }) {
  const facts = createFacts({ feed })
  const opened = createOpened({ api })
  createBreak(byId("break"), { facts, say })
  const badge = byId("hellos-count")
  const notified = new Set() // hellos that this panel has told of
  let heard = new Map() // photo -> the hello with whoever gave it
  let helloSheet = null
  let unread = 0
  let firstMe = true

  /** What a person asked for and did not get is told. */
  const toldIfNot = (action) => (...given) => action(...given).catch((error) => onChanged.notice(error.message))

  // -- strolling --

  const trail = createTrail({ ask })

  async function ask(from) {
    try {
      const { photo, again } = await api.post("/api/stroll", { from, seen: opened.seen() })
      if (photo) photos.put([photo])
      if (again) say(words.onceMore)
      return photo?.id ?? null
    } catch (error) {
      if (!error.isPassing) throw error
      // Without a line the wall is still there.
      return nextStop(wall.homes.keys(), opened.counts, new Set([from, ...myself.now.photos.map((photo) => photo.id)]))
    }
  }

  const walk = { how: "stroll", far: true, next: (id) => trail.next(id), previous: (id) => trail.previous(id) }

  async function stroll() {
    const sheet = photoSheet()
    const from = sheet.photoId
    if (from) trail.visit(from)
    const id = await trail.next(from).catch(() => null)
    if (!id) return from ? sheet.say(words.nobodyToMeet) : say(words.nobodyToMeet)
    if (place() !== "wall") goTo("wall")
    sheet.open(id, walk)
  }

  async function nextDoor(id) {
    const { photos: near } = await api.get(`/api/photos/${id}/next-door`).catch(() => ({ photos: [] }))
    if (photoSheet().photoId !== id) return
    photos.put(near)
    const least = near.reduce((best, each) => (times(each.id) < times(best?.id) ? each : best), null)
    if (!least) return photoSheet().say(words.nobodyNear)
    trail.visit(id)
    trail.visit(least.id)
    photoSheet().open(least.id, { ...walk, how: "next_door" })
  }

  const times = (id) => (id === undefined ? Infinity : (opened.counts.get(id) ?? 0))

  // -- hellos --

  const hellos = lazily(async () => {
    const { createHellos } = await import("./hellos.js")
    return createHellos(byId("place-hellos"), { api, platform, onOpenPhoto: openPhoto, onSafety: safety, onChanged: onHellos })
  })
  const helloForm = lazily(() => import("./hello.js"))

  const hello = toldIfNot(sayHello)
  const talk = toldIfNot(openTalk)

  function openPhoto(id) {
    goTo("wall")
    trail.visit(id)
    photoSheet().open(id, { ...walk, how: "hello" })
  }

  async function sayHello(photo, onSent = () => {}) {
    if (!photo) return
    const { openHello } = await helloForm()
    helloSheet = openHello({
      api,
      reach,
      photo,
      say: tell,
      onClosed: () => (helloSheet = null),
      onSent: () => {
        onSent()
        refreshHellos()
      },
      onTalk: talk,
      onAdd,
    })
  }

  /** Opens a conversation; a hello that came by another way may be known by its id only. */
  async function openTalk(known) {
    const part = await hellos()
    await part.refresh()
    const whole = part.now.hellos.find((each) => each.id === known.id)
    if (whole ?? known.lines) part.open(whole ?? known)
  }

  const loadHellos = async () => (await hellos()).refresh()
  /** Nobody asked for it, so nobody is told; it comes with the next change. */
  const refreshHellos = () => loadHellos().catch(() => {})

  /** The hello between this person and whoever gave a photo; as far as it is known already. */
  const helloWith = (photoId) => heard.get(photoId) ?? null

  function onHellos(now) {
    showUnread(now.unread)
    heard = new Map(now.hellos.filter(({ person }) => person.id).map((each) => [each.person.id, each]))
    photoSheet().follow()
    helloSheet?.follow(helloWith(helloSheet.photoId))
    threads.set({ own: now.hellos.filter((each) => each.state === "answered").map(({ photos: ends, person }) => ({ photos: ends, name: person.name })) })
    for (const each of now.hellos) {
      if (each.state !== "new" || notified.has(each.id)) continue
      notified.add(each.id)
      const title = words.helloFrom(each.person.name || words.nobody)
      say(title)
      platform.notify?.({ title, message: each.person.story || "" })
    }
  }

  function showUnread(count) {
    unread = count
    badge.hidden = !count
    badge.textContent = count > 99 ? "99+" : new Intl.NumberFormat(document.documentElement.lang).format(count)
    const name = wall.name || boot.name
    document.title = count ? `(${badge.textContent}) ${name}` : name
    byId("hellos-said").textContent = count ? ` ${words.newHellos(count)}` : ""
  }

  // -- safety --

  const safetySheet = lazily(() => import("./safety.js"))
  const safety = toldIfNot(openSafely)

  /** `whom`: {id | photo, hello, words, name}, or several of them, of whom one is meant. */
  async function openSafely(whom) {
    const { openSafety, chooseWhom } = await safetySheet()
    const people = [whom].flat()
    if (people.length > 1) return chooseWhom({ people, onChosen: safety })
    const { id, hello: helloId, words: wordsId, photo = id, name } = people[0]
    const about = helloId ? { hello: helloId } : photo ? { photo } : { words: wordsId }
    openSafety({ api, about, photo, name, onBlocked: () => outOfSight(photo, helloId), onBack: inSight, say: tell, backTo: () => byId("go-wall").focus() })
  }

  function tell(said) {
    say(said)
    onChanged.notice(said)
  }

  /** Whoever was blocked is gone from everywhere at once; the wall itself follows. */
  function outOfSight(photo, helloId) {
    photoSheet().close()
    if (photo) onChanged.gone(photo)
    touch?.drop(photo)
    if (hellos.isThere) hellos().then((part) => part.drop(helloId ?? helloWith(photo)?.id), () => {})
    lookAgain()
  }

  function inSight() {
    onChanged.back()
    lookAgain()
  }

  function lookAgain() {
    feed.refresh()
    if (hellos.isThere) refreshHellos()
    line?.refresh()
  }

  // -- in line --

  let line = null
  const loadLine = lazily(async () => {
    const part = await import("./line.js")
    line = part.createLine({ api, say, mayGreet: () => wall.allows.hellos, onHello: greetInLine, onTalk: talk, onSafety: safety, onStood: () => store.set("stood", String(facts.break?.id)), onChanged: onChanged.next, onOver: keepInTouch })
    return { line }
  })

  /** One tap, for later. */
  async function greetInLine(person) {
    const { hello: sent } = await api.post("/api/hellos", { photo: person.id, opener: "line_hello" })
    say(words.helloSent(person.name || words.nobody))
    refreshHellos()
    line.refresh()
    if (sent.state === "answered") talk(sent)
  }

  let hadLines = true
  wall.subscribe(() => {
    const isOff = hadLines && !wall.allows.lines
    hadLines = wall.allows.lines
    if (isOff && (line?.isIn || line?.justOver)) onChanged.notice(words.linesOff)
  })

  // -- when the break ends --

  const store = createStore()
  const touchSheet = lazily(() => import("./touch.js"))
  let touch = null

  /** Only whoever stood in line is asked, so that not all panels ask the service when the bell rings. */
  function askForTouch() {
    const id = String(facts.break?.id)
    if (store.get("stood") !== id || store.get("touch") === id) return
    setTimeout(() => api.get("/api/line", { cache: "no-store" }).then(({ touch: found }) => found && keepInTouch(found), () => {}), Math.random() * THREADS_SPREAD)
  }

  /** Once for each break, and not while somebody writes something. */
  async function keepInTouch({ break: id, people }) {
    if (!people.length || store.get("touch") === String(id)) return
    store.set("touch", String(id))
    const { openTouch } = await touchSheet()
    while (document.querySelector("dialog[open]:not(.leaving, .photo, .line)")) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN))
    touch = openTouch({ api, people, onTalk: talk, onSent: refreshHellos, onSafety: safety, onClosed: () => (touch = null) })
  }

  /** After a reload one still stands there. Asked once, as soon as it is known who this is and what goes on. */
  let resumed = false
  function resume() {
    if (resumed || !myself.now.attendee.id || facts.phase?.name !== "line") return
    resumed = true
    loadLine().then((part) => part.line.resume()).catch(() => {})
  }

  const getInLine = toldIfNot(async () => {
    const part = await loadLine()
    photoSheet().close()
    goTo("wall")
    await part.line.enter()
  })

  // -- speakers --

  const strip = byId("speakers")
  let speakers = []
  let atSpeaker = null

  async function refreshSpeakers() {
    const answer = await api.get("/api/speakers", { cache: "no-store" }).catch(() => null)
    if (!answer) return
    speakers = answer.speakers
    strip.hidden = !speakers.length
    renew(strip, ...speakers.map(speakerButton))
    const now = speakers.find((each) => each.id === atSpeaker?.id)
    if (now) atSpeaker.update(now)
    else atSpeaker?.sheet.close()
  }

  function speakerButton(speaker) {
    const name = speaker.person.name || words.nobody
    const text = speaker.mine ? words.speakerMine(speaker.waiting) : speaker.now ? words.speakerNow(name) : speaker.place ? words.speakerPlace(speaker.place) : words.speakerWaits(name)
    return el(
      "button.speaker",
      { type: "button", "aria-haspopup": "dialog", on: { click: () => openSpeaker(speaker) } },
      speaker.person.key ? el("img", { src: thumbAddress(speaker.person.key, 64), alt: "", width: 32, height: 32 }) : el("span.face"),
      el("span", {}, text),
    )
  }

  const speakerSheet = lazily(() => import("./speaker.js"))
  const openSpeaker = toldIfNot(async (speaker) => {
    const part = await speakerSheet()
    photoSheet().close()
    atSpeaker = part.openSpeaker({ api, speaker, onTalk: talk, onClosed: () => (atSpeaker = null) })
  })

  // -- threads --

  let threadsTimer = 0
  async function refreshThreads() {
    const answer = await api.get("/api/threads").catch(() => null)
    if (answer) threads.set({ pairs: answer.pairs })
  }

  // -- what the service tells --

  facts.subscribe(({ type }) => {
    if (type === "threads" && facts.threads) {
      clearTimeout(threadsTimer)
      threadsTimer = setTimeout(refreshThreads, firstMe ? 0 : Math.random() * THREADS_SPREAD)
    }
    if (type === "speakers" && facts.speakers) refreshSpeakers()
    if (type === "phase") {
      if (facts.phase?.name === "seats") {
        line?.refresh()
        askForTouch()
      }
      onChanged.next()
    }
    if (type === "phase" || type === "break") resume()
  })

  myself.subscribe(() => {
    const { hellos: count = 0, attendee } = myself.now
    const more = count !== unread
    showUnread(count)
    if (more || hellos.isThere) refreshHellos()
    else if (firstMe && attendee.id) refreshHellosQuietly()
    resume()
    line?.refresh()
    if (speakers.length) refreshSpeakers()
    firstMe = false
  })

  /** One's own threads are part of the wall; they may come when everything else is there. */
  function refreshHellosQuietly() {
    if (facts.threads) setTimeout(refreshHellos, THREADS_SPREAD)
  }

  document.addEventListener("mosaic:erased", () => feed.stop())
  addEventListener("pagehide", () => api.isIn && api.post("/api/left", {}, { keepalive: true }).catch(() => {}))

  return {
    facts,
    trail,
    stroll,
    nextDoor,
    hello,
    helloWith,
    talk,
    safety,
    getInLine,
    noteOpened: opened.note,
    showHellos: toldIfNot(loadHellos),
    get inLine() {
      return Boolean(line?.isIn)
    },
    get unread() {
      return unread
    },
  }
}
