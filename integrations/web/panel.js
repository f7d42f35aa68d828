/**
 * The browser half of the web platform: who somebody is, kept by this browser, and its camera. The contract is in
 * plugin/static/live/platform.js.
 *
 *   platform.camera            "page" (a picture taken in the page), "device" (the phone's own camera) or null
 *   platform.openCamera()      -> {stream, shoot(video) -> File, stop()}
 */

const LONGEST_SIDE = 2048 // pixels of a picture taken in the page; the wall needs 1024

export function createPlatform(code, boot, { store, takeFragment }) {
  let launch = takeFragment("launch=")
  const room = new URLSearchParams(globalThis.location?.search).get("room") // of a breakout room that passed on its link

  return {
    name: "web",
    title: boot.title,
    camera: cameraKind(),
    openCamera,

    joinBody() {
      const body = room ? { code, room } : { code }
      const returnKey = store.get(`return:${code}`)
      // A launch is good for a minute and once; afterwards the return key speaks for the same person.
      if (launch) body.launch = launch
      else if (returnKey) body.return_key = returnKey
      return body
    },

    remember(answer) {
      launch = null
      if (answer.return_key) store.set(`return:${code}`, answer.return_key)
    },

    /** What the service does not take any more must not keep somebody out: first the launch, then the key. */
    forget() {
      if (launch) launch = null
      else store.remove(`return:${code}`)
    },
  }
}

function cameraKind() {
  // A phone's own camera app is better than anything we could draw, and <input capture> opens it.
  if (matchMedia("(pointer: coarse) and (hover: none)").matches) return "device"
  return navigator.mediaDevices?.getUserMedia ? "page" : null
}

async function openCamera() {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: "user", width: { ideal: LONGEST_SIDE }, height: { ideal: LONGEST_SIDE } },
    audio: false,
  })
  return {
    stream,
    stop: () => stream.getTracks().forEach((track) => track.stop()),
    shoot: (video) => shoot(video),
  }
}

function shoot(video) {
  const canvas = document.createElement("canvas")
  canvas.width = video.videoWidth
  canvas.height = video.videoHeight
  canvas.getContext("2d").drawImage(video, 0, 0)
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(new File([blob], "camera.jpg", { type: "image/jpeg" })) : reject(new Error("no picture"))),
      "image/jpeg",
      0.92,
    ),
  )
}
