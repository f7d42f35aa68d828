/**
 * One photo, opened: the picture, the line, the name. The wall stays in sight and in reach.
 *
 *   const opener = createPhotoSheet({ api, wall, photos, view, isMine, onOpened, onMoved, onClosed, backTo, meet })
 *   opener.open(photoId, {cell, how, next, previous})   next and previous give the id to go on to, or null, or a promise of it
 * meet   {hello(photo), helloWith(id), talk(hello), stroll(), nextDoor(id), safety(photo)}: what else one can do from here
 */
import { boxOfDetail } from "../../wall/details.js"
import { thumbAddress } from "../../wall/state.js"
import { el, iconButton } from "../kit/dom.js"
import { openSheet } from "../kit/sheet.js"
import { words } from "../../words/panel.js"

const SWIPE = 48 // pixels
const MARKED = 2600 // milliseconds that the detail is marked which was tapped, as in the style sheet

export function createPhotoSheet({ api, wall, photos, view, isMine, isHere = () => false, onOpened = () => {}, onMoved = () => {}, onClosed = () => {}, backTo, meet }) {
  let sheet = null
  let now = null // {id, cell, walk}
  let unmarking = 0
  const parts = makeParts()

  function makeParts() {
    const picture = el("img", { alt: "", width: 512, height: 512, draggable: "false" })
    const story = el("p.story", { dir: "auto" })
    const prompt = el("p.small", { dir: "auto" })
    const echo = el("p.small.photo-echo", { hidden: true })
    const title = el("p.small.photo-title", { dir: "auto", hidden: true })
    const here = el("p.small.here-now", { hidden: true }, words.hereNow)
    const show = el("button.link", { type: "button", on: { click: () => showOnWall() } }, words.showOnWall)
    const door = el("button.link", { type: "button", on: { click: () => meet.nextDoor(now.id) } }, words.nextDoor)
    const hello = el("button.button.main.wide", { type: "button", on: { click: greet } }, words.sayHello)
    const heard = el("p.small.photo-heard", { role: "status", hidden: true })
    const stroll = el("button.button", { type: "button", "aria-keyshortcuts": "Space", on: { click: () => meet.stroll() } }, words.stroll)
    const more = el("button.link", { type: "button", on: { click: () => meet.safety(photos.get(now.id)) } }, words.safety)
    const back = iconButton("back", words.previous, () => step("previous"), "along")
    const on = iconButton("on", words.next, () => step("next"), "along")
    const text = el("div.photo-text", { "aria-live": "polite" }, here, title, prompt, story, echo)
    const mark = el("div.photo-detail", { hidden: true, "aria-hidden": "true" })
    const frame = el("div.photo-picture", {}, picture, mark)
    return {
      picture,
      story,
      prompt,
      echo,
      title,
      here,
      show,
      hello,
      heard,
      more,
      back,
      on,
      frame,
      mark,
      body: el("div.sheet-body", {}, frame, text, el("div.my-actions", {}, door, show, more)),
      foot: el("div.sheet-foot.photo-foot", {}, heard, hello, back, stroll, on),
    }
  }

  function open(id, { cell = null, how = "wall", far = false, ...walk } = {}) {
    now = { id, cell: cell ?? wall.homeOf(id), walk: { how, far, ...walk } }
    if (!sheet) {
      sheet = openSheet({ title: "", body: parts.body, foot: parts.foot, modal: false, kind: "photo", onClose: closed, backTo })
    }
    fill(photos.get(id))
    markDetail(cell === null ? 0 : wall.detailAt(cell))
    refresh(id)
    onOpened(id, how)
    onMoved(sheet.element)
    if (far && now.cell !== null) {
      view.select(now.cell)
      view.showPhoto(id)
    } else if (now.cell !== null) {
      view.select(now.cell)
      view.keepInView(now.cell)
    }
  }

  /** Where on the photo lies what was tapped: shown for a moment, around the whole photo there is nothing to mark. */
  function markDetail(detail) {
    const { left, top, side } = boxOfDetail(detail)
    const { mark } = parts
    clearTimeout(unmarking)
    mark.hidden = true
    if (!detail) return
    for (const [name, share] of Object.entries({ left, top, width: side, height: side })) mark.style[name] = `${share * 100}%`
    mark.hidden = false
    unmarking = setTimeout(() => (mark.hidden = true), MARKED)
  }

  /** A line may have been changed since we last asked. */
  async function refresh(id) {
    const answer = await api.get(`/api/photos?ids=${id}`).catch(() => null)
    if (!answer) return
    photos.put(answer.photos)
    if (now?.id !== id) return
    if (answer.photos.length) fill(photos.get(id))
    else vanish()
  }

  function fill(photo) {
    const home = wall.homeOf(now.id)
    const person = photo?.name === undefined ? undefined : photo // until the service has told who it is
    const name = person?.name || words.nobody
    if (photo) {
      const address = thumbAddress(photo.key, 512)
      if (parts.picture.getAttribute("src") !== address) {
        // The small one is there already, most often: no grey square while the large one comes.
        parts.frame.style.backgroundImage = `url("${thumbAddress(photo.key, 64)}")`
        parts.picture.src = address
      }
      parts.picture.alt = person ? words.photoOf(name) : ""
    }
    const reachable = Boolean(person) && !isMine(now.id) && !person.hidden
    const between = isMine(now.id) ? null : meet.helloWith(now.id)
    const isOff = reachable && !between && !wall.allows.hellos
    parts.hello.hidden = between ? between.state === "sent" : !reachable || isOff
    parts.hello.textContent = between && between.state !== "sent" ? words.conversation : words.sayHello
    showHeard(between, name, isOff)
    parts.more.hidden = !person || isMine(now.id)
    parts.here.hidden = !isHere(now.id)
    parts.title.hidden = !person?.title
    parts.title.textContent = person?.title ?? ""
    sheet.setTitle(person ? (isMine(now.id) ? words.you(name) : name) : "…")
    parts.prompt.textContent = person?.story ? person.prompt : ""
    parts.story.textContent = person?.story ?? ""
    const isEcho = home !== null && now.cell !== null && now.cell !== home
    parts.echo.hidden = !isEcho
    parts.echo.textContent = isEcho ? words.echo(person?.name) : ""
    parts.show.textContent = isEcho ? words.showHome : words.showOnWall
    parts.show.disabled = home === null
    parts.back.disabled = !now.walk.previous
    parts.on.disabled = !now.walk.next
  }

  /** Whether they have said something, or have not yet. */
  function showHeard(between, name, isOff) {
    const text = !between ? (isOff ? words.hellosOff : "") : between.state === "sent" ? words.helloWaits : between.unread ? (between.mine ? words.answeredYou(name) : words.helloFrom(name)) : ""
    parts.heard.hidden = !text
    if (parts.heard.textContent !== text) parts.heard.textContent = text
  }

  function greet() {
    const between = meet.helloWith(now.id)
    if (between) meet.talk(between)
    else meet.hello(photos.get(now.id))
  }

  function vanish() {
    parts.picture.removeAttribute("src")
    parts.frame.style.backgroundImage = ""
    parts.story.textContent = words.gone
    parts.prompt.textContent = ""
    parts.echo.hidden = true
    parts.show.disabled = true
    parts.hello.hidden = parts.heard.hidden = parts.more.hidden = parts.title.hidden = parts.here.hidden = true
    sheet.setTitle("")
  }

  async function step(direction) {
    const before = now
    const id = await now?.walk[direction]?.(now.id)
    if (id && now === before) open(id, now.walk)
  }

  function showOnWall() {
    const home = wall.homeOf(now.id)
    if (home === null) return
    now.cell = home
    view.select(home)
    view.showPhoto(now.id)
    fill(photos.get(now.id))
  }

  document.addEventListener("keydown", (event) => {
    if (!sheet || (event.target !== document.body && !sheet.element.contains(event.target))) return
    const rtl = document.documentElement.dir === "rtl"
    if (event.key === "ArrowRight") step(rtl ? "previous" : "next")
    if (event.key === "ArrowLeft") step(rtl ? "next" : "previous")
    if (event.key === " " && !event.target.closest("button, a, input, textarea")) {
      event.preventDefault()
      meet.stroll()
    }
  })

  function closed() {
    sheet = null
    now = null
    view.select(null)
    onMoved(null)
    onClosed()
  }

  let from = null
  parts.frame.addEventListener("pointerdown", (event) => {
    from = event.clientX
  })
  parts.frame.addEventListener("pointerup", (event) => {
    const moved = from === null ? 0 : event.clientX - from
    from = null
    if (Math.abs(moved) > SWIPE) step(moved < 0 ? "next" : "previous")
  })
  wall.subscribe(({ gone = [], type }) => {
    if (now && gone.includes(now.id)) vanish()
    else if (now && type === "status") fill(photos.get(now.id))
  })

  return {
    open,
    close: () => sheet?.close(),
    /** What is known of the hello with this person may have changed. */
    follow: () => now && photos.get(now.id) && fill(photos.get(now.id)),
    /** Words that concern what was just tried: nobody near by, everybody seen. */
    say(text) {
      parts.echo.hidden = !text
      parts.echo.textContent = text
    },
    get photoId() {
      return now?.id ?? null
    },
  }
}
