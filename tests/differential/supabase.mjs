// Chains of Supabase's client, as JavaScript.

import { base, compare, require } from './common.mjs'

const { createClient } = require('@supabase/supabase-js')

const client = () =>
  createClient(base, 'sandbox-key', {
    auth: { persistSession: false, autoRefreshToken: false },
    // Node before 22 has no WebSocket, and nothing here needs one.
    realtime: { transport: class {} },
  })

await compare(
  async ({ js }) => plain(await new Function('supabase', `return ${js}`)(client())),
  ({ name, message }) => ({ name, message }),
)

// What a task can be given of it: JSON, with a file's text and a response's status and body.
async function plain(value) {
  if (value instanceof Blob) {
    const text = await value.text()
    const isText = /^(text\/|application\/(json|xml|javascript|yaml))/.test(value.type)
    return isText
      ? { text, size: value.size, type: value.type }
      : { base64: Buffer.from(await value.arrayBuffer()).toString('base64'), size: value.size, type: value.type }
  }
  if (value instanceof Response) {
    const text = await value.text()
    let body = text
    try {
      body = JSON.parse(text)
    } catch {}
    return { status: value.status, statusText: value.statusText, body }
  }
  if (Array.isArray(value)) return Promise.all(value.map(plain))
  if (value === null || typeof value !== 'object') return value
  const { response, ...members } = typeof value.toJSON === 'function' ? value.toJSON() : value
  const out = {}
  for (const [name, member] of Object.entries(members)) if (member !== undefined) out[name] = await plain(member)
  return out
}
