/** Me, as the service knows me, and the line above the main button that says what becomes of my photo. */
import { inTurn } from "../../live/in_order.js"
import { thumbAddress } from "../../wall/state.js"
import { el } from "../kit/dom.js"
import { isOpen, keepsakeQuestion } from "./consent.js"
import { words } from "../../words/panel.js"

const ENJOY = 15 * 1000 // milliseconds that "You are on the wall" stays
const ASK = 45 * 1000 // with a question; it comes once more at the reveal
const GUEST = { name: "", reachability: "open", stage: "unsaid", in_keepsake: false, host_keeps: false, keepsake_asked: "no" }

/** me.now {attendee, photos, delayed}  me.photo (the newest)  me.refresh()  me.subscribe(listener)  me.preview(id) */
export function createMyself({ api }) {
  const listeners = new Set()
  const previews = new Map() // photo id -> {url, crop}: what this panel sent itself
  let now = { attendee: GUEST, photos: [], delayed: false }

  const myself = {
    get now() {
      return now
    },
    get photo() {
      return now.photos[0] ?? null
    },
    /** The one that others see; while a new one is on its way, that is the one before. */
    get placed() {
      return now.photos.find((photo) => photo.state === "placed") ?? null
    },
    /** Whether nothing is known of whoever is here: they may be somebody who is here by another way. */
    get isUnknown() {
      const { attendee, photos } = now
      return attendee.assurance === "guest" && !now.means?.door && !attendee.name && !photos.length
    },
    /** Whether one is counted among the guests who are here: a host is, once there is a photo. */
    get isGuest() {
      const hosts = ["host", "co_host"].includes(now.attendee.role)
      return !hosts || now.photos.some((photo) => photo.state !== "refused")
    },
    isMine: (id) => now.photos.some((photo) => photo.id === id),
    refresh: inTurn(async () => {
      now = await api.get("/api/me", { cache: "no-store" })
      for (const listener of listeners) listener()
    }),
    /** Settles once it is known who this is: a form that opens before would offer to save somebody else's defaults. */
    async known() {
      if (now.attendee === GUEST) await myself.refresh().catch(() => {})
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    keepPreview: (id, { url, crop }) => previews.set(id, { url, crop }),
    preview(id) {
      const kept = previews.get(id)
      if (!kept) return el("span.face")
      const picture = el("img", { src: kept.url, alt: "", width: 96, height: 96 })
      picture.style.objectPosition = `${kept.crop.x * 100}% ${kept.crop.y * 100}%`
      picture.addEventListener("error", () => picture.replaceWith(el("span.face")))
      return picture
    },
    /** My photo as small as it is behind "me"; null before there is one. */
    face() {
      const photo = myself.photo
      if (!photo || photo.state === "refused") return null
      if (photo.state === "received") return previews.has(photo.id) ? myself.preview(photo.id) : null
      return el("img", { src: thumbAddress(photo.key, 64), alt: "", width: 32, height: 32 })
    },
  }
  return myself
}

/** bar.sending({url, crop, share, isWaiting}) bar.settle() bar.picture (the element the photo starts to fly from) */
export function createBar(element, { api, myself, onShow }) {
  let enjoyed = null // the placed photo that needs no more words
  let timer = 0
  let first = true
  let shown = ""

  const button = (text, run) => el("button.link", { type: "button", on: { click: run } }, text)

  function show(picture, text, action = null, more = null) {
    const key = `${text}|${picture?.getAttribute?.("src")}`
    element.hidden = false
    if (shown === key) return
    shown = key
    element.replaceChildren(picture, el("p", {}, text), action ?? "", more ?? "")
  }

  function hide() {
    shown = ""
    element.hidden = true
  }

  function settle() {
    const photo = myself.photo
    const wasFirst = first
    first = false
    if (!photo) return hide()
    if (photo.state === "placed") return wasFirst && !isAskedAgain() ? enjoy(photo) || hide() : celebrate(photo)
    if (enjoyed === photo.id) enjoyed = null // a host took it off the wall: that it is back is worth a word
    const picture = photo.state === "received" || photo.state === "refused" ? myself.preview(photo.id) : myself.face()
    if (photo.state === "refused") return show(picture, photo.refusal?.message ?? words.state.refused)
    const late = myself.now.delayed && photo.state !== "held"
    show(picture, late ? words.delayedMine : words.state[photo.state])
  }

  function enjoy(photo) {
    enjoyed = photo.id
  }

  function celebrate(photo) {
    if (enjoyed === photo.id) return element.hidden || shown ? undefined : hide()
    enjoy(photo)
    const done = () => {
      clearTimeout(timer)
      hide()
    }
    const question = isOpen(myself) && keepsakeQuestion({ api, me: myself, onAnswer: () => leaveIn(ENJOY / 3) })
    const leaveIn = (milliseconds) => {
      clearTimeout(timer)
      timer = setTimeout(done, milliseconds)
    }
    const seeMe = button(words.showMe, () => {
      done()
      onShow(photo)
    })
    show(myself.face(), words.state.placed, seeMe, question)
    leaveIn(question ? ASK : ENJOY)
  }

  /** Who said yes to other words is asked again when they come back. */
  const isAskedAgain = () => myself.now.attendee.keepsake_asked === "before"

  return {
    settle,
    sending({ url, crop, share, isWaiting = false }) {
      const picture = element.querySelector("img") && shown.startsWith("sending") ? element.querySelector("img") : sendingPicture(url, crop)
      element.hidden = false
      if (shown !== "sending") element.replaceChildren(picture, el("p", {}, ""), "")
      shown = "sending"
      element.querySelector("p").textContent = isWaiting ? words.sendsLater : words.sending(share)
    },
    hide,
    get picture() {
      return element.hidden ? null : element.querySelector("img")
    },
  }
}

function sendingPicture(url, crop) {
  const picture = el("img", { src: url, alt: "", width: 40, height: 40 })
  picture.style.objectPosition = `${crop.x * 100}% ${crop.y * 100}%`
  picture.addEventListener("error", () => picture.replaceWith(el("span.face")))
  return picture
}
