// What the scripts share: each runs a list of calls with an official client against the sandbox, one after
// the other, and writes what the sandbox saw and what the client gave:
//
//     node <service>.mjs SANDBOX CALLS OUT
//
// The working folder is the one with the clients' packages.

import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

// Packages are looked for from the working folder on.
export const require = createRequire(join(process.cwd(), 'x.js'))
export const [base, callsFile, outFile] = process.argv.slice(2)

// Runs all calls: `call` gives the value as a task would see it, `errorOf` the members of an error that count.
export async function compare(call, errorOf) {
  const results = []
  for (const one of JSON.parse(readFileSync(callsFile, 'utf8'))) {
    await fetch(`${base}/__sandbox/reset`, { method: 'POST' })
    let outcome
    try {
      const value = await call(one)
      outcome = { value: value === undefined ? null : value }
    } catch (error) {
      outcome = { error: errorOf(error) }
    }
    const requests = await (await fetch(`${base}/__sandbox/requests`)).json()
    results.push({ requests, ...outcome })
  }
  writeFileSync(outFile, JSON.stringify(results))
}

// What a binary answer is to a task.
export function bytes(buffer, type) {
  const text = buffer.toString('utf8')
  const plain = Buffer.from(text).equals(buffer) && !text.includes('\0')
  return { type, size: buffer.length, ...(plain ? { text } : { base64: buffer.toString('base64') }) }
}
