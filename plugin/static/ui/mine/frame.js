/**
 * The square in which a photo is chosen: from a file, by dropping or pasting, with the page's or the client's camera, the
 * platform's picture, by phone. Then it is a small preview beside the story; a tap opens it large, to move it to the part
 * that shall be seen or to choose another.
 *
 *   const frame = createFrame({ platform, maxBytes, phone, onChange, onCrop })
 *   frame.offer(address of the platform's picture, or null)   frame.isPairing
 *   frame.element  frame.file  await frame.sent (as it goes to the service)  frame.crop {x, y}  frame.picture (the image element)  frame.take(file)  frame.put(file, crop)  frame.stop()
 */
import { below } from "../../page/below.js"
import { cropAfterDrag, isMovable } from "../kit/checks.js"
import { el, icon, showError } from "../kit/dom.js"
import { kept } from "../kit/files.js"
import { smaller } from "../kit/smaller.js"
import { words } from "../../words/panel.js"

const ACCEPT = "image/*,.heic,.heif,.avif"
const KEY_STEP = 16 // pixels that an arrow key moves the photo

const MIDDLE = { x: 0.5, y: 0.5 }

export function createFrame({ platform, maxBytes, phone = null, onChange = () => {}, onCrop = () => {} }) {
  const chosen = { file: null, sent: null, url: null, crop: MIDDLE, picture: null }
  const box = el("div.frame")
  const buttons = el("div.frame-buttons")
  const error = el("p.error", { role: "alert", hidden: true })
  const hint = el("p.small", { id: "crop-hint", hidden: true }, words.moveCrop)
  const files = filePicker(false)
  const device = filePicker(true)
  const element = el("div.part.photo-part", {}, box, hint, buttons, error, files, device)
  let camera = null
  let offered = null // the platform's picture of this person
  let passing = false // what is shown goes away with the sheet: a camera, a code, a question
  let waiting = 0 // for the client's camera, or for the offered picture

  function filePicker(capture) {
    return el("input.file", {
      type: "file",
      accept: capture ? "image/*" : ACCEPT,
      capture: capture ? "environment" : null,
      tabindex: "-1",
      "aria-hidden": "true",
      hidden: true,
      on: {
        change: ({ target }) => {
          if (target.files[0]) take(target.files[0])
          target.value = "" // the same file may be chosen again
        },
      },
    })
  }

  /** Takes a file over, or says why not. */
  async function take(picked) {
    stop()
    const mine = waiting
    const { file, wrong } = await kept(picked, maxBytes)
    if (mine !== waiting) return // another was chosen meanwhile
    const say = words.wrongFile[wrong]
    showError(error, null, typeof say === "function" ? say(Math.floor(maxBytes / 1024 / 1024)) : say)
    if (wrong) return showChoice()
    put(file)
    onChange()
  }

  function put(file, crop = MIDDLE) {
    if (chosen.url) URL.revokeObjectURL(chosen.url)
    Object.assign(chosen, { file, url: URL.createObjectURL(file), crop })
    showPhoto()
    chosen.sent = smaller(file, chosen.picture) // while its person writes
  }

  const button = (kind, text, listener, picture = null) => el(kind, { type: "button", on: { click: listener } }, picture, text)

  function show(...children) {
    box.replaceChildren(...children)
    box.className = "frame"
    passing = false
    buttons.replaceChildren()
    hint.hidden = true
  }

  function showChoice() {
    if (chosen.file) return showPhoto()
    show(...sources("button.button"), el("p.small.only-pointer", {}, words.drop), el("p.small", {}, words.welcome))
    box.classList.add("empty-frame")
  }

  /** The ways to a photo that there are here. */
  function sources(kind) {
    const client = platform.canTakePhoto
    return [
      client && button(kind, words.camera, takeByClient),
      !client && platform.camera && button(kind, words.camera, takePicture),
      offered && button(`${kind}.offered`, words.platform.usePicture(platform.title), takeOffered, el("img", { src: offered, alt: "", width: 32, height: 32 })),
      button(kind, kind === "button.link" ? words.otherPhoto : words.choose, () => files.click()),
      phone && platform.camera !== "device" && button(kind, words.phone.use, showPhone),
    ].filter(Boolean)
  }

  const others = () => sources("button.link").filter((each) => !each.matches(".offered"))

  function pictureOf() {
    const picture = el("img", { src: chosen.url, alt: "", draggable: "false" })
    place(picture)
    return picture
  }

  /** Small, so that the story, the choices and Send are in sight beside it. */
  function showPhoto() {
    const picture = pictureOf()
    chosen.picture = picture
    picture.addEventListener("error", showUnseen)
    show(el("button.preview", { type: "button", "aria-label": words.changePreview, title: words.changePreview, on: { click: showCrop } }, picture, icon("edit")))
    box.classList.add("small-frame")
  }

  function showUnseen() {
    chosen.picture = null
    show(el("div.unseen", {}, el("b", { dir: "auto" }, chosen.file.name), el("p.small", {}, words.cannotPreview)))
    box.classList.add("unseen-frame")
    buttons.append(...others())
  }

  function showCrop() {
    const picture = pictureOf()
    const done = button("button.button.main", words.cropDone, () => {
      showPhoto()
      box.firstChild.focus()
      onCrop()
    })
    picture.addEventListener("load", () => makeMovable(picture))
    show(picture)
    box.classList.add("crop-frame")
    passing = true
    buttons.append(done, ...others())
    done.focus({ preventScroll: true })
    element.scrollIntoView({ block: "nearest" })
  }

  const place = (picture) => {
    picture.style.objectPosition = `${chosen.crop.x * 100}% ${chosen.crop.y * 100}%`
  }

  function makeMovable(picture) {
    if (!isMovable(picture.naturalWidth, picture.naturalHeight)) return
    const size = () => ({ width: picture.naturalWidth, height: picture.naturalHeight, frame: box.clientWidth })
    const move = (dx, dy) => {
      chosen.crop = cropAfterDrag(chosen.crop, dx, dy, size())
      place(picture)
    }
    box.classList.add("movable")
    hint.hidden = false
    picture.tabIndex = 0
    picture.setAttribute("role", "img")
    picture.setAttribute("aria-label", words.cropLabel)
    picture.setAttribute("aria-describedby", hint.id)
    picture.addEventListener("pointerdown", (event) => picture.setPointerCapture(event.pointerId))
    picture.addEventListener("pointermove", (event) => {
      if (picture.hasPointerCapture(event.pointerId)) move(event.movementX, event.movementY)
    })
    picture.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key]
      if (!step) return
      event.preventDefault()
      move(step[0] * KEY_STEP, step[1] * KEY_STEP)
    })
  }

  async function takePicture() {
    if (platform.camera === "device") return device.click()
    stop()
    try {
      camera = await platform.openCamera()
    } catch {
      return showError(error, null, words.noCamera)
    }
    if (!element.isConnected) return stop() // the sheet was closed while the browser asked
    showError(error, null, null)
    const video = el("video", { autoplay: true, muted: true, playsinline: true })
    video.muted = true
    video.srcObject = camera.stream
    show(video)
    passing = true
    const shoot = button("button.button.main", words.shoot, async () => take(await camera.shoot(video)))
    const leave = button("button.link", words.stopCamera, () => {
      stop()
      showChoice()
    })
    buttons.append(shoot, leave)
    shoot.focus()
  }

  /** The client asks the person in a window of its own; meanwhile nothing here is blocked. */
  async function takeByClient() {
    stop()
    showWaiting(words.platform.asking(platform.title))
    const mine = ++waiting
    try {
      const file = await platform.takePhoto()
      if (mine === waiting) take(file)
    } catch (failure) {
      const texts = words.platform.notTaken(platform.title)
      if (mine === waiting) giveUp(texts[failure.reason] ?? texts.failed)
    }
  }

  async function takeOffered() {
    showWaiting(words.loading)
    const mine = ++waiting
    try {
      const response = await fetch(below(offered))
      if (!response.ok) throw new Error(response.statusText)
      const blob = await response.blob()
      if (mine === waiting) take(new File([blob], "picture.jpg", { type: blob.type || "image/jpeg" }))
    } catch {
      if (mine === waiting) giveUp(words.platform.pictureFailed(platform.title))
    }
  }

  function giveUp(message) {
    waiting++
    showChoice()
    showError(error, null, message)
  }

  function showWaiting(text) {
    showError(error, null, null)
    show(el("p.later", { role: "status" }, text))
    passing = true
    buttons.append(back())
  }

  const back = () =>
    button("button.link", words.phone.back, () => {
      stop()
      showChoice()
    })

  function showPhone() {
    stop()
    showError(error, null, null)
    show(phone.element)
    box.classList.add("phone-frame")
    passing = true
    buttons.append(back())
    phone.start()
  }

  function stop() {
    waiting++
    camera?.stop()
    camera = null
    phone?.stop()
  }

  box.addEventListener("dragover", (event) => {
    event.preventDefault()
    box.classList.add("over")
  })
  for (const type of ["dragleave", "drop"]) box.addEventListener(type, () => box.classList.remove("over"))
  showChoice()

  return {
    element,
    take,
    /** A photo of before a reload. */
    put,
    stop() {
      stop()
      if (passing) showChoice()
    },
    /** The platform's picture of this person, as a suggestion. */
    offer(address) {
      if (offered === address) return
      offered = address
      if (box.matches(".empty-frame")) showChoice()
    },
    /** Somebody looks at the code for their phone. */
    get isPairing() {
      return box.matches(".phone-frame")
    },
    /** What the client can do became known meanwhile. */
    refresh: () => box.matches(".empty-frame") && showChoice(),
    showError: (message) => showError(error, null, message),
    /** Forgets the photo (it was sent, or refused). */
    clear() {
      stop()
      Object.assign(chosen, { file: null, sent: null, url: null, picture: null })
      showChoice()
    },
    focus: () => element.querySelector("button")?.focus(),
    get file() {
      return chosen.file
    },
    get sent() {
      return chosen.sent
    },
    get crop() {
      return chosen.crop
    },
    get picture() {
      return chosen.picture
    },
    get url() {
      return chosen.url
    },
  }
}
