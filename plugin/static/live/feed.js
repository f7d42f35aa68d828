/**
 * Keeps the wall's state at the service's revision. The stream is opened first, what comes is kept back, the snapshot
 * is fetched, and what is newer than it is replayed: so nothing that happens in between is lost. A change that does not
 * follow the known revision is a gap: the missing changes are fetched, or the snapshot again.
 *
 *   const feed = createFeed({ api, wall, photos })
 *   feed.on("me" | "status" | "facts" | "connection" | "error", listener); feed.start()
 */
import { judge } from "../wall/state.js"
import { backoff } from "./api.js"
import { createStream } from "./stream.js"

const MOST_KEPT = 400 // changes kept back while a snapshot is under way; more are fetched again
const SETTLE = 1500 // the snapshot may be a second old: what came after it is asked for once

export function createFeed({ api, wall, photos, openStream = createStream, clock = globalThis }) {
  const listeners = { me: new Set(), status: new Set(), facts: new Set(), connection: new Set(), error: new Set() }
  const tell = (type, value) => {
    for (const listener of listeners[type]) listener(value)
  }
  let kept = [] // changes that wait for a snapshot, or for missing ones
  let mending = null
  let running = false
  let behind = 0 // the newest revision that the service has spoken of
  let heard = false // of any change: from then on a gap shows by itself
  let settleTimer = 0

  const stream = openStream({
    api,
    since: () => wall.revision,
    onEvent: receive,
    onState: (state) => tell("connection", state),
  })

  function receive(type, data) {
    if (type === "changes") take(data)
    else if (type === "gap") mend({ snapshot: true })
    else if (type === "me") tell("me", data)
    else if (type === "status") {
      wall.setStatus(data)
      tell("status", data)
      tell("facts", data)
    }
  }

  function take({ revision, changes }) {
    behind = Math.max(behind, revision ?? 0)
    heard ||= changes.length > 0
    kept.push(...changes)
    if (kept.length > MOST_KEPT) kept = kept.slice(-MOST_KEPT)
    if (!mending) replay()
  }

  /** Applies what is kept as far as it follows on; mends what does not. `fruitless`: mendings in a row that changed nothing. */
  function replay(fruitless = 0) {
    const before = wall.revision
    const stuck = () => (wall.revision === before ? fruitless : 0)
    const waiting = kept.sort((a, b) => a.revision - b.revision)
    kept = []
    while (waiting.length) {
      const change = waiting.shift()
      const verdict = judge(wall.now, change)
      if (verdict === "old") continue
      if (verdict === "next") {
        photos.put(change.photos ?? [])
        wall.apply(change)
        for (const id of change.gone ?? []) photos.forget(id)
        continue
      }
      kept = [change, ...waiting]
      return mend({ snapshot: verdict === "grown" || !wall.ready, fruitless: stuck() })
    }
    if (wall.ready && behind > wall.revision) mend({ snapshot: false, fruitless: stuck() })
  }

  /** Fetches what is missing, once at a time, until the wall is as new as anything heard of. */
  function mend({ snapshot, fruitless = 0 }) {
    if (!running) return mending
    mending ??= (async () => {
      const before = wall.revision
      let whole = snapshot || fruitless > 0 || !wall.ready
      for (let attempt = fruitless; running; attempt++) {
        if (attempt) await new Promise((resolve) => clock.setTimeout(resolve, backoff(attempt - 1)))
        try {
          if (await (whole ? fetchSnapshot() : fetchChanges())) break
          whole = true
        } catch (error) {
          // A panel that shows nothing must say why; what passes is tried again.
          if (!wall.ready || !error.isPassing) tell("error", error)
          if (!error.isPassing) return false // what is kept waits for the next word from the service
        }
      }
      return before
    })().then((before) => {
      mending = null
      if (running && wall.ready && before !== false) replay(before === wall.revision ? fruitless + 1 : 0)
    })
    return mending
  }

  /** True when it was new enough to go on with. */
  async function fetchSnapshot() {
    const snapshot = await api.get("/api/wall")
    if (!running) return true
    wall.load(snapshot)
    tell("facts", snapshot)
    behind = Math.min(behind, Math.max(wall.revision, ...kept.map((change) => change.revision)))
    const needed = kept.findLast((change) => change.generation !== wall.generation && change.revision > wall.revision)
    return !needed
  }

  /** False when the service no longer has them: then only the snapshot helps. */
  async function fetchChanges() {
    const answer = await api.get(`/api/changes?since=${wall.revision}`)
    tell("facts", answer)
    if (answer.gap) return false
    behind = Math.max(behind, answer.revision)
    kept.push(...answer.changes)
    behind = Math.min(behind, Math.max(wall.revision, ...kept.map((change) => change.revision))) // it told all it has
    return !answer.changes.some((change) => change.generation !== wall.generation)
  }

  return {
    on(type, listener) {
      listeners[type].add(listener)
      return () => listeners[type].delete(listener)
    },
    start() {
      if (running) return
      running = true
      stream.start()
      mend({ snapshot: true }).then(() => {
        // The stream may have opened after the snapshot was made: ask once for what fell between.
        settleTimer = clock.setTimeout(() => running && wall.ready && !heard && mend({ snapshot: false }), SETTLE)
      })
    },
    /** Fetches the snapshot anew, for a panel that was away. */
    refresh: () => mend({ snapshot: true }),
    stop() {
      running = false
      clock.clearTimeout(settleTimer)
      stream.stop()
    },
  }
}
