/**
 * Somebody who is a guest only because the platform's signing keys could not be had proves again who they are, by
 * themselves: after a minute, then more and more rarely, each panel at a moment of its own.
 *
 *   const proof = createLaterProof({ prove: () => api.join() })
 *   proof.note(answer)     after every join
 */
import { backoff } from "./api.js"

const FIRST = 60_000 // milliseconds; the service asks a platform for keys once a minute
const LONGEST = 600_000

export function createLaterProof({ prove, clock = globalThis }) {
  let timer = null
  let attempts = 0

  function note({ may_prove_later: mayProveLater }) {
    clock.clearTimeout(timer)
    if (!mayProveLater) {
      attempts = 0
      return
    }
    timer = clock.setTimeout(again, backoff(attempts++, { first: FIRST * 2, longest: LONGEST }))
  }

  /** A join that fails says nothing about proofs, so it is tried again like one that proved nothing. */
  async function again() {
    await Promise.resolve(prove()).catch(() => note({ may_prove_later: true }))
  }

  return { note }
}
