/** What was looked at, told to the service in batches: it sees to it that nobody stays unseen. */

const EVERY = 5000 // milliseconds
const MOST = 100
const REMEMBERED = 500

/** opened.note(id, how)   opened.seen() -> ids, newest last   opened.counts Map(id -> times) */
export function createOpened({ api, clock = globalThis, page = globalThis.document }) {
  const counts = new Map()
  let order = []
  let waiting = []
  let timer = 0

  function send(options) {
    clock.clearTimeout(timer)
    timer = 0
    if (!waiting.length) return
    const opened = waiting.splice(0, MOST)
    api.post("/api/opened", { opened }, options).catch(() => {}) // a number that is lost is only a number
  }

  page?.addEventListener("visibilitychange", () => page.visibilityState === "hidden" && send({ keepalive: true }))

  return {
    counts,
    seen: () => order,
    note(id, how) {
      counts.set(id, (counts.get(id) ?? 0) + 1)
      order = [...order.filter((each) => each !== id), id].slice(-REMEMBERED)
      waiting.push({ id, how })
      if (!timer) timer = clock.setTimeout(send, EVERY)
    },
  }
}
