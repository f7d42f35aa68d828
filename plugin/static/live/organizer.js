/**
 * Calls for whoever connected a platform, with the token that stands for the connection: it is kept for as long as this
 * tab is open.
 *
 *   const organizer = createOrganizer(boot)      boot: {platform, organize: the address of its calls}
 *   organizer.isConnected()    organizer.keep(token)    organizer.keep(null)
 *   await organizer.call("POST", "/walls", {...})  -> the answer; throws ApiError
 */
import { below } from "../page/below.js"
import { ApiError } from "./api.js"
import { language } from "../words/languages.js"
import { words } from "../words/desk.js"

export function createOrganizer({ platform, organize }) {
  const name = `mosaic:${platform}:organizer`
  let token = kept()

  function kept() {
    try {
      return sessionStorage.getItem(name)
    } catch {
      return null // kept in memory only
    }
  }

  function keep(next) {
    token = next
    try {
      if (next) sessionStorage.setItem(name, next)
      else sessionStorage.removeItem(name)
    } catch {
      // This browser keeps nothing: a reload asks to connect again.
    }
  }

  /** What comes late, about a connection that is no more, is nothing to anybody. */
  async function call(method, path, body) {
    const asked = token
    const headers = { "Accept-Language": language, ...(token && { Authorization: `Bearer ${token}` }) }
    if (body) headers["Content-Type"] = "application/json"
    const response = await fetch(below(`${organize}${path}`), { method, headers, body: body && JSON.stringify(body), cache: "no-store" }).catch(() => null)
    const answer = await response?.json().catch(() => null)
    if (response?.ok && answer) return answer
    const { code = "network", message = words.notStarted, field = null } = answer?.error ?? {}
    if (response?.status === 401 && asked !== token) throw new ApiError(0, "aborted", message)
    throw new ApiError(response?.status ?? 0, code, message, field)
  }

  return { isConnected: () => Boolean(token), keep, call }
}
