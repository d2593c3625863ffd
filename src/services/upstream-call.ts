// One call to an upstream API: bodies streamed both ways, silence bounded, no redirect followed. Risk accepted: a body
// that breaks off once the answer has begun can only be cut.

import type { Failure } from '../domain/failure.ts'
import { err, ok, type Result } from '../lib/result.ts'

export interface ProxyLimits {
  /** From the end of the request to the first byte of the answer. */
  firstByteMs: number
  /** A body in which nothing moves. */
  idleMs: number
  /** A request body up to this is kept for a second try; an answer up to this is read before it is passed on. */
  bufferBytes: number
}

export const PROXY_LIMITS: ProxyLimits = { firstByteMs: 15_000, idleMs: 30_000, bufferBytes: 64 * 1024 }

export interface Upload {
  stream: ReadableStream<Uint8Array>
  /** Where the caller said it. */
  length: number | null
}

export interface UpstreamCall {
  url: URL
  method: string
  headers: Record<string, string>
  body: Uint8Array<ArrayBuffer> | Upload | null
  /** The caller leaving. */
  signal: AbortSignal
}

export interface UpstreamAnswer {
  response: Response
  /** Ends the call, and with it the body. */
  stop: AbortController
}

const RETRY_AFTER_SECONDS = 5

export async function callUpstream(
  call: UpstreamCall,
  limits: ProxyLimits,
): Promise<Result<UpstreamAnswer, Failure>> {
  const stop = new AbortController()
  if (call.signal.aborted) stop.abort()
  else call.signal.addEventListener('abort', () => stop.abort(), { once: true })
  let failure: Failure | undefined
  let timer: number | null = null
  const cut = (why: Failure) => {
    failure ??= why
    stop.abort()
  }
  const awaitAnswer = () => {
    timer = setTimeout(() => cut(silent(limits.firstByteMs)), limits.firstByteMs)
  }
  let answered = false
  let body: BodyInit | null = null
  if (call.body === null || !('stream' in call.body)) {
    body = call.body
    awaitAnswer()
  } else {
    const { readable, writable } = pipe(call.body.length)
    body = readable
    const told = (end: PumpEnd) => {
      if (answered || stop.signal.aborted) return
      if (end === 'done' || end === 'sink_closed') awaitAnswer()
      else cut(end === 'sink_idle' ? silent(limits.idleMs) : BODY_STOPPED)
    }
    void pump(call.body.stream, writable, limits.idleMs, { length: call.body.length, told })
  }
  try {
    const { url, method, headers } = call
    const response = await fetch(url, { method, headers, body, redirect: 'manual', signal: stop.signal })
    return ok({ response, stop })
  } catch {
    return err(failure ?? unavailable('The service could not be reached, or ended the connection.'))
  } finally {
    answered = true
    clearTimeout(timer)
  }
}

/** The first bytes of a body, up to the limit, and whether that was all of it. */
export interface Beginning {
  bytes: Uint8Array<ArrayBuffer>
  complete: boolean
  /** What comes after; undefined where that was all. */
  rest?: ReadableStreamDefaultReader<Uint8Array>
}

/** Reads until the body ends or the limit is passed. `provider_unavailable` where it stalls or breaks off. */
export async function readBeginning(
  { response, stop }: UpstreamAnswer,
  limits: ProxyLimits,
): Promise<Result<Beginning, Failure>> {
  if (!response.body) return ok({ bytes: new Uint8Array(0), complete: true })
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader()
  reader.closed.catch(() => undefined)
  const chunks: Uint8Array[] = []
  let length = 0
  let idle = false
  const watch = watchFor(limits.idleMs, () => {
    idle = true
    stop.abort()
    reader.cancel().catch(() => undefined)
  })
  try {
    while (length <= limits.bufferBytes) {
      const next = await reader.read()
      if (idle) return err(silent(limits.idleMs))
      if (next.done) return ok({ bytes: joined(chunks, length), complete: true })
      watch.moved()
      chunks.push(next.value)
      length += next.value.byteLength
    }
  } catch {
    return err(idle ? silent(limits.idleMs) : unavailable('The service broke its answer off.'))
  } finally {
    watch.stop()
  }
  return ok({ bytes: joined(chunks, length), complete: false, rest: reader })
}

/** Reads a request body whose length was announced; `invalid_request` where it is another, or does not arrive. */
export async function readUpload(
  stream: ReadableStream<Uint8Array>,
  length: number,
  limits: ProxyLimits,
): Promise<Result<Uint8Array<ArrayBuffer>, Failure>> {
  const bytes = new Uint8Array(length)
  const reader = stream.getReader()
  let filled = 0
  // What ends early is too short.
  const watch = watchFor(limits.idleMs, () => void reader.cancel().catch(() => undefined))
  try {
    for (;;) {
      const next = await reader.read()
      if (next.done) break
      watch.moved()
      if (filled + next.value.byteLength > length) return err(BODY_STOPPED)
      bytes.set(next.value, filled)
      filled += next.value.byteLength
    }
  } catch {
    return err(BODY_STOPPED)
  } finally {
    watch.stop()
  }
  return filled === length ? ok(bytes) : err(BODY_STOPPED)
}

/** What is left of an answer, as a body of ours: cut when nothing moves, ended at the service when the caller leaves. */
export function passOn(
  { response, stop }: UpstreamAnswer,
  beginning: Beginning | undefined,
  limits: ProxyLimits,
  see?: (chunk: Uint8Array) => void,
): ReadableStream<Uint8Array> | null {
  const source = beginning?.rest ?? (response.body as ReadableStream<Uint8Array> | null)?.getReader()
  if (!source) return null
  const { readable, writable } = pipe(null)
  const told = (end: PumpEnd) => {
    if (end !== 'done') stop.abort()
  }
  void pump(source, writable, limits.idleMs, { first: beginning?.bytes, see, told })
  return readable
}

type PumpEnd = 'done' | 'source_idle' | 'sink_idle' | 'source_broken' | 'sink_closed'

interface PumpExtras {
  /** Comes before what the source holds. */
  first?: Uint8Array | undefined
  /** What the source said it holds; another length is a broken source. */
  length?: number | null
  see?: ((chunk: Uint8Array) => void) | undefined
  /** How it ended, before either side is let go. */
  told: (end: PumpEnd) => void
}

/** Moves chunks one by one. Never throws. */
async function pump(
  source: ReadableStream<Uint8Array> | ReadableStreamDefaultReader<Uint8Array>,
  sink: WritableStream<Uint8Array>,
  idleMs: number,
  { first, length = null, see, told }: PumpExtras,
): Promise<void> {
  const reader = 'getReader' in source ? source.getReader() : source
  const writer = sink.getWriter()
  // They are told of by the calls below.
  reader.closed.catch(() => undefined)
  writer.closed.catch(() => undefined)
  let waitsFor: 'source' | 'sink' = 'source'
  let moved = 0
  let over = false
  const finish = (end: PumpEnd) => {
    if (over) return
    over = true
    watch.stop()
    told(end)
    if (end === 'done') return
    reader.cancel().catch(() => undefined)
    writer.abort().catch(() => undefined)
  }
  const watch = watchFor(idleMs, () => finish(`${waitsFor}_idle`))
  const write = async (chunk: Uint8Array) => {
    waitsFor = 'sink'
    watch.moved()
    see?.(chunk)
    await writer.write(chunk)
  }
  try {
    if (first && first.byteLength > 0) await write(first)
    while (!over) {
      waitsFor = 'source'
      watch.moved()
      const { done, value } = await reader.read()
      moved += value?.byteLength ?? 0
      if (length !== null && (done ? moved !== length : moved > length)) return finish('source_broken')
      if (!done) {
        await write(value)
        continue
      }
      waitsFor = 'sink'
      await writer.close()
      return finish('done')
    }
  } catch {
    finish(waitsFor === 'source' ? 'source_broken' : 'sink_closed')
  }
}

/** A pipe of known length announces it: many services take no chunked upload. */
function pipe(length: number | null): { readable: ReadableStream; writable: WritableStream } {
  return length === null ? new IdentityTransformStream() : new FixedLengthStream(length)
}

/** One timer, however often something moves: it looks again when the last movement would have been too long ago. */
function watchFor(idleMs: number, onIdle: () => void): { moved(): void; stop(): void } {
  let movedAt = Date.now()
  const look = () => {
    const left = movedAt + idleMs - Date.now()
    if (left > 0) timer = setTimeout(look, left)
    else onIdle()
  }
  let timer = setTimeout(look, idleMs)
  return {
    moved: () => {
      movedAt = Date.now()
    },
    stop: () => clearTimeout(timer),
  }
}

function joined(chunks: Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

const BODY_STOPPED: Failure = {
  code: 'invalid_request',
  errors: [{ path: '', message: 'The body stopped arriving, or is not as long as Content-Length says.' }],
}

function silent(ms: number): Failure {
  return unavailable(`The service was silent for ${Math.max(1, Math.round(ms / 1000))} seconds.`)
}

function unavailable(detail: string): Failure {
  return { code: 'provider_unavailable', retryAfterSeconds: RETRY_AFTER_SECONDS, detail }
}
