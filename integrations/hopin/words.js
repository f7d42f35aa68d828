/** What only RingCentral Events has. Plain English; make languages brings it into the catalogues. */
const outside = "Open it where your event is: on the stage, or beside it. With the join code of the wall you are part of it from here, too."

export const words = {
  outside,
  places: {
    none: {
      title: "Which wall is it?",
      text: outside,
    },
    unknown: {
      title: "Which wall is it?",
      text: "This place does not lead to a wall any more. With the join code of the wall you are part of it from here, too.",
    },
  },
}
