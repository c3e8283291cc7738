// Methods of Google's client for Node with their parameters.

import { Readable } from 'node:stream'

import { base, compare, require } from './common.mjs'

const { google } = require('googleapis')

const VERSIONS = { admin: 'directory_v1', calendar: 'v3', docs: 'v1', drive: 'v3', gmail: 'v1', people: 'v1', sheets: 'v4', tasks: 'v1' }

const auth = new google.auth.OAuth2()
auth.setCredentials({ access_token: 'sandbox-access-token' })

await compare(
  async ({ call, params = {} }) => {
    const [api, ...path] = call.split('.')
    // A task may name the API within it, as Google's own ids do.
    if (api === 'admin' && path[0] === 'directory') path.shift()
    const client = google[api]({ version: VERSIONS[api], auth })
    const resource = path.slice(0, -1).reduce((object, name) => object[name], client)
    const binary = params.alt === 'media' || path.at(-1) === 'export'
    const answer = await resource[path.at(-1)](streamed(params), {
      rootUrl: `${base}/`,
      retry: false,
      ...(binary ? { responseType: 'arraybuffer' } : {}),
    })
    if (!binary) return answer.data
    // Text is what the client gives for it where nobody asks for bytes.
    const contentType = answer.headers.get('content-type')
    const bytes = Buffer.from(answer.data)
    return contentType.startsWith('text/') ? bytes.toString() : { contentType, base64: bytes.toString('base64') }
  },
  (error) => ({ status: error.status, message: error.message }),
)

// Media that is text or bytes in base64; the client wants a stream for bytes.
function streamed(params) {
  const { media } = params
  if (media?.base64 === undefined) return params
  return { ...params, media: { mimeType: media.mimeType, body: Readable.from(Buffer.from(media.base64, 'base64')) } }
}
