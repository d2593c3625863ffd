// Every request to an authorization server leaves through here: an allowed address, a deadline, a body limit, and no
// redirect followed.

import { mayCall } from '../domain/configuration.ts'

export type TransportFailure = 'forbidden_address' | 'timeout' | 'network' | 'redirect' | 'too_large'

/** Thrown through libraries that take our fetch; caught where the call began and turned into data. */
export class TransportError extends Error {
  readonly reason: TransportFailure

  constructor(reason: TransportFailure) {
    super(`the request ended with ${reason}`)
    this.name = 'TransportError'
    this.reason = reason
  }
}

export interface TransportLimits {
  deadlineMs: number
  maxBytes: number
  /** Loopback http may be called too. */
  allowInsecure: boolean
}

export interface TransportRequest {
  method?: string
  headers?: HeadersInit
  body?: BodyInit | null | undefined
}

export type BoundedFetch = (url: string, request?: TransportRequest) => Promise<Response>

export const TOKEN_BODY_LIMIT = 64 * 1024

/**
 * A fetch with limits. The answer's body is already read when it resolves.
 * Throws {@link TransportError} for an address that may not be called, a missed deadline, a broken connection, any 3xx,
 * and a body over the limit.
 */
export function boundedFetch({ deadlineMs, maxBytes, allowInsecure }: TransportLimits): BoundedFetch {
  return async (url, request = {}) => {
    if (!URL.canParse(url) || !mayCall(new URL(url), allowInsecure)) {
      throw new TransportError('forbidden_address')
    }
    const signal = AbortSignal.timeout(deadlineMs)
    try {
      const response = await fetch(url, {
        method: request.method ?? 'GET',
        headers: new Headers(request.headers),
        body: request.body ?? null,
        redirect: 'manual',
        signal,
      })
      if (response.status >= 300 && response.status < 400) {
        await response.body?.cancel()
        throw new TransportError('redirect')
      }
      return await readBounded(response, maxBytes)
    } catch (error) {
      if (error instanceof TransportError) throw error
      throw new TransportError(signal.aborted ? 'timeout' : 'network')
    }
  }
}

async function readBounded(response: Response, maxBytes: number): Promise<Response> {
  const { status, headers } = response
  if (!response.body) return new Response(null, { status, headers })
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body) {
    length += chunk.byteLength
    if (length > maxBytes) throw new TransportError('too_large')
    chunks.push(chunk)
  }
  const mayHaveBody = status !== 204 && status !== 205
  return new Response(mayHaveBody ? new Blob(chunks as Uint8Array<ArrayBuffer>[]) : null, { status, headers })
}
