/**
 * The sheet that takes a photo and a line. What was typed stays until it is sent, also when the sheet is closed, when
 * the line is down, when the photo is refused, or when the page is loaded anew (draft.js).
 *
 *   const adding = createAdding({ api, platform, boot, me, reach, onSending })
 *   adding.open({ file, change })   adding.refused(message)
 *
 * me.now is the last answer of /api/me. onSending({picture, url, share, isWaiting, done: {photo, delayed} | null, error})
 */
import { newKey } from "../../live/api.js"
import { el, showError } from "../kit/dom.js"
import { keepsakeSwitch, nameField, reachChoice, stageChoice, storyField } from "../kit/form.js"
import { createDraft } from "./draft.js"
import { createFrame } from "./frame.js"
import { createPhone } from "./phone.js"
import { createProfile } from "./profile.js"
import { openSheet } from "../kit/sheet.js"
import { untilTaken } from "../../live/until_taken.js"
import { words } from "../../words/panel.js"

/** As the service keeps it with the photo. */
const termsOf = ({ notice, notice_url: url }) => [notice, url].filter(Boolean).join(" ")

export function createAdding({ api, platform, boot, me, reach, onSending, onIsMe = () => {} }) {
  let form = null // lives longer than the sheet: it is the draft
  let sheet = null
  let refusal = null
  const kept = createDraft({ code: boot.code ?? platform.knownCode })
  document.addEventListener("mosaic:erased", kept.forget)

  function makeForm() {
    const attendee = me.now.attendee
    const before = unsent(attendee.id)
    const draft = { key: before.key ?? newKey(), sentStory: before.sentStory ?? null, underWay: false, instead: null }
    const frame = createFrame({
      platform,
      maxBytes: boot.max_bytes,
      phone: createPhone({ api }),
      onCrop: keep,
      onChange: () => {
        draft.key = newKey() // another photo is another sending
        draft.sentStory = null
        refusal = null
        notice.hidden = true
        kept.keepPhoto(attendee.id, frame.file)
        keep()
        goToStory()
      },
    })
    const story = storyField({ prompt: boot.prompt, longest: boot.max_story, value: before.story ?? me.now.photos[0]?.story ?? "", onEnter: () => !name.value && name.focus() })
    const name = nameField({ value: before.name ?? attendee.name })
    const profile = createProfile({ me, platform, name, frame })
    const { title } = profile
    if (title && before.title) title.value = before.title
    profile.suggest()
    const reachable = reachChoice({ value: before.reachability ?? attendee.reachability })
    const stage = stageChoice({ attendee, isPublic: boot.stage_public, draft: before.stage })
    const shared = keepsakeSwitch({ ...attendee, draft: before.shared })
    const notice = el("p.warn", { role: "alert", hidden: true })
    const error = el("p.error", { role: "alert", hidden: true })
    const terms = el("p.small.terms", { role: "status", hidden: true })
    const send = el("button.button.main.wide", { type: "submit" }, words.send)
    const saying = el("div.photo-and-story", {}, frame.element, story.element)
    const consents = el("div.consents", {}, reachable.element, stage.element, shared.element)
    const body = el("div.sheet-body", {}, notice, isMe(), saying, name.element, title?.element, consents)
    const foot = el("div.sheet-foot", {}, error, el("p.small", {}, boot.stage_public ? words.sentencePublic : words.sentence), terms, send)
    const element = el("form.sheet-form", { novalidate: true, on: { submit, input: keep, change: keep } }, body, foot)

    const valuesNow = () => ({ story: story.value, name: name.value, title: title?.value, reachability: reachable.value, stage: stage.value, shared: shared.value })

    function keep() {
      kept.keep(attendee.id, { ...valuesNow(), ...draft, crop: frame.crop })
    }

    async function restore() {
      const file = await kept.photo(attendee.id)
      if (!file || frame.file) return
      frame.put(file, before.crop)
      goToStory()
    }

    /** What comes next; not for whoever writes something already. */
    function goToStory() {
      if (sheet && !document.activeElement?.matches(".field")) story.focus()
    }

    function submit(event) {
      event.preventDefault()
      if (draft.underWay) return // a double tap
      const fields = [name, story].filter((field) => !field.check())
      if (!frame.file) frame.showError(refusal ?? words.needPhoto)
      if (!frame.file) return frame.focus()
      if (fields.length) return fields.at(-1).focus()
      showError(error, null, null)
      hand()
    }

    async function hand() {
      const values = { story: story.value, name: name.value, reachability: reachable.value, ...stage.value, ...shared.value }
      const crop = { crop_x: frame.crop.x, crop_y: frame.crop.y }
      const agreed = termsOf(boot) // what stands beside the button that was just pressed
      const going = { picture: frame.picture, url: frame.url, crop: frame.crop, share: 0 }
      draft.sentStory ??= values.story
      Object.assign(draft, { underWay: true, instead: me.photo?.id ?? null })
      frame.stop()
      keep()
      sheet?.close()
      onSending(going)
      try {
        const onProgress = (share) => onSending({ ...going, share })
        const sent = { photo: await frame.sent, ...values, ...crop, ...(agreed && { agreed }) }
        const send = async () => {
          if (title && title.value !== (me.now.attendee.title ?? "")) await api.patch("/api/me", { title: title.value })
          return api.sendPhoto(sent, { key: draft.key, onProgress })
        }
        const done = await untilTaken(send, { again: reach.again, onWait: () => onSending({ ...going, isWaiting: true }) })
        // The first answer was lost, the line was changed, and the key says it is the same sending.
        if (draft.sentStory !== values.story) await api.patch(`/api/photos/${done.photo.id}`, { story: values.story })
        form = null
        kept.forget()
        onSending({ ...going, share: 1, done })
      } catch (failure) {
        draft.underWay = false
        keep()
        onSending({ ...going, error: failure })
        open({})
        blame(failure)
      }
    }

    function blame(failure) {
      const field = { story, name, title }[failure.field]
      if (field) {
        field.fail(failure.message)
        field.focus()
      } else if (failure.field === "photo" || failure.status === 413) {
        frame.clear()
        frame.showError(failure.message)
        frame.focus()
      } else showError(error, null, `${words.notSent} ${failure.message}`)
    }

    const isEmpty = () => !frame.file && !story.value && ![name, title].some((field) => field?.touched)

    restore()
    return { element, frame, story, notice, terms, profile, isEmpty, focus: () => (frame.file ? story.focus() : frame.focus()) }
  }

  /** What is left of before a reload; nothing where it was on its way then and has arrived. */
  function unsent(id) {
    const values = kept.read(id)
    if (!values.underWay || values.instead === (me.photo?.id ?? null)) return values
    kept.forget()
    return {}
  }

  /** Somebody who is here by another way already needs no second photo. */
  function isMe() {
    if (!me.isUnknown) return null
    const button = el("button.link", { type: "button", on: { click: () => (sheet?.close(), onIsMe()) } }, words.known.isMe)
    return el("p.small.is-me", {}, words.known.already, " ", button)
  }

  function open({ file, change = false }) {
    form ??= makeForm()
    form.notice.textContent = refusal ?? ""
    form.notice.hidden = !refusal
    showTerms()
    if (file) form.frame.take(file)
    if (sheet) return
    const before = me.photo?.id
    const stop = me.subscribe(() => {
      if (form?.frame.isPairing && me.photo && me.photo.id !== before) return finish()
      form?.profile.suggest()
    })
    sheet = openSheet({
      title: change ? words.changeTitle : words.addTitle,
      body: form.element,
      kind: "add",
      onClose: () => {
        sheet = null
        stop()
        form?.frame.stop()
      },
    })
    if (form.frame.file) form.story.focus()
  }

  /** The host's own sentence beside Send, with a link to read more. */
  function showTerms() {
    const key = termsOf(boot)
    if (!form || form.terms.dataset.shown === key) return
    form.terms.dataset.shown = key
    form.terms.hidden = !key
    form.terms.replaceChildren(el("bdi", {}, boot.notice ?? ""), " ", boot.notice_url ? el("a", { href: boot.notice_url, target: "_blank", rel: "noopener noreferrer" }, words.readMore) : "")
  }

  /** The photo came from the phone: there is nothing left to do here. */
  function finish() {
    sheet.close()
    form = null
    kept.forget()
  }

  return {
    open,
    /** Whoever this is now, it is not whose draft that was. */
    forget() {
      if (!sheet) form = null
      kept.forget()
    },
    /** The host has changed what the event asks or says. */
    follow() {
      showTerms()
      if (form?.isEmpty() && !sheet) form = null // nothing is lost: it asks the new question
    },
    /** The client told more of what it can do. */
    refresh: () => form?.frame.refresh(),
    /** The photo was looked at and refused: its line is kept for the next one. */
    refused(message, story) {
      refusal = message
      if (form && !form.story.value) form.story.value = story
    },
    get isOpen() {
      return Boolean(sheet)
    },
  }
}
