/**
 * Keeps a panel in touch: reads /api/live through fetch() (EventSource cannot send our header), comes back after every
 * break with the revision it knows, asks /api/changes every two seconds where streaming does not get through, or where
 * other pages of this browser have the streams that it can have (streams.js). While nobody looks it rests, and asks now
 * and then only whether something concerns this person.
 *
 *   const stream = createStream({ api, since: () => revision | null, onEvent, onState })
 *   stream.start(); stream.stop()
 *
 * onEvent(type, data): "changes", "gap", "me", "status" with parsed data, from the stream or from polling alike.
 * onState("connecting" | "live" | "polling" | "offline" | "paused").
 */
import { TOLD } from "../wall/state.js"
import { backoff } from "./api.js"
import { createParser } from "./sse.js"
import { createStreams } from "./streams.js"

const STATUS = ["state", "delayed", "break", "here", "hosts_here", "threads", "speakers", "reveal", "as_of", ...TOLD] // what the stream tells by itself
const UNKNOWN_ROUNDS = 8 // polls: while the service does not know who has news, one looks for oneself
const POLL_INTERVAL = 2 * 1000
const STREAM_AGAIN = 60 * 1000 // while polling, streaming is tried again this often
const FIRST_BYTE = 8 * 1000 // a proxy that holds our stream back lets nothing through for longer
const SILENCE = 50 * 1000 // the service says something every 20 s
const FAILURES_TO_POLL = 2
const STABLE_AFTER = 10 * 1000 // a stream that lived this long did not fail, it ended
const SPREAD_AFTER_END = 1500 // a restart drops all panels at once; they must not return at once
const HIDDEN_PATIENCE = 60 * 1000
const HIDDEN_LOOK = 45 * 1000 // a browser calls a hidden page once a minute at most anyway

export function createStream({
  api,
  since,
  onEvent,
  onState = () => {},
  document = globalThis.document,
  clock = globalThis,
  random = Math.random,
  streams = createStreams(),
}) {
  let running = null // the AbortController of the present run
  let state = ""
  let hiddenTimer = 0
  let heard = 0 // up to which number the service has told what concerns only this person
  let unknown = 0

  function become(next) {
    if (state === next) return
    state = next
    onState(next)
  }

  const wait = (milliseconds, signal) =>
    new Promise((resolve) => {
      const timer = clock.setTimeout(finish, milliseconds)
      function finish() {
        clock.clearTimeout(timer)
        signal.removeEventListener("abort", finish)
        resolve()
      }
      if (signal.aborted) finish()
      else signal.addEventListener("abort", finish)
    })

  const query = () => {
    const revision = since()
    return revision === null ? "" : `?since=${revision}${heard ? `&heard=${heard}` : ""}`
  }

  async function run(signal) {
    let failures = 0
    become("connecting")
    while (!signal.aborted) {
      if (!(await streams.mayHave())) {
        await pollFor(again(), signal)
        continue
      }
      const lived = await streamOnce(signal)
      if (signal.aborted) return
      failures = lived >= STABLE_AFTER ? 0 : failures + 1
      if (failures >= FAILURES_TO_POLL) {
        await pollFor(again(), signal)
        failures = FAILURES_TO_POLL - 1 // one more failure and it polls again
      } else {
        become(api.online ? "connecting" : "offline")
        await wait(failures ? backoff(failures, { random }) : random() * SPREAD_AFTER_END, signal)
      }
    }
  }

  const again = () => STREAM_AGAIN * (0.75 + random() / 2)

  /** Reads one stream to its end; gives the milliseconds that it lived, 0 when it brought nothing. */
  async function streamOnce(outer) {
    const abort = new AbortController()
    const follow = () => abort.abort()
    outer.addEventListener("abort", follow)
    let watchdog = clock.setTimeout(follow, FIRST_BYTE)
    let born = 0
    const heard = () => {
      born ||= clock.performance.now()
      become("live")
      clock.clearTimeout(watchdog)
      watchdog = clock.setTimeout(follow, SILENCE)
    }
    try {
      const response = await api.open(`/api/live${query()}`, { signal: abort.signal })
      await readEvents(response, heard, deliver)
    } catch {
      // Whatever broke it, the answer is the same: come back. A 401 was already answered by joining again.
    } finally {
      clock.clearTimeout(watchdog)
      outer.removeEventListener("abort", follow)
      abort.abort()
    }
    return born ? clock.performance.now() - born : 0
  }

  async function pollFor(milliseconds, signal) {
    const until = clock.performance.now() + milliseconds
    while (!signal.aborted && clock.performance.now() < until) {
      await pollOnce(signal)
      await wait(POLL_INTERVAL * (0.9 + random() / 5), signal)
    }
  }

  async function pollOnce(signal) {
    const revision = since()
    if (revision === null) return
    try {
      const answer = await api.get(`/api/changes?since=${revision}&heard=${heard}`, { signal, tries: 1 })
      become("polling")
      if (answer.gap) onEvent("gap", answer)
      else if (answer.changes.length) onEvent("changes", answer)
      const isFirst = takeStatus(answer)
      if (answer.me === null) unknown = (unknown + 1) % UNKNOWN_ROUNDS
      if (!isFirst && (answer.me || (answer.me === null && unknown === 1))) onEvent("me", {})
    } catch {
      if (!signal.aborted) become(api.online ? "connecting" : "offline")
    }
  }

  /** With the first number one looks for oneself: what is newer the service tells, and what is older nobody does. -> whether it was the first */
  function takeStatus({ heard: number = heard, ...said }) {
    const isFirst = !heard && number > 0
    heard = number
    onEvent("status", Object.fromEntries(Object.entries(said).filter(([name]) => STATUS.includes(name))))
    if (isFirst) onEvent("me", {})
    return isFirst
  }

  function deliver({ type, data }) {
    let value
    try {
      value = JSON.parse(data)
    } catch {
      return // not ours
    }
    if (type === "status") takeStatus(value)
    else onEvent(type, value)
  }

  function start() {
    if (running) return
    running = new AbortController()
    run(running.signal)
  }

  function stop() {
    running?.abort()
    running = null
    streams.giveUp()
  }

  function onVisibility() {
    clock.clearTimeout(hiddenTimer)
    if (document.visibilityState === "hidden") hiddenTimer = clock.setTimeout(rest, HIDDEN_PATIENCE)
    else if (state === "paused") start()
  }

  function rest() {
    if (!running) return
    stop()
    become("paused")
    lookLater()
  }

  const lookLater = () => (hiddenTimer = clock.setTimeout(lookForOneself, HIDDEN_LOOK * (0.75 + random() / 2)))

  async function lookForOneself() {
    const answer = await api.get(`/api/news?heard=${heard}`, { tries: 1 }).catch(() => ({}))
    if (state !== "paused") return
    heard = answer.heard ?? heard
    if (answer.me) onEvent("me", {})
    lookLater()
  }

  return {
    start() {
      document?.addEventListener("visibilitychange", onVisibility)
      start()
    },
    stop() {
      clock.clearTimeout(hiddenTimer)
      document?.removeEventListener("visibilitychange", onVisibility)
      state = ""
      stop()
    },
  }
}

/** Reads a Response's body as events until it ends. `heard` is called for every piece, pings included. */
export async function readEvents(response, heard, onEvent) {
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  const parse = createParser(onEvent)
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    heard()
    parse(decoder.decode(value, { stream: true }))
  }
}
