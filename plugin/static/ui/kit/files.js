/**
 * A file as it was when it was chosen. It is read into memory at once: what a gallery hands out may change or go before
 * it is sent, and the browser says then only that the network failed.
 *
 *   const { file, wrong } = await kept(chosen, maxBytes)     // wrong: null, "gone", or one of wrongWithFile's
 */
import { HEAD_BYTES, wrongWithFile } from "./checks.js"

export async function kept(chosen, maxBytes) {
  try {
    const head = new Uint8Array(await chosen.slice(0, HEAD_BYTES).arrayBuffer())
    const wrong = wrongWithFile({ size: chosen.size, head }, maxBytes)
    if (wrong) return { file: null, wrong }
    return { file: new File([await chosen.arrayBuffer()], chosen.name, { type: chosen.type }), wrong }
  } catch {
    return { file: null, wrong: "gone" }
  }
}

/** The picture of a drop or a paste, or null: the first that says it is one, else the first file; its bytes decide. */
export function pictureIn(transfer) {
  const files = [...(transfer?.files ?? [])]
  return files.find((file) => file.type.startsWith("image/")) ?? files[0] ?? null
}
