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
}

const RETRY_AFTER_SECONDS = 5

export interface UpstreamAnswer {
  response: Response
  /** Runs until the beginning has been read, or somebody stops it. */
  watch: Watch
}

/**
 * The answer of the service, or why there is none. Whatever is given up here ends with the request that it was for, and so
 * does the call of a caller who leaves: the runtime ends what such a request has under way.
 */
export async function callUpstream(
  { url, method, headers, body }: UpstreamCall,
  limits: ProxyLimits,
): Promise<Result<UpstreamAnswer, Failure>> {
  const { promise: givenUp, resolve: giveUp } = Promise.withResolvers<Result<never, Failure>>()
  const watch = new Watch()
  const awaitAnswer = () => watch.expect(limits.firstByteMs, () => giveUp(err(silent(limits.firstByteMs))))
  let answered = false
  let sent: BodyInit | null = null
  if (body === null || !('stream' in body)) {
    sent = body
    awaitAnswer()
  } else {
    const { readable, writable } = pipe(body.length)
    sent = readable
    const told = (end: PumpEnd) => {
      if (answered) return
      if (end === 'done' || end === 'sink_closed') awaitAnswer()
      else giveUp(err(end === 'sink_idle' ? silent(limits.idleMs) : BODY_STOPPED))
    }
    void pump(body.stream, writable, limits.idleMs, { length: body.length, told })
  }
  const asked = fetch(url, { method, headers, body: sent, redirect: 'manual' }).then(ok, () => err(UNREACHED))
  const answer = await Promise.race([asked, givenUp])
  answered = true
  if (answer.ok && canBePassedOn(answer.value)) return ok({ response: answer.value, watch })
  watch.stop()
  if (!answer.ok) return answer
  const { status, body: unread } = answer.value
  unread?.cancel().catch(() => undefined)
  return err(unavailable(`The service answered with the status ${status}, which cannot be passed on.`))
}

/** Some services answer beyond what HTTP knows (LinkedIn's 999); the runtime makes no such response. */
function canBePassedOn({ status }: Response): boolean {
  return status >= 200 && status <= 599
}

/** The first bytes of a body, up to the limit, and whether that was all of it. */
export interface Beginning {
  bytes: Uint8Array<ArrayBuffer>
  complete: boolean
  /** What comes after; undefined where that was all. */
  rest?: ReadableStreamDefaultReader<Uint8Array>
}

/**
 * Reads until the body ends or the limit is passed. `provider_unavailable` where it stalls or breaks off.
 * @param announced its length, where the service said it
 */
export async function readBeginning(
  { response: { body }, watch }: UpstreamAnswer,
  announced: number | null,
  limits: ProxyLimits,
): Promise<Result<Beginning, Failure>> {
  if (!body) {
    watch.stop()
    return ok({ bytes: new Uint8Array(0), complete: true })
  }
  const reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> = body.getReader()
  reader.closed.catch(() => undefined)
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  let idle = false
  watch.expect(limits.idleMs, () => {
    idle = true
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
      if (length === announced) return ok({ bytes: joined(chunks, length), complete: true })
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
  const watch = new Watch()
  watch.expect(limits.idleMs, () => void reader.cancel().catch(() => undefined))
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
  response: Response,
  beginning: Beginning | undefined,
  limits: ProxyLimits,
  see?: (chunk: Uint8Array) => void,
): ReadableStream<Uint8Array> | null {
  const source = beginning?.rest ?? (response.body as ReadableStream<Uint8Array> | null)?.getReader()
  if (!source) return null
  const { readable, writable } = pipe(null)
  void pump(source, writable, limits.idleMs, { first: beginning?.bytes, see })
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
  told?: (end: PumpEnd) => void
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
    told?.(end)
    if (end === 'done') return
    reader.cancel().catch(() => undefined)
    writer.abort().catch(() => undefined)
  }
  const watch = new Watch()
  watch.expect(idleMs, () => finish(`${waitsFor}_idle`))
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
class Watch {
  #timer: number | null = null
  #limitMs = 0
  #movedAt = 0
  #onSilence: () => void = () => undefined

  /** From now on. Takes the place of what was expected before; a shorter time than that may be noticed late. */
  expect(limitMs: number, onSilence: () => void): void {
    this.#limitMs = limitMs
    this.#onSilence = onSilence
    this.moved()
    this.#timer ??= setTimeout(() => this.#look(), limitMs)
  }

  moved(): void {
    this.#movedAt = Date.now()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = null
  }

  #look(): void {
    const left = this.#movedAt + this.#limitMs - Date.now()
    this.#timer = left > 0 ? setTimeout(() => this.#look(), left) : null
    if (left <= 0) this.#onSilence()
  }
}

function joined(chunks: Uint8Array<ArrayBuffer>[], length: number): Uint8Array<ArrayBuffer> {
  if (chunks.length === 1 && chunks[0]) return chunks[0]
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

const UNREACHED = unavailable('The service could not be reached, or ended the connection.')

function silent(ms: number): Failure {
  return unavailable(`The service was silent for ${Math.max(1, Math.round(ms / 1000))} seconds.`)
}

function unavailable(detail: string): Failure {
  return { code: 'provider_unavailable', retryAfterSeconds: RETRY_AFTER_SECONDS, detail }
}
