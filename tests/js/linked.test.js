import assert from "node:assert/strict"
import { test } from "node:test"
import { addressOf } from "../../plugin/static/ui/together/linked.js"

for (const [text, address] of [
  ["ada@example.org", "mailto:ada@example.org"],
  ["mailto:ada@example.org", "mailto:ada@example.org"],
  ["ada.b+c@mail.example.co.uk", "mailto:ada.b%2Bc@mail.example.co.uk"],
  ["https://example.org/in/ada?x=1#y", "https://example.org/in/ada?x=1#y"],
  ["example.org/in/ada", "https://example.org/in/ada"],
  ["Example.org", "https://example.org/"],
  ["+49 170 1234567", "tel:+491701234567"],
  ["(030) 1234-567", null],
  ["030 / 1234-567", "tel:0301234567"],
]) {
  test(`${text} leads to ${address}`, () => assert.equal(addressOf(text), address))
}

for (const text of [
  "javascript:alert(1)",
  "JavaScript:alert(1)//example.org",
  " javascript:alert(1)",
  "java\tscript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "http://example.org",
  "vbscript:x",
  "https://ada:secret@example.org",
  "https://javascript:alert(1)@x",
  "mailto:ada@example.org?bcc=all@example.org",
  "ada at example",
  "Slack: ada",
  "tel:",
  "12345",
  "1234567890123456789",
  "file:///etc/passwd",
  "",
]) {
  test(`“${text}” is no link`, () => assert.equal(addressOf(text), null))
}

test("whatever is tried, only three kinds of address are made", () => {
  const parts = ["javascript:", "https://", "mailto:", "tel:", "a@b.co", "x.org", "/", "?", "#", "%0a", "\u0000", "+49123456789", "alert(1)", "\\", "@"]
  for (const one of parts) {
    for (const two of parts) {
      for (const three of parts) {
        const address = addressOf(one + two + three)
        if (address !== null) assert.match(address, /^(mailto:|https:\/\/|tel:\+?[0-9]+$)/)
      }
    }
  }
})
