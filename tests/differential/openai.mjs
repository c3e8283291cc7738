// Methods of OpenAI's client with their arguments; a file is `{ name, content | base64, type }`.

import { base, bytes, compare, require } from './common.mjs'

const { default: OpenAI, toFile } = require('openai')

const client = new OpenAI({
  apiKey: 'sk-sandbox',
  adminAPIKey: 'sk-sandbox',
  organization: 'org-sandbox',
  project: 'proj-sandbox',
  baseURL: `${base}/v1`,
  maxRetries: 0,
  logLevel: 'off',
})

await compare(
  async ({ method, args }) => {
    const called = await withFiles(args)
    // A task gets the gathered answer of a stream, which is what these helpers give.
    if (called[0]?.stream === true || method.endsWith('.stream')) {
      const [name] = method.split('.')
      const { stream, ...body } = called[0]
      return name === 'chat'
        ? plain(await client.chat.completions.stream(body).finalChatCompletion())
        : plain(await client.responses.stream(body).finalResponse())
    }
    const path = method.split('.')
    const target = path.slice(0, -1).reduce((object, name) => object[name], client)
    const value = await target[path.at(-1)](...called)
    if (value instanceof Response) {
      return bytes(Buffer.from(await value.arrayBuffer()), value.headers.get('content-type'))
    }
    return plain(value)
  },
  (error) => ({ name: error.constructor.name, message: error.message, status: error.status, code: error.code ?? error.type }),
)

function plain(value) {
  if (value?.constructor?.name?.endsWith('Page')) {
    const { options, response, body, ...own } = value
    return { ...body, ...own }
  }
  return value
}

async function withFiles(value) {
  if (Array.isArray(value)) return Promise.all(value.map(withFiles))
  if (value === null || typeof value !== 'object') return value
  const names = ['name', 'content', 'base64', 'type']
  if ((typeof value.content === 'string' || typeof value.base64 === 'string') && Object.keys(value).every((key) => names.includes(key))) {
    const content = value.base64 === undefined ? Buffer.from(value.content) : Buffer.from(value.base64, 'base64')
    return toFile(content, value.name, { type: value.type })
  }
  const entries = Object.entries(value).map(async ([key, value]) => [key, await withFiles(value)])
  return Object.fromEntries(await Promise.all(entries))
}
