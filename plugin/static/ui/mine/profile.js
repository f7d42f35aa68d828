/**
 * What the platform tells about a person, as suggestions in the form: each can be changed or cleared before anything is
 * saved, and what the person typed themselves is never overwritten.
 *
 *   const profile = createProfile({ me, platform, name, frame })
 *   profile.title     the field for "what you do"; null where the platform tells nothing of the kind
 *   profile.suggest() fills in what is known now; again when more is known
 */
import { el } from "../kit/dom.js"
import { textField } from "../kit/form.js"
import { words } from "../../words/panel.js"

export function createProfile({ me, platform, name, frame }) {
  const title = hasTitle(platform, me.now.attendee) ? titleField(me.now.attendee.title ?? "") : null
  const suggested = new Map() // field -> what was filled in by us

  function suggest() {
    const { attendee, profile } = me.now
    frame.offer(profile?.picture ?? null)
    if (attendee.named) return // they have decided before
    // A name that the page around us wrote into the address is nobody's profile.
    if (profile?.name || platform.hasProfiles) fill(name, profile?.name || platform.screenName)
    else fill(name, platform.screenName, words.platform.fromAddress)
    if (title) fill(title, [profile?.title, profile?.company].filter(Boolean).join(", "))
  }

  function fill(field, value, note = words.platform.fromProfile(platform.title)) {
    if (!value || field.touched || field.value !== (suggested.get(field) ?? "")) return
    field.value = value
    field.note(note)
    suggested.set(field, field.value)
  }

  return { title, suggest }
}

/** One line about what somebody does; may stay empty. */
export function titleField(value, onChange) {
  const { title: label, titleHint: hint, clear } = words.platform
  return textField({ label, hint, value, autocomplete: "organization-title", clear, onChange })
}

/** Where nobody tells us, nobody is asked: one photo, one line. */
export const hasTitle = (platform, attendee) => Boolean(platform.hasProfiles || attendee.title)

/**
 * For a guest: the client's own way to become known. For a member whose profile we may not read yet: to let us. Empty
 * until the client has said who this is, and for everybody else.
 */
export function membership({ api, platform, me }) {
  const element = el("div.part.membership", { hidden: true })
  if (!platform.authorize) return element
  const texts = { ...words.platform, ...platform.words.profile }
  const { title } = platform
  const say = (text) => (typeof text === "function" ? text(title) : text) // a platform's own words know its title
  let shown = null
  let isAsking = false

  function show() {
    if (isAsking) return
    const kind = platform.canAuthorize ? "guest" : isUnread() ? "member" : null
    if (kind === shown) return
    shown = kind
    element.hidden = !kind
    element.replaceChildren(...(kind ? offer(kind === "guest") : []))
  }

  /** Where the platform tells whose consent is missing, nobody else is asked. */
  const mayAsk = () => !platform.tellsConsent || me.now.consent_wanted
  const isUnread = () => platform.canReadProfile && !me.now.profile && !me.now.profile_pending && mayAsk()

  function offer(isGuest) {
    const said = el("p.small", { role: "status" }, isGuest ? say(texts.guest) : "")
    const button = el("button.link", { type: "button", on: { click: ask } }, say(isGuest ? texts.addApp : texts.fill))
    return [said, button]

    async function ask() {
      isAsking = button.disabled = true
      said.textContent = await (isGuest ? becomeKnown() : letRead()).catch(() => texts.notFilled(title))
      isAsking = button.disabled = false
      if (isGuest || isUnread()) return
      button.remove() // and what was said stays
      shown = null
    }
  }

  async function becomeKnown() {
    await platform.promptAuthorize()
    return say(texts.asked)
  }

  async function letRead() {
    const answer = await platform.authorize(api)
    await me.refresh()
    return answer ? texts.filled(title) : texts.notFilled(title)
  }

  const stops = [platform.onChange(again), me.subscribe(again)]
  function again() {
    if (element.isConnected) return show()
    for (const stop of stops) stop()
  }

  platform.started.then(show)
  show()
  return element
}
