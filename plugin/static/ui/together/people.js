/**
 * The people on the wall as a list, newest first, with search over names and lines; more come as one scrolls. In a breakout
 * room, those who are in the same room come first, and can be looked at alone; its host finds its break here.
 */
import { thumbAddress } from "../../wall/state.js"
import { debounce, el } from "../kit/dom.js"
import { words } from "../../words/panel.js"

const PAGE = 30
const TYPING = 250 // milliseconds of rest before we ask
const AGAIN = 8 * 1000

export function createPeople(element, { api, wall, onOpen, inRoom = () => false, hostsRoom = () => false, onShowRoom, onRoomBreak }) {
  const count = el("p.aside", { role: "status" })
  const search = el("input.field", {
    type: "search",
    placeholder: words.search,
    "aria-label": words.search,
    autocomplete: "off",
    enterkeyhint: "search",
    dir: "auto",
    on: { input: debounce(() => begin(), TYPING), keydown: intoList },
  })
  const rooms = el("div.choices.two", { role: "radiogroup", hidden: true }, room("", words.platform.everywhere, true), room("mine", words.platform.room, false))
  const showRoom = el("button.link.show-room", { type: "button", hidden: true, on: { click: onShowRoom } }, words.platform.showRoom)
  const roomBreak = el("button.button.room-break", { type: "button", hidden: true, "aria-haspopup": "dialog", on: { click: onRoomBreak } }, words.platform.roomBreak)
  const list = el("ul.plain.people-list", { on: { keydown: alongList } })
  const end = el("p.people-end")
  const credits = el("p.small.credits", { hidden: true, dir: "auto" })
  element.append(el("div.people-top", {}, search, rooms, el("div.room-does", {}, roomBreak, showRoom), count), list, end, credits)

  const found = new Map() // photo id -> person, in the list's order
  let next = null
  let asked = 0 // answers to earlier questions are dropped
  let busy = false
  let isStuck = false // the last question found no answer
  let retrying = 0
  const near = new IntersectionObserver((entries) => entries.some((each) => each.isIntersecting) && more(), {
    root: element,
    rootMargin: "400px",
  })
  near.observe(end)

  function room(value, text, checked) {
    return el("label.choice", {}, el("input", { type: "radio", name: "people-room", value, checked, on: { change: begin } }), text)
  }

  const onlyHere = () => !rooms.hidden && rooms.querySelector(":checked")?.value === "mine"

  /** Who one is and where may be known later than the list is. */
  function follow() {
    rooms.hidden = !inRoom()
    roomBreak.hidden = !hostsRoom()
  }

  async function begin() {
    follow()
    const question = ++asked
    busy = false
    next = null
    const page = await ask(null, question)
    if (!page) return
    found.clear()
    list.replaceChildren()
    element.scrollTop = 0
    put(page)
    showRoom.hidden = !onlyHere() || !found.size || Boolean(search.value.trim())
    count.textContent = words.peopleFound(found.size, next !== null)
  }

  async function more() {
    if (next === null || busy) return
    const page = await ask(next, asked)
    if (page) put(page)
  }

  async function ask(after, question) {
    busy = true
    isStuck = false
    if (!found.size) end.textContent = words.loading
    const query = new URLSearchParams({ q: search.value.trim(), limit: PAGE })
    if (after !== null) query.set("after", after)
    if (onlyHere()) query.set("room", "mine")
    try {
      const page = await api.get(`/api/people?${query}`)
      return question === asked ? page : null
    } catch (error) {
      if (question === asked) failed(error)
      return null
    } finally {
      if (question === asked) busy = false
    }
  }

  /** The list goes on by itself when the service answers again; the button is for whoever does not want to wait. */
  function failed(error) {
    end.replaceChildren(`${error.message} `, el("button.link", { type: "button", on: { click: goOn } }, words.tryAgain))
    isStuck = true
    clearTimeout(retrying)
    if (error.isPassing) retrying = setTimeout(retry, AGAIN)
  }

  const goOn = () => (found.size ? more() : begin())

  function retry() {
    if (isStuck && !element.hidden) goOn()
  }

  function put(page) {
    next = page.next
    for (const person of page.people) {
      if (found.has(person.id)) continue
      found.set(person.id, person)
      list.append(el("li", {}, card(person)))
    }
    end.textContent = words.endOfPeople(found.size, next !== null, search.value.trim())
    credits.hidden = !wall.credits || next !== null
    credits.textContent = wall.credits ? `${words.credits}: ${wall.credits}` : ""
  }

  function card(person) {
    return el(
      "button.person",
      { type: "button", on: { click: () => onOpen(person.id, [...found.keys()]) } },
      el("img", { src: thumbAddress(person.key, 128), alt: "", loading: "lazy", width: 56, height: 56 }),
      el("span", {}, el("b", {}, el("bdi", {}, person.name || words.nobody)), person.near && !onlyHere() && el("span.near", {}, words.platform.room), el("span.said", {}, el("bdi", {}, person.story))),
    )
  }

  /** Whoever left the wall leaves the list too. */
  wall.subscribe(({ gone = [] }) => gone.forEach(drop))

  function drop(id) {
    const at = [...found.keys()].indexOf(id)
    if (at < 0) return
    found.delete(id)
    list.children[at].remove()
    count.textContent = words.peopleFound(found.size, next !== null)
  }

  const cards = () => [...list.querySelectorAll("button")]

  function intoList(event) {
    if (event.key !== "ArrowDown") return
    event.preventDefault()
    cards()[0]?.focus()
  }

  function alongList(event) {
    const all = cards()
    const at = all.indexOf(document.activeElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key]
    if (to === undefined || at < 0) return
    event.preventDefault()
    if (to < 0) search.focus()
    else all[Math.min(to, all.length - 1)].focus()
  }

  return {
    /** Asks anew; called when the place is shown, and when the wall has changed meanwhile. */
    show: begin,
    /** Somebody who was blocked goes at once. */
    drop,
    retry,
    follow,
    /** Not where a finger would call up the keyboard on screen, which hides the list. */
    focus: () => matchMedia("(pointer: fine)").matches && search.focus({ preventScroll: true }),
    focusOn: (id) => cards()[[...found.keys()].indexOf(id)]?.focus(),
  }
}
