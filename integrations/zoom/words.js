/**
 * What only Zoom has: its menus, its modes, and the numbers of its errors. Plain English; make languages brings it into
 * the catalogues, and a panel in Zoom gets it translated.
 */
export const words = {
  outside: "Add it to your Zoom, then open it in a meeting: Apps, then Virtual Mosaic.",
  why: {
    collaborate: {
      webinar: "Zoom has no collaborate mode in webinars. Invite people or show the wall.",
      breakout: "Zoom has no collaborate mode in breakout rooms. Invite the room or show the wall.",
    },
  },
  failed: {
    10023: "The host has switched off screen sharing. Ask them to allow it.",
    10024: "Somebody is sharing already. Try again when they have stopped.",
    10025: "The screen share did not start. Please try again.",
    10059: "You are sharing something else. Stop that first.",
    10137: "Zoom asks you whether to stop what is being shared.",
    10084: "The app is open beside the meeting already.",
    10089: "This app may not use collaborate mode in your Zoom account. Invite people instead.",
    10090: "Zoom has no collaborate mode here. Invite people or show the wall.",
  },
}
