// Runs every chain of chains.json with the official client and writes the requests that it makes, and
// what it gives, to the golden file of the component's tests. `scripts/clients --raise` does it.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

// The client is looked for from the working folder on.
const require = createRequire(pathToFileURL(join(process.cwd(), 'x.js')))
const { createClient } = require('@supabase/supabase-js')
const here = (path) => new URL(path, import.meta.url)
const chains = JSON.parse(readFileSync(here('./chains.json'), 'utf8'))
const KEPT = ['accept', 'accept-profile', 'apikey', 'authorization', 'cache-control', 'content-profile', 'content-type', 'prefer', 'x-custom', 'x-metadata', 'x-region', 'x-supabase-api-version', 'x-upsert']
const DEFAULT = { status: 200, headers: { 'content-type': 'application/json' }, body: '[]' }
const PHRASES = { 200: 'OK', 201: 'Created', 204: 'No Content', 206: 'Partial Content', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 406: 'Not Acceptable', 409: 'Conflict', 422: 'Unprocessable Entity', 500: 'Internal Server Error' }

const golden = []
for (const { js, answer = DEFAULT } of chains) {
  const requests = []
  const fetch = async (input, init = {}) => {
    const request = new Request(input, { ...init, duplex: 'half' })
    const url = new URL(request.url)
    const headers = {}
    for (const [name, value] of request.headers) if (KEPT.includes(name)) headers[name] = value
    requests.push({ method: request.method, url: url.pathname + url.search, headers, body: await request.text() })
    const empty = request.method === 'HEAD' || [204, 205, 304].includes(answer.status)
    return new Response(empty ? null : answer.body, { status: answer.status, statusText: PHRASES[answer.status], headers: answer.headers })
  }
  const supabase = createClient('http://project.example.com', 'service-key', { auth: { persistSession: false, autoRefreshToken: false }, global: { fetch }, realtime: { transport: class {} } })
  let outcome
  try {
    outcome = { value: await plain(await new Function('supabase', `return ${js}`)(supabase)) }
  } catch (error) {
    outcome = { thrown: { name: error.name, message: error.message } }
  }
  golden.push({ js, answer, requests, ...outcome })
}
writeFileSync(here('../../../components/wrappedsupabase/tests/golden.json'), `[\n${golden.map((one) => `  ${JSON.stringify(one)}`).join(',\n')}\n]\n`)
console.log(`${golden.length} chains`)

// What a task can be given of it: JSON, with a file's text and a response's status and body.
async function plain(value) {
  if (value instanceof Blob) return { text: await value.text(), size: value.size, type: value.type }
  if (value instanceof Response) {
    const text = await value.text()
    let body = text
    try { body = JSON.parse(text) } catch {}
    return { status: value.status, statusText: value.statusText, body }
  }
  if (Array.isArray(value)) return Promise.all(value.map(plain))
  if (value === null || typeof value !== 'object') return value
  const { response, ...members } = typeof value.toJSON === 'function' ? value.toJSON() : value
  const out = {}
  for (const [name, member] of Object.entries(members)) if (member !== undefined) out[name] = await plain(member)
  return out
}
