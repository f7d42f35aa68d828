/**
 * "Me": my photo and its line, my name, how I may be reached, the stage and the keepsake. Everything here takes effect at once.
 *
 *   createMe({ api, me, boot, wall, onShow, onChangePhoto, onAdd }).open()
 *   me.now {attendee, photos}; me.refresh() -> Promise; me.subscribe(listener)
 */
import { thumbAddress } from "../../wall/state.js"
import { el, showError } from "../kit/dom.js"
import { hostKeepsSwitch, keepsakeSwitch, nameField, reachChoice, stageChoice, storyField } from "../kit/form.js"
import { hasTitle, membership, titleField } from "./profile.js"
import { openSheet } from "../kit/sheet.js"
import { words } from "../../words/panel.js"

const SAID_FOR = 2500 // milliseconds that "Saved" stays

export function createMe({ api, me, boot, wall, platform, knowing, onShow, onChangePhoto, onAdd }) {
  const saved = el("span.saved", { role: "status" })
  const error = el("p.error", { role: "alert", hidden: true })
  let sheet = null
  let timer = 0

  function open() {
    if (sheet) return
    const { attendee } = me.now
    const photo = el("div")
    const name = nameField({ value: attendee.name, onChange: () => name.check() && save({ name: name.value }) })
    const title = hasTitle(platform, attendee) ? titleField(attendee.title ?? "", (value) => save({ title: value })) : null
    const reach = reachChoice({ value: attendee.reachability, onChange: (reachability) => save({ reachability }) })
    const stage = stageChoice({ attendee, isPublic: boot.stage_public, onChange: save })
    const shared = keepsakeSwitch({ ...attendee, onChange: save })
    const hosts = hostKeepsSwitch({ ...attendee, onChange: save })
    const more = el("div")
    import("./settings.js").then((part) => more.replaceWith(part.moreOfMe({ api, me, attendee, platform, connectedPath: boot.paths?.connected, save: change })), () => {})
    let keepsake = null
    const kept = el("div")
    import("./keepsake.js").then((part) => {
      if (!sheet) return
      keepsake = part.createKeepsake({ api, me })
      kept.replaceWith(keepsake.element)
    }, () => {})
    const places = el("div")
    import("./devices.js").then((part) => places.replaceWith(part.devicesOf({ api, me, knowing, leave: () => sheet?.close() })), () => {})
    const body = el("div.sheet-body", {}, photo, kept, name.element, title?.element, reach.element, stage.element, shared.element, hosts.element, membership({ api, platform, me }), places, more, error)
    showPhoto(photo)
    const stop = me.subscribe(() => photo.dataset.busy || showPhoto(photo))
    sheet = openSheet({
      title: words.me,
      body,
      foot: el("div.sheet-foot.me-foot", {}, el("p.small", {}, words.remembered), saved),
      kind: "me",
      onClose: () => {
        sheet = null
        stop()
        keepsake?.stop()
        showError(error, null, null)
      },
    })
  }

  function showPhoto(place) {
    delete place.dataset.busy
    const photo = me.photo
    if (!photo) {
      place.replaceChildren(el("p", {}, words.noPhoto), wall.state === "open" ? action(words.add, () => then(onAdd)) : "")
      return
    }
    const picture =
      photo.state === "received" || photo.state === "refused"
        ? me.preview(photo.id)
        : el("img", { src: thumbAddress(photo.key, 128), alt: "", width: 96, height: 96 })
    const state = photo.state === "refused" ? photo.refusal?.message : words.state[photo.state]
    place.replaceChildren(
      el(
        "div.my-photo",
        {},
        picture,
        el("div", {}, el("p", { dir: "auto" }, photo.story), el("p.small", {}, me.now.delayed && photo.state !== "placed" ? words.delayedMine : state)),
      ),
      el(
        "div.my-actions",
        {},
        photo.state === "placed" && action(words.showMe, () => then(() => onShow(photo))),
        photo.state !== "refused" && action(words.editStory, () => editStory(place, photo)),
        wall.state === "open" && action(words.changePhoto, () => then(onChangePhoto)),
        photo.state !== "refused" && action(words.withdraw, () => askWithdraw(place, photo)),
      ),
    )
  }

  const action = (text, run) => el("button.link", { type: "button", on: { click: run } }, text)

  function then(run) {
    sheet?.close()
    run()
  }

  function editStory(place, photo) {
    place.dataset.busy = "editing"
    const story = storyField({ prompt: photo.prompt || boot.prompt, longest: boot.max_story, value: photo.story })
    const submit = async (event) => {
      event.preventDefault()
      if (!story.check()) return story.focus()
      try {
        await api.patch(`/api/photos/${photo.id}`, { story: story.value })
        say(words.saved)
        await me.refresh()
        showPhoto(place)
      } catch (failure) {
        story.fail(failure.message)
      }
    }
    place.replaceChildren(
      el("form", { novalidate: true, on: { submit } }, story.element, answers(words.save, words.cancel, () => showPhoto(place))),
    )
    story.focus()
  }

  function askWithdraw(place, photo) {
    place.dataset.busy = "asking"
    const submit = async (event) => {
      event.preventDefault()
      try {
        await api.remove(`/api/photos/${photo.id}`)
        await me.refresh()
        say(words.withdrawn)
      } catch (failure) {
        showError(error, null, failure.message)
      }
      showPhoto(place)
    }
    const form = el("form", { on: { submit } }, el("p", {}, words.withdrawAsk), answers(words.withdrawYes, words.withdrawNo, () => showPhoto(place), "bad"))
    place.replaceChildren(form)
    form.querySelector("[type=button]").focus() // the harmless answer
  }

  const answers = (yes, no, onNo, kind = "main") =>
    el(
      "div.answers",
      {},
      el("button.button", { type: "submit", class: kind }, yes),
      el("button.button", { type: "button", on: { click: onNo } }, no),
    )

  async function change(wish) {
    await api.patch("/api/me", wish)
    showError(error, null, null)
    say(words.saved)
    me.refresh()
  }

  async function save(wish) {
    try {
      await change(wish)
    } catch (failure) {
      showError(error, null, failure.message)
    }
  }

  function say(text) {
    saved.textContent = text
    clearTimeout(timer)
    timer = setTimeout(() => {
      saved.textContent = ""
    }, SAID_FOR)
  }

  return { open }
}
