/** The rest of "me": contact, greeting others, whom one blocked, the language, and the way out. Loaded with the sheet. */
import { el, showError } from "../kit/dom.js"
import { choose, language, page } from "../../words/languages.js"
import { blockedPeople } from "../together/safety.js"
import { words } from "../../words/panel.js"

const LONGEST_CONTACT = 140
const FRESH = "mosaic:erased"

/** moreOfMe({ api, me, attendee, platform, connectedPath, save }) -> element. `save(wish)` -> Promise, fails with an ApiError. */
export function moreOfMe({ api, me, attendee, platform, connectedPath, save }) {
  return el(
    "div",
    {},
    contactField(attendee, save),
    settingSwitch(attendee, save, "only_whole", words.onlyWhole, words.onlyWholeMore),
    settingSwitch(attendee, save, "shown_here", words.shownHere, words.shownHereMore),
    settingSwitch(attendee, save, "greeter", words.greeter),
    blockedPeople({ api }),
    languageChoice(),
    !platform.pin && attendee.role === "attendee" && hosting({ api, me }),
    connectedPath && attendee.assurance === "proved" && whatIsConnected({ api, platform, path: connectedPath }),
    platform.signOutPath && signingOut({ api, platform }),
    erasing({ api, platform }),
  )
}

function contactField(attendee, save) {
  const error = el("p.error", { id: "contact-wrong", hidden: true })
  const hint = el("p.small", { id: "contact-about" }, words.contactHint)
  const change = () =>
    save({ contact: field.value.trim() }).then(
      () => showError(error, field, null),
      (failure) => showError(error, field, failure.message),
    )
  const field = el("input.field", {
    id: "my-contact",
    value: attendee.contact ?? "",
    maxlength: LONGEST_CONTACT,
    dir: "auto",
    autocomplete: "email",
    "aria-describedby": `${error.id} ${hint.id}`,
    on: { change },
  })
  return el("div.part", {}, el("label", { htmlFor: field.id }, words.contactLine), field, error, hint)
}

/** Where no client says who hosts: a code from the desk does. */
function hosting({ api, me }) {
  const error = el("p.error", { id: "host-code-wrong", hidden: true })
  const hint = el("p.small", { id: "host-code-about" }, words.host.codeHint)
  const field = el("input.field", { id: "host-code", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: 20, "aria-describedby": `${error.id} ${hint.id}` })
  const submit = async (event) => {
    event.preventDefault()
    try {
      await api.post("/api/host/enter", { host_code: field.value.trim() })
      showError(error, field, null)
      element.replaceChildren(el("p", { role: "status" }, words.hostNow))
      await me.refresh()
    } catch (failure) {
      showError(error, field, failure.message)
    }
  }
  const form = el("form.host-code-form", { novalidate: true, on: { submit } }, el("label", { htmlFor: field.id }, words.host.code), el("div.part-row", {}, field, el("button.button", { type: "submit" }, words.host.enter)), error, hint)
  const element = el("details.part", {}, el("summary", {}, words.host.doYou), form)
  return element
}

function settingSwitch(attendee, save, name, label, more) {
  const input = el("input.switch", {
    type: "checkbox",
    role: "switch",
    checked: Boolean(attendee[name]),
    on: {
      change: () =>
        save({ [name]: input.checked }).catch(() => {
          input.checked = !input.checked
        }),
    },
  })
  return el("div.part", {}, el("label.switch-row", {}, el("span", {}, label, more && el("span.small", {}, more)), input))
}

/** Each language by its own name. What was typed elsewhere in the sheet is saved by then: leaving a field saves it. */
function languageChoice() {
  const names = Object.entries(page.names)
  if (names.length < 2) return ""
  const options = names.map(([code, name]) => el("option", { value: code, lang: code, selected: code === language }, name))
  const change = () => {
    if (choose(select.value) && !page.asked) return location.reload()
    const address = new URL(location.href)
    address.searchParams.set("lang", select.value)
    location.replace(address)
  }
  const select = el("select.field", { id: "my-language", on: { change } }, options)
  return el("div.part", {}, el("label", { htmlFor: select.id }, words.language), select)
}

/** The page that says what lets us ask the platform about somebody. It wants a new proof, and opens beside the client. */
function whatIsConnected({ api, platform, path }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const show = async () => {
    showError(error, null, null)
    try {
      const { path: _path, return_key: _key, ...proof } = await platform.joinBody()
      const { address } = await api.post(path, proof)
      await platform.openUrl(address)
    } catch (failure) {
      showError(error, null, failure.message)
    }
  }
  return el("div.part", {}, el("button.link", { type: "button", on: { click: show } }, words.connected), error)
}

/** What is on the wall stays; service, panel and browser forget what lets us ask about this person. */
function signingOut({ api, platform }) {
  const error = el("p.error", { role: "alert", hidden: true })
  const signOut = async () => {
    button.disabled = true
    try {
      await api.post(platform.signOutPath, {})
      platform.forget()
      left({ title: words.signedOut, more: words.signedOutMore })
    } catch (failure) {
      button.disabled = false
      showError(error, null, failure.message)
    }
  }
  const button = el("button.link", { type: "button", on: { click: signOut } }, words.signOut)
  return el("div.part", {}, button, error)
}

function erasing({ api, platform }) {
  const place = el("div.part")
  const error = el("p.error", { role: "alert", hidden: true })
  const show = () => place.replaceChildren(el("button.link.erase", { type: "button", on: { click: ask } }, words.erase))

  function ask() {
    const keep = el("button.button", { type: "button", on: { click: back } }, words.eraseNo)
    place.replaceChildren(
      el("p", {}, words.eraseAsk),
      error,
      el("div.answers", {}, el("button.button.bad", { type: "button", on: { click: erase } }, words.eraseYes), keep),
    )
    keep.focus() // the harmless answer
    place.scrollIntoView({ block: "nearest" })
  }

  function back() {
    show()
    place.firstChild.focus()
  }

  async function erase({ target }) {
    target.disabled = true
    try {
      await api.remove("/api/me")
      platform.forget()
      left({ title: words.erased, more: words.erasedMore })
    } catch (failure) {
      target.disabled = false
      showError(error, null, failure.message)
    }
  }

  show()
  return place
}

/** Nothing of the panel may go on asking in one's name: what is left is a page with a way back in. */
function left({ title: said, more }) {
  const again = el("button.button.main", { type: "button", on: { click: () => location.reload() } }, words.erasedAgain)
  const title = el("h1", { tabindex: "-1" }, said)
  document.body.replaceChildren(el("main.erased", {}, title, el("p", {}, more), again))
  document.dispatchEvent(new Event(FRESH))
  title.focus()
}
