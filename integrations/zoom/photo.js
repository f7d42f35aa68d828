/** Zoom's own camera: Zoom asks the person, takes the picture and hands it over in an event. */

const ANSWER_PATIENCE = 2 * 60 * 1000 // the person may take their time with Zoom's question
const QUALITY = 0.92

/** `reason`: "videoOff" | "optedOut" | "late" | "unable" | "failed". */
export class PhotoNotTaken extends Error {
  constructor(reason) {
    super(`no photo: ${reason}`)
    this.name = "PhotoNotTaken"
    this.reason = reason
  }
}

/** -> File. Rejects with PhotoNotTaken. */
export async function takePhoto(client, { clock = globalThis, encode = toJpeg } = {}) {
  const photo = await nextPhoto(client, clock)
  if (!photo) throw new PhotoNotTaken("failed")
  if (photo.videoOff) throw new PhotoNotTaken("videoOff")
  if (photo.optedOut) throw new PhotoNotTaken("optedOut")
  if (!photo.imageData) throw new PhotoNotTaken("failed")
  return encode(photo.imageData)
}

function nextPhoto(client, clock) {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => end(reject, new PhotoNotTaken("late")), ANSWER_PATIENCE)
    const stop = client.on("photo", (photo) => {
      const { participantUUID: mine } = client.now
      // A host's client tells of other people's photos as well.
      if (photo && mine && photo.participantUUID && photo.participantUUID !== mine) return
      end(resolve, photo)
    })
    function end(settle, value) {
      clock.clearTimeout(timer)
      stop()
      settle(value)
    }
    client.ask("takeMyPhoto").catch((error) => {
      if (error.reason === "late") return // the event decides
      end(reject, new PhotoNotTaken(error.reason === "unable" ? "unable" : "failed"))
    })
  })
}

/** The picture as a file, like any that a person chooses. */
async function toJpeg(imageData) {
  const canvas = document.createElement("canvas")
  canvas.width = imageData.width
  canvas.height = imageData.height
  canvas.getContext("2d").putImageData(imageData, 0, 0)
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY))
  if (!blob) throw new PhotoNotTaken("failed")
  return new File([blob], "camera.jpg", { type: "image/jpeg" })
}
