/**
 * The service's HTTP API as one object: it holds the token (in memory only), joins again by itself when the token is
 * refused, repeats what may be repeated, and turns every failure into an `ApiError` with words for people.
 *
 *   const api = createApi({ join: () => ({ code, return_key }), onJoined: (answer) => remember(answer.return_key) })
 *   await api.join({ name: "Ada" })                    // POST /api/join; the first call needs no explicit join
 *   await api.get("/api/me")                           // also post(path, body), patch(path, body), remove(path)
 *   await api.sendPhoto({ photo: file, story, name }, { key: newKey(), onProgress: (share) => …, signal })
 *   api.online                                         // false after a request found no network
 *   const stop = api.onConnection((online) => …)
 */

import { below } from "../page/below.js"
import { language } from "../words/languages.js"
import { words } from "../words/words.js"

const GET_TIMEOUT = 10 * 1000
const POST_TIMEOUT = 20 * 1000
const UPLOAD_STALL = 60 * 1000 // a phone on a poor line is slow, not gone: only a standstill counts
const GET_TRIES = 4
const PHOTO_TRIES = 4
const FIRST_WAIT = 400
const LONGEST_WAIT = 8 * 1000
const PASSING_STATUS = new Set([429, 502, 503, 504])
const BUSY = "busy" // the service had no time and did nothing: whatever it was may be asked again
const BUSY_TRIES = 6
const ELSEWHERE = "link_elsewhere" // perhaps the panel that stood here a moment ago, whose goodbye is on its way
const ELSEWHERE_TRIES = 3
const NOT_THIS_METHOD = new Set([405, 501])

const WORDS = words.lost

/** A failed request. `status` is 0 where no answer came; `code` is the service's, or one of the keys of WORDS. */
export class ApiError extends Error {
  constructor(status, code, message, field = null, retryAfter = null) {
    super(message)
    this.name = "ApiError"
    this.status = status
    this.code = code
    this.field = field
    this.retryAfter = retryAfter
  }

  get isPassing() {
    return (this.status === 0 && this.code !== "aborted") || PASSING_STATUS.has(this.status)
  }
}

/** A key that names one sending of a photo, kept across its retries. (randomUUID is missing on plain http.) */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")
}

/** Milliseconds before the next try: grows with each, and is spread so that thousands of panels do not return at once. */
export function backoff(attempt, { first = FIRST_WAIT, longest = LONGEST_WAIT, random = Math.random } = {}) {
  const ceiling = Math.min(longest, first * 2 ** attempt)
  return ceiling * (0.5 + random() / 2)
}

/** At least as long as the service asks for, and not all at once. */
const spread = (seconds, random = Math.random) => seconds * 1000 * (1 + random())

/**
 * @param {object} options
 * @param {() => object | Promise<object>} options.join  the body of POST /api/join, asked for at every join; a `path` in
 *   it names another address
 * @param {(answer: object) => void} [options.onJoined]  called with every answer to it
 * @param {(error: ApiError) => boolean} [options.mayJoinAgain]  asked when it is refused: whether another body would help
 */
export function createApi({
  join: joinBody,
  onJoined = () => {},
  mayJoinAgain = () => false,
  fetch = (...args) => globalThis.fetch(...args),
  upload = xhrUpload,
  pause = pauseFor,
  online = () => globalThis.navigator?.onLine !== false,
}) {
  let token = null
  let joining = null
  let connected = true
  let knowsOnlyPost = false // what stands between the service and us
  const listeners = new Set()

  const setConnected = (value) => {
    if (connected === value) return
    connected = value
    for (const listener of listeners) listener(value)
  }
  globalThis.addEventListener?.("offline", () => setConnected(false))
  globalThis.addEventListener?.("online", () => setConnected(true))

  /** Joins once, however many ask at the same time. `extra` is added to the body (a name, a launch). */
  function join(extra = {}) {
    joining ??= joinGently(extra)
      .catch((error) => {
        if (!mayJoinAgain(error)) throw error
        return joinGently(extra)
      })
      .finally(() => (joining = null))
    return joining
  }

  const joinGently = (extra) => repeat(ELSEWHERE_TRIES, () => joinOnce(extra), (error) => error.code === ELSEWHERE)

  async function joinOnce(extra) {
    const { path = "/api/join", ...body } = await joinBody()
    return accept(await patiently(() => ask(path, { body: { ...body, ...extra } })))
  }

  /** Takes an answer like that of a join: its token is ours from now on. */
  function accept(answer) {
    token = answer.token
    onJoined(answer)
    return answer
  }

  /** One call without our token (with `bearer`, where that is another), not repeated: POST where there is a body or form. */
  async function ask(path, { body, form, bearer } = {}) {
    const sent = form ? { body: multipart(form) } : body && json(body)
    const { headers = {}, ...init } = sent ? { method: "POST", ...sent } : { method: "GET" }
    if (bearer) headers.Authorization = `Bearer ${bearer}`
    return read(await send(path, { ...init, headers }, form ? UPLOAD_STALL : POST_TIMEOUT))
  }

  /** One request without token or repetition; failures before an answer become ApiErrors. */
  async function send(path, init, timeout) {
    const { signal, done, timedOut } = withTimeout(init.signal, timeout)
    try {
      const headers = { "Accept-Language": language, ...init.headers } // the answer's words, in the panel's language
      const response = await fetch(below(path), { credentials: "same-origin", ...init, headers, signal })
      setConnected(true)
      return response
    } catch (error) {
      throw lost(error, init.signal, timedOut())
    } finally {
      done()
    }
  }

  function lost(error, signal, timedOut) {
    if (error instanceof ApiError) return error
    if (signal?.aborted) return new ApiError(0, "aborted", WORDS.aborted)
    if (!online()) {
      setConnected(false)
      return new ApiError(0, "offline", WORDS.offline)
    }
    if (timedOut) return new ApiError(0, "timeout", WORDS.timeout)
    setConnected(false)
    return new ApiError(0, "network", WORDS.network)
  }

  /** With the token; on 401 joins again and repeats once. `attempt(headers)` gives a Response-like with a status. */
  async function withToken(attempt) {
    if (!token) await join()
    const used = token
    const response = await attempt({ Authorization: `Bearer ${used}` })
    if (response.status !== 401) return response
    // Somebody else may have joined meanwhile: their token is as good.
    if (token === used) await join()
    return attempt({ Authorization: `Bearer ${token}` })
  }

  const call = (path, init, timeout) =>
    withToken((headers) => send(path, { ...init, headers: { ...init.headers, ...headers } }, timeout))

  async function repeat(tries, once, mayRepeat = (error) => error.isPassing) {
    for (let attempt = 0; ; attempt++) {
      try {
        return await once()
      } catch (error) {
        if (!(error instanceof ApiError) || !mayRepeat(error) || attempt + 1 >= tries) throw error
        await pause(Math.max(backoff(attempt), spread(error.retryAfter ?? 0)))
      }
    }
  }

  const patiently = (once) => repeat(BUSY_TRIES, once, (error) => error.code === BUSY)

  /** Where nothing but GET and POST gets through to the service, a POST says what it means. */
  async function act(method, path, init, timeout = POST_TIMEOUT) {
    const { headers } = init
    const asPost = { method: "POST", headers: { ...headers, "X-HTTP-Method-Override": method } }
    const asked = knowsOnlyPost && method !== "POST" ? asPost : { method }
    try {
      return await patiently(async () => read(await call(path, { ...init, ...asked }, timeout)))
    } catch (error) {
      const isOurs = error.code !== "failed"
      if (asked.method === "POST" || isOurs || !NOT_THIS_METHOD.has(error.status)) throw error
      knowsOnlyPost = true
      return act(method, path, init, timeout)
    }
  }

  return {
    join,
    accept,
    ask,
    /** Whether a join was answered: the service knows us, whatever we know of ourselves. */
    get isIn() {
      return token !== null
    },
    get online() {
      return connected
    },
    onConnection(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    get: (path, { signal, tries = GET_TRIES, cache } = {}) =>
      repeat(tries, async () => read(await call(path, { method: "GET", signal, cache }, GET_TIMEOUT))),
    post: (path, body, { signal, keepalive } = {}) => act("POST", path, { signal, keepalive, ...json(body) }),
    /** Multipart: `fields` may hold files. */
    postForm: (path, fields, { signal } = {}) => act("POST", path, { signal, body: multipart(fields), headers: {} }, UPLOAD_STALL),
    patch: (path, body, { signal } = {}) => act("PATCH", path, { signal, ...json(body) }),
    remove: (path, { signal } = {}) => act("DELETE", path, { signal }),

    /** An answer whose body is read as it comes (the live stream); the timeout covers only the answer's beginning. */
    async open(path, { signal, timeout = GET_TIMEOUT } = {}) {
      const response = await call(path, { method: "GET", signal, cache: "no-store", headers: { Accept: "text/event-stream" } }, timeout)
      if (!response.ok) await read(response)
      return response
    },

    /**
     * Sends a photo. `fields` become multipart fields (false and true as 0 and 1, null ones are left out). The same
     * `key` in every retry, also in one a person asks for, makes it one photo however often it arrives.
     */
    sendPhoto(fields, { key = newKey(), onProgress = () => {}, signal } = {}) {
      return repeat(PHOTO_TRIES, async () =>
        read(
          await withToken(async (headers) => {
            try {
              const init = { headers: { "Accept-Language": language, ...headers, "Idempotency-Key": key }, body: multipart(fields), onProgress, signal }
              const response = await upload(below("/api/photos"), init)
              setConnected(true)
              return response
            } catch (error) {
              throw lost(error, signal, error?.name === "TimeoutError")
            }
          }),
        ),
      )
    },
  }
}

/** The JSON of a Response, or the ApiError it stands for. */
async function read(response) {
  const text = await response.text().catch(() => {
    throw new ApiError(0, "network", WORDS.network)
  })
  const body = parse(text)
  if (response.ok) return body
  const error = body?.error ?? {}
  const retryAfter = Number(response.headers?.get?.("Retry-After")) || null
  throw new ApiError(response.status, error.code ?? "failed", error.message ?? WORDS.failed, error.field ?? null, retryAfter)
}

function parse(text) {
  try {
    return text ? JSON.parse(text) : null
  } catch {
    return null // a proxy's HTML page instead of our JSON
  }
}

const json = (body) => ({ body: JSON.stringify(body ?? {}), headers: { "Content-Type": "application/json" } })

function multipart(fields) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === undefined) continue
    form.append(name, typeof value === "boolean" ? String(Number(value)) : value)
  }
  return form
}

const pauseFor = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** A signal that follows the caller's and the clock. */
function withTimeout(outer, milliseconds) {
  const controller = new AbortController()
  let late = false
  const follow = () => controller.abort()
  const timer = setTimeout(() => {
    late = true
    controller.abort()
  }, milliseconds)
  if (outer?.aborted) follow()
  outer?.addEventListener("abort", follow)
  return {
    signal: controller.signal,
    timedOut: () => late,
    // The body may still be read under the caller's signal, so that one stays connected.
    done: () => clearTimeout(timer),
  }
}

/** POST through XMLHttpRequest, because fetch() does not tell how much was sent. */
function xhrUpload(path, { headers, body, onProgress, signal }) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    const fail = (name) => reject(Object.assign(new Error(name), { name }))
    let timer = 0
    const alive = () => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        fail("TimeoutError")
        xhr.abort()
      }, UPLOAD_STALL)
    }
    xhr.open("POST", path)
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value)
    xhr.upload.onprogress = ({ loaded, total }) => {
      alive()
      if (total) onProgress(loaded / total)
    }
    xhr.onload = () =>
      resolve({
        status: xhr.status,
        ok: xhr.status >= 200 && xhr.status < 300,
        headers: { get: (name) => xhr.getResponseHeader(name) },
        text: async () => xhr.responseText,
      })
    xhr.onerror = () => fail("NetworkError")
    xhr.onabort = () => fail("AbortError")
    xhr.onloadend = () => clearTimeout(timer)
    if (signal?.aborted) return fail("AbortError")
    signal?.addEventListener("abort", () => xhr.abort())
    alive()
    xhr.send(body)
  })
}
