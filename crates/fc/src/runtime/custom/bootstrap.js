'use strict'
// Runs the handlers of the built-in Node.js runtimes. It asks for its requests through the runtime interface 2020-11-11,
// as every program can, and knows nothing else of the host.
const http = require('http')
const path = require('path')
const fs = require('fs')
const { Readable } = require('stream')
const { pathToFileURL } = require('url')
const { format } = require('util')

const MODULE_ENDINGS = ['.js', '.cjs', '.mjs']
const LEVELS = ['debug', 'info', 'warn', 'error']
// Describes a request over HTTP, and its answer.
const HTTP_PARAMS = 'x-fc-http-params'
// The most bytes of headers that are read: those of a request at its limits have less.
const MOST_HEADERS = 1 << 18
// The most bytes of an answer.
const MOST_BYTES = 32 << 20
const TOO_LARGE = 'The function returned more than 32 MiB, the limit of a response'
const FUNCTION_TYPES = { 1: 'Initialize', 2: 'PreFreeze', 3: 'PreStop' }

const [runtime] = process.argv.splice(2)
const modern = Number(runtime.replace('nodejs', '')) >= 18
const code = process.env.FC_FUNC_CODE_PATH
const [address, ...secret] = process.env.FC_RUNTIME_API.split('/')
const [host, port] = address.split(':')
const base = `/${[...secret, '2020-11-11/runtime/invocation'].join('/')}/`
for (const name of ['FC_RUNTIME_API', 'FC_SERVER_PORT']) delete process.env[name]

// What a handler could replace is kept.
const write = process.stdout.write.bind(process.stdout)
const agent = new http.Agent({ keepAlive: true })
let current = ''
let fail = null

function call (method, target, body = Buffer.alloc(0), headers = {}) {
  return new Promise((resolve, reject) => {
    const options = {
      host, port, agent, method, path: base + target, maxHeaderSize: MOST_HEADERS,
      headers: { ...headers, 'content-length': body.length }
    }
    const request = http.request(options, response => {
      const parts = []
      response.on('data', part => parts.push(part))
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(parts) }))
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

// ---- the log --------------------------------------------------------------------------------------------------------

function log (level, words) {
  const least = LEVELS.indexOf(process.env.ALIYUN_FC_LOG_LEVEL)
  if (modern && LEVELS.indexOf(level) < least) return
  const now = new Date().toISOString()
  const stamp = modern ? now.replace('T', ' ').replace('Z', '') : now
  write(`${stamp} ${current} [${level}] ${format(...words)}\n`)
}

const logger = { log: (...words) => log(modern ? 'info' : 'silly', words) }
for (const level of LEVELS) logger[level] = (...words) => log(level, words)
for (const level of ['log', ...LEVELS]) console[level] = logger[level]

// ---- the handler ----------------------------------------------------------------------------------------------------

function refuse (errorType, message) {
  return Object.assign(new Error(message), { name: errorType, stack: '' })
}

async function load (handler) {
  const at = handler.lastIndexOf('.')
  if (at < 0) throw refuse('InvalidHandleName', `Invalid handler '${handler}'`)
  const [file, name] = [handler.slice(0, at), handler.slice(at + 1)]
  const place = path.join(code, file)
  const found = MODULE_ENDINGS.map(ending => place + ending).find(candidate => fs.existsSync(candidate))
  if (!found) throw refuse('ImportModuleError', `Cannot find module '/code/${file}.js'`)
  const module = await imported(found)
  const method = module[name] || (module.default && module.default[name])
  if (typeof method !== 'function') throw refuse('HandlerNotFound', `Handler '${name}' is missing on module '${file}'`)
  return method
}

async function imported (file) {
  try {
    if (!file.endsWith('.mjs')) return require(file)
  } catch (error) {
    if (error.code !== 'ERR_REQUIRE_ESM') throw error
  }
  return import(pathToFileURL(file).href)
}

/** Calls a method with these arguments and a callback, and takes whichever comes first: the callback or its promise. */
function run (method, given) {
  return new Promise((resolve, reject) => {
    fail = reject
    const callback = (error, result) => error ? reject({ handled: error }) : resolve(result)
    const returned = method(...given, callback)
    if (returned && typeof returned.then === 'function') {
      returned.then(resolve, reject)
    } else if (method.length <= given.length) {
      resolve(returned)
    }
  })
}

function contextOf (headers) {
  const header = name => headers[`x-fc-${name}`] || ''
  return {
    requestId: header('request-id'),
    credentials: {
      accessKeyId: header('access-key-id'),
      accessKeySecret: header('access-key-secret'),
      securityToken: header('security-token')
    },
    function: {
      name: header('function-name'),
      handler: header('function-handler'),
      memory: Number(header('function-memory')),
      timeout: Number(header('function-timeout'))
    },
    service: {
      name: header('service-name'),
      logProject: header('service-logproject'),
      logStore: header('service-logstore'),
      qualifier: header('qualifier'),
      versionId: header('version-id')
    },
    region: header('region'),
    accountId: header('account-id'),
    retryCount: Number(header('retry-count')),
    tracing: {
      spanContext: header('tracing-opentracing-span-context'),
      jaegerEndpoint: header('tracing-jaeger-endpoint'),
      spanBaggages: baggages(header('tracing-opentracing-span-baggages')),
      parseOpenTracingBaggages: () => baggages(header('tracing-opentracing-span-baggages'))
    },
    logger
  }
}

function baggages (text) {
  try {
    return JSON.parse(Buffer.from(text, 'base64').toString())
  } catch {
    return {}
  }
}

// ---- requests over HTTP: (request, response, context) in FC 2.0 -----------------------------------------------------
// https://help.aliyun.com/document_detail/74757.html

const encoded = value => Buffer.from(JSON.stringify(value)).toString('base64')
const single = values => values.length > 1 ? values : values[0]

/** The request: a stream of the body, with what else there is to know. */
function requestOf (params, body) {
  const { path, method, requestURI, clientIP, queriesMap, headersMap } = JSON.parse(Buffer.from(params, 'base64'))
  const queries = Object.entries(queriesMap).map(([name, values]) => [name, single(values)])
  const headers = Object.entries(headersMap).map(([name, values]) => [name.toLowerCase(), values.join(', ')])
  const stream = new Readable({ read () {} })
  if (body.length) stream.push(body)
  stream.push(null)
  return Object.assign(stream, {
    path, method, clientIP, url: requestURI, body, queries: Object.fromEntries(queries), headers: Object.fromEntries(headers)
  })
}

/** The response. What is sent first counts. */
class Response {
  constructor (resolve, reject) {
    Object.defineProperties(this, { resolve: { value: resolve }, reject: { value: reject }, headers: { value: new Map() } })
    this.statusCode = 200
  }

  setStatusCode (code) {
    if (!Number.isInteger(code) || code < 200 || code > 999) throw new TypeError(`there is no status ${format(code)} of an answer`)
    this.statusCode = code
  }

  setHeader (name, value) {
    const values = (Array.isArray(value) ? value : [value]).map(String)
    http.validateHeaderName(name)
    for (const value of values) http.validateHeaderValue(name, value)
    this.headers.set(name.toLowerCase(), [name, values])
  }

  deleteHeader (name) {
    this.headers.delete(String(name).toLowerCase())
  }

  send (body) {
    const params = encoded({ status: this.statusCode, headersMap: Object.fromEntries(this.headers.values()) })
    if (params.length > MOST_HEADERS) throw new RangeError('the headers of the response are too long')
    const finish = body => this.resolve({ body, params })
    if (body === undefined || body === null) return finish(Buffer.alloc(0))
    if (typeof body === 'string' || body instanceof Uint8Array) return finish(Buffer.from(body))
    if (typeof body.pipe !== 'function') throw new TypeError('the body of a response is a Buffer, a string or a stream')
    const parts = []
    body.on('data', part => parts.push(Buffer.from(part)))
    body.on('end', () => finish(Buffer.concat(parts)))
    body.on('error', this.reject)
  }
}

/** Calls a method with a request, and waits for what it sends. */
function visit (method, params, body, context) {
  return new Promise((resolve, reject) => {
    fail = reject
    const returned = method(requestOf(params, body), new Response(resolve, reject), context)
    if (returned && typeof returned.then === 'function') returned.then(undefined, reject)
  })
}

// ---- the answer -----------------------------------------------------------------------------------------------------

function bytes (result) {
  if (Buffer.isBuffer(result)) return result
  if (result === undefined) return Buffer.alloc(0)
  return Buffer.from(typeof result === 'string' ? result : JSON.stringify(result))
}

/** Anything can be thrown, also what has no JSON, or lies about what it is. */
function described (error) {
  try {
    return describe(error)
  } catch {
    return { errorMessage: format('%s', error) }
  }
}

function describe (error) {
  if (!(error instanceof Error)) {
    return { errorMessage: typeof error === 'string' ? error : JSON.stringify(error) }
  }
  const stack = (error.stack || '').split(code).join('/code').split('\n').filter(Boolean)
  return { errorMessage: error.message, errorType: error.name, ...(stack.length ? { stackTrace: stack } : {}) }
}

async function answer ({ headers, body }) {
  const context = contextOf(headers)
  const stage = FUNCTION_TYPES[headers['x-fc-function-type']]
  const what = stage || 'Invoke'
  current = context.requestId
  write(`FC ${what} Start RequestId: ${current}\n`)
  let [target, said, more, end] = ['response', null, {}, '']
  try {
    const method = await load(headers['x-fc-function-handler'])
    if (headers[HTTP_PARAMS]) {
      const sent = await visit(method, headers[HTTP_PARAMS], body, context)
      said = sent.body
      more = { [HTTP_PARAMS]: sent.params }
    } else {
      said = bytes(await run(method, stage ? [context] : [body, context]))
    }
    if (said.length > MOST_BYTES) throw TOO_LARGE
  } catch (thrown) {
    const handled = thrown && 'handled' in Object(thrown)
    const error = described(handled ? thrown.handled : thrown)
    said = Buffer.from(JSON.stringify(error))
    more = { 'x-fc-error-type': handled ? 'HandledInvocationError' : 'UnhandledInvocationError' }
    target = 'error'
    end = `, Error: ${handled ? 'Handled' : 'Unhandled'} function error`
    log('error', [JSON.stringify(error)])
  }
  fail = null
  write(`FC ${what} End RequestId: ${current}${end}\n`)
  await call('POST', `${current}/${target}`, said, more)
}

// What nobody has caught fails the request under way. Without one it ends the process, as it would anywhere.
for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, error => {
    if (fail) return fail(error)
    console.error(error)
    process.exit(1)
  })
}

async function main () {
  // A handler that waits for nothing must not end the process: it runs out of time.
  setInterval(() => {}, 2 ** 30)
  write(`FunctionCompute ${runtime} runtime inited.\n`)
  for (;;) await answer(await call('GET', 'next'))
}

main()
