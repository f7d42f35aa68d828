/**
 * The reveal in three beats: a notice that counts down, the flight, and words about what everybody achieved. The same on the
 * stage and in every panel, and at the same moment; who comes meanwhile joins in.
 *
 *   const finale = createFinale(element, { facts, wall, say, onSoon, onChange })
 *   finale.unveiled()   the revealed picture stands (view.js)
 *   finale.isDone       the picture is revealed, and everybody has seen it
 */
import { el, iconButton } from "../kit/dom.js"
import { words } from "../../words/words.js"

const SOON = 3 // seconds before: what is in the way makes room
const LONGEST_FLIGHT = 15 // seconds; should the picture never come, the words do
const SPOKEN_FOR = 60 // seconds that the words stay over the picture
const REMEMBERED = 10 * 60 // seconds after which who comes is not told any more

/** What is to be said at that moment: "notice", "late", "flight", "words", or null. Pure. */
export function beatOf(reveal, { revealed, flying, closed }) {
  if (!reveal) return null
  if (reveal.left > 0) return "notice"
  if (!revealed) return "late"
  if (flying || !reveal.people) return "flight"
  return closed || reveal.left < -REMEMBERED ? null : "words"
}

export function createFinale(element, { facts, wall, say = () => {}, onSoon = () => {}, onChange = () => {} }) {
  let timer = 0
  let flying = false
  let closed = null // the id of the reveal whose words were read
  let cameAt = 0 // when the words came, on our clock
  let shown = ""
  let longest = 1 // seconds that this countdown had when it was first seen
  let madeRoom = null

  function look() {
    clearTimeout(timer)
    const reveal = facts.reveal
    const beat = beatOf(reveal, { revealed: wall.revealed, flying, closed: closed !== null && closed === reveal?.id })
    if (beat === "notice" && reveal.left <= SOON && madeRoom !== reveal.id) {
      madeRoom = reveal.id
      onSoon()
    }
    show(beat, reveal)
    if (beat === "notice") timer = setTimeout(look, 1000 * (reveal.left % 1) + 20)
    if (beat === "flight") timer = setTimeout(unveiled, LONGEST_FLIGHT * 1000)
    if (beat === "words") {
      cameAt ||= performance.now()
      timer = setTimeout(close, Math.max(0, cameAt + SPOKEN_FOR * 1000 - performance.now()))
    } else cameAt = 0
  }

  function unveiled() {
    flying = false
    look()
  }

  function close() {
    closed = facts.reveal?.id ?? null
    look()
  }

  function show(beat, reveal) {
    const seconds = beat === "notice" ? Math.ceil(reveal.left) : 0
    const key = `${beat} ${reveal?.id} ${beat === "words" ? wordsOf(reveal).join() : ""}`
    if (key !== shown) {
      shown = key
      longest = 1
      element.hidden = !beat || beat === "flight"
      element.dataset.beat = beat ?? ""
      element.replaceChildren(...partsOf(beat, reveal))
      if (beat === "notice") say(words.finale.nearly(seconds))
      if (beat === "words") say(wordsOf(reveal).join(". "))
      onChange()
    }
    if (beat === "notice") {
      element.firstChild.textContent = words.finale.nearly(seconds)
      longest = Math.max(longest, seconds)
      element.style.setProperty("--left", Math.max(0, seconds - 1) / longest) // it glides there within this second
    }
  }

  function partsOf(beat, reveal) {
    if (beat === "notice") return [el("p"), el("span.finale-bar", { "aria-hidden": "true" }, el("i"))]
    if (beat === "late") return [el("p", {}, words.finale.late)]
    if (beat !== "words") return []
    const [made, ...more] = wordsOf(reveal)
    return [
      el("p", {}, made),
      more.length > 0 && el("p.finale-more", {}, more.join(" · ")),
      iconButton("close", words.close, close, "finale-close"),
    ].filter(Boolean)
  }

  facts.subscribe(({ type }) => type === "reveal" && look())
  wall.subscribe(({ type, unveiled, grown }) => {
    if (type !== "snapshot") return
    if (unveiled) flying = true
    else if (grown) flying = false
    look()
  })
  // In a page that nobody sees timers rest.
  document.addEventListener("visibilitychange", () => document.hidden || look())

  return {
    unveiled,
    get isDone() {
      return Boolean(facts.reveal) && facts.reveal.left <= 0 && wall.revealed && !flying
    },
    get id() {
      return facts.reveal?.id ?? null
    },
  }
}

/** How many made this, from how many rooms, how many hellos were answered: what there is to say of it. */
export function wordsOf({ people, rooms, hellos }) {
  return [words.finale.made(people), rooms > 1 && words.finale.rooms(rooms), hellos > 0 && words.finale.hellos(hellos)].filter(Boolean)
}
