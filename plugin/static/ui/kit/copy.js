/** Links and codes to hand out: each with a button that copies it and says so. */
import { el } from "./dom.js"
import { words } from "../../words/words.js"

const SAID_FOR = 2000 // milliseconds

/** `face`: what stands on it, where "Copy" alone would not say what. */
export function copyButton(text, label, face = words.copy) {
  const button = el("button.button", { type: "button", "aria-label": face === words.copy ? `${face}: ${label}` : face }, face)
  let timer = 0
  button.addEventListener("click", async () => {
    button.textContent = (await copy(text)) ? words.copied : words.pressCopy
    button.setAttribute("aria-live", "polite")
    clearTimeout(timer)
    timer = setTimeout(() => {
      button.textContent = face
    }, SAID_FOR)
  })
  return button
}

export function linkRow(label, url) {
  return el(
    "div.link-row",
    {},
    el("div", {}, el("span.small", {}, label), el("a", { href: url, target: "_blank", rel: "noopener" }, readable(url))),
    copyButton(url, label),
  )
}

/** The join code, large, beside its QR code. */
export function invitation(code, qrUrl) {
  return el(
    "div.invite",
    {},
    el("img.qr", { src: qrUrl, alt: words.qr, width: 200, height: 200 }),
    el("div", {}, el("p.small", {}, words.joinCode), el("p.big-code", {}, code)),
  )
}

/** An address as people read it; where it is too long for one line, it goes on behind a slash. */
export const readable = (url) =>
  withoutScheme(url)
    .split(/(?<=\/)/)
    .flatMap((part) => [part, el("wbr")])

export const withoutScheme = (url) => url.replace(/^https?:\/\//, "")

/** On plain http (a host's own network) there is no navigator.clipboard: the old way then. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = el("textarea.aside", { value: text, readonly: true })
    const before = document.activeElement
    document.body.append(area)
    area.select()
    const done = document.execCommand("copy")
    area.remove()
    before?.focus()
    return done
  }
}
