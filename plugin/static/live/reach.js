/**
 * Whether the service is out of reach, and in what words: "offline" as soon as the browser says that there is no network,
 * "unreachable" once nothing has come through for a while. One call that failed says nothing: a stream that lives knows better.
 *
 *   const reach = createReach({ api, feed, onChange })
 *   reach.now   "" | "offline" | "unreachable"
 *   await reach.again()   once it may be worth trying again: the network is back, or some seconds have passed
 */
const PATIENCE = 6 * 1000 // milliseconds
const AGAIN = 15 * 1000

export function createReach({ api, feed, onChange = () => {}, clock = globalThis, page = globalThis, hasNetwork = () => globalThis.navigator?.onLine !== false }) {
  let connection = "connecting"
  let told = ""
  let lostSince = null
  let timer = 0
  const waiting = new Set()

  const isAlive = () => hasNetwork() && ["live", "polling"].includes(connection)
  const isLost = () => connection === "offline" || (!api.online && !isAlive())

  function stateNow() {
    if (!isLost()) return ""
    if (!hasNetwork()) return "offline"
    return clock.performance.now() - lostSince >= PATIENCE ? "unreachable" : ""
  }

  function look() {
    clock.clearTimeout(timer)
    if (!isLost()) {
      lostSince = null
      wake()
    } else {
      lostSince ??= clock.performance.now()
      timer = clock.setTimeout(look, PATIENCE)
    }
    const now = stateNow()
    if (now === told) return
    told = now
    onChange(now)
  }

  function wake() {
    for (const go of waiting) go()
    waiting.clear()
  }

  feed.on("connection", (state) => {
    connection = state
    look()
  })
  api.onConnection(look)
  page.addEventListener?.("online", wake)

  return {
    get now() {
      return told
    },
    again: () =>
      new Promise((resolve) => {
        waiting.add(resolve)
        clock.setTimeout(resolve, AGAIN)
      }),
  }
}
