/** A soft bell: three sines of a small singing bowl that fade. No file to fetch. */

const TONES = [[528, 1], [1056, 0.32], [1590, 0.14]] // hertz, share
const FADE = 2.6 // seconds

export function ringBell(loud = 1) {
  const Sound = globalThis.AudioContext ?? globalThis.webkitAudioContext
  if (!Sound) return
  const sound = new Sound()
  const begin = sound.currentTime + 0.02
  for (const [pitch, share] of TONES) {
    const tone = sound.createOscillator()
    const gain = sound.createGain()
    tone.frequency.value = pitch
    gain.gain.setValueAtTime(0.0001, begin)
    gain.gain.exponentialRampToValueAtTime(0.16 * share * loud, begin + 0.015)
    gain.gain.exponentialRampToValueAtTime(0.0001, begin + FADE)
    tone.connect(gain).connect(sound.destination)
    tone.start(begin)
    tone.stop(begin + FADE)
  }
  setTimeout(() => sound.close(), (FADE + 0.5) * 1000)
}
