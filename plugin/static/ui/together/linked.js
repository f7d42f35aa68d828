/**
 * Where a text is a way to reach somebody: mail, a page, a telephone. Only what is certainly one becomes a link, and only
 * mailto:, https: and tel: are ever made.
 *
 *   addressOf("ada@example.org")   the address it leads to, or null
 *   linked(text)                   its words, those that lead somewhere as links
 */
import { el } from "../kit/dom.js"

const MAIL = /^[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]+@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+\p{L}{2,}$/u
const PAGE = /^(?:https:\/\/)?(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+\p{L}{2,}(?:[/?#][^\s<>"\\]*)?$/iu
const TELEPHONE = /^(?:tel:)?\+?[0-9][0-9 ()./-]{5,}$/iu
const FEWEST_DIGITS = 7

export function addressOf(text) {
  const mail = text.replace(/^mailto:/iu, "")
  if (MAIL.test(mail)) return `mailto:${mail.split("@").map(encodeURIComponent).join("@")}`
  if (PAGE.test(text)) return page(text)
  const digits = text.replace(/[^0-9]/gu, "")
  if (!TELEPHONE.test(text) || digits.length < FEWEST_DIGITS || digits.length > 15) return null
  return `tel:${/^(?:tel:)?\+/iu.test(text) ? "+" : ""}${digits}`
}

function page(text) {
  try {
    const url = new URL(/^https:/iu.test(text) ? text : `https://${text}`)
    return url.protocol === "https:" && !url.username && !url.password ? url.href : null
  } catch {
    return null
  }
}

/** The whole text where it is one address, else word by word. */
export function linked(text) {
  const whole = addressOf(text.trim())
  if (whole) return [link(text, whole)]
  return text.split(/(\s+)/u).map((word) => {
    const [, bare, end] = /^(.*?)([.,;:!?)]*)$/u.exec(word)
    const address = bare && !/^[0-9]+$/u.test(bare) ? addressOf(bare) : null
    return address ? el("span", {}, link(bare, address), end) : word
  })
}

/** A long one goes on in the next line behind its @ or a slash. */
const breakable = (text) => text.split(/(?<=[@/])/u).flatMap((part) => [part, el("wbr")])

const link = (text, href) => el("a", { href, ...(href.startsWith("https:") ? { target: "_blank", rel: "noopener noreferrer" } : {}) }, breakable(text))
