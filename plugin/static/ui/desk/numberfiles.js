/**
 * What a host takes along: the numbers as tables or on paper, and the names and photos of those who agreed to that.
 *
 *   const files = createFiles({ api });  files.element  files.show(how many agreed)
 */
import { el, showError } from "../kit/dom.js"
import { words } from "../../words/desk.js"

const say = words.going.files

export function createFiles({ api }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const who = el("p.small")
  const ofPeople = el("div.answers", {}, file(say.table, "people.xlsx"), file(say.csv, "people.csv"), file(say.photos, "photos.zip"))
  const element = el(
    "details.part.about.files",
    {},
    el("summary", {}, say.title),
    el("h3", {}, say.numbers),
    el("div.answers", {}, file(say.table, "numbers.xlsx"), file(say.csv, "numbers.csv"), el("button.button", { type: "button", on: { click: () => print() } }, say.print)),
    el("h3", {}, say.people),
    who,
    ofPeople,
    error,
  )

  function file(text, name) {
    return el("button.button", { type: "button", on: { click: () => save(name) } }, text)
  }

  /** The browser saves it as it comes, however large it is. */
  async function save(name) {
    showError(error, null, null)
    try {
      const { url } = await api.post("/api/host/files", { name })
      el("a", { href: url, download: "" }).click()
    } catch (failure) {
      showError(error, null, failure.message)
    }
  }

  return {
    element,
    show(agreed) {
      who.textContent = agreed ? say.agreed(agreed) : say.nobody
      ofPeople.hidden = !agreed
    },
  }
}
