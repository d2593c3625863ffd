// The control API of the local upstream as types, and a client for it that needs nothing but fetch, so that tests
// inside the Workers runtime can use it too.

type TokenGrantType = 'authorization_code' | 'refresh_token'

/** What happens to a token request that matches. `drop`, `edit`, `status` and `pad` let the provider process it first. */
export type TokenAction =
  /** A fixed answer, after `ms` where told; the provider is not reached. Status 200 and a JSON content type unless told. */
  | { do: 'answer'; status?: number; body?: string | object; headers?: Record<string, string>; ms?: number }
  /** Wait before the provider is reached. */
  | { do: 'delay'; ms: number }
  /** Wait after the provider has processed the request. */
  | { do: 'delay_answer'; ms: number }
  /** Never answer and never reach the provider, until the caller leaves or the upstream is reset. */
  | { do: 'hang' }
  /** Process (the refresh token is rotated), then close the connection without an answer. */
  | { do: 'drop' }
  /** Close the connection before anything is processed. */
  | { do: 'refuse' }
  | { do: 'invalid_grant' }
  | { do: 'invalid_client' }
  /** Process, then overlay `set` on the fields of a successful answer and take `remove` away. */
  | { do: 'edit'; set?: Record<string, unknown>; remove?: string[] }
  /** Process, then answer with this status; with this body in place of the provider's where told. */
  | { do: 'status'; status: number; body?: string }
  /** Process, then answer with this many bytes of white space after a good answer. */
  | { do: 'pad'; bytes: number }
  /** Status 200 and these bytes; the provider is not reached. */
  | { do: 'bytes'; base64: string }
  /** Status 200 and a body that never ends: `chunk` every `every_ms`, until the caller leaves. */
  | { do: 'endless'; chunk: string; every_ms: number }

/** Applies to the next `times` (1) token requests of this client and grant type; of any where they are left out. */
export type TokenSwitch = TokenAction & { times?: number; client_id?: string; grant_type?: TokenGrantType }

/** Applies to the next `times` (1) userinfo requests; status 503 unless told. */
export interface UserinfoSwitch {
  times?: number
  status?: number
  body?: string | object
  headers?: Record<string, string>
  hang?: boolean
}

export interface UpstreamSettings {
  access_token_ttl: number
  /** How long `local-drive` gets the same answer again for a refresh token it already used. */
  replay_window_ms: number
  /** What a person who allows is sent back with in place of a code; null lets them. The approval page clears it. */
  consent_error: { error: string; error_description: string } | null
}

/** One request to the token, revocation, userinfo or API endpoints. Holds no credential. */
export interface LoggedRequest {
  /** Epoch milliseconds. */
  at: number
  method: string
  path: string
  client_id: string | null
  grant_type: string | null
  /** Lower-case hex; of the refresh token presented, or of whatever token a revocation names. */
  refresh_token_sha256: string | null
  /** Null while there is no answer. */
  status: number | null
  /** The whole answer was handed to the caller's connection. */
  answered: boolean
}

export interface RefreshTokenStats {
  requests: number
  in_flight: number
  max_in_flight: number
}

export interface UpstreamStats {
  in_flight: number
  /** The most requests that ever presented one and the same refresh token at the same time. */
  max_in_flight_per_refresh_token: number
  refresh_tokens: Record<string, RefreshTokenStats>
}

export interface ConsentRequest {
  authorize_url: string
  /** The person who signs in, such as `ada`. */
  account: string
  decline?: boolean
  /** The scopes that stay ticked; all that are asked for unless told. */
  scopes?: string[]
}

export interface UpstreamClient {
  /** Clears switches and the request log, ends hanging requests, restores the settings. Grants stay. */
  reset(): Promise<void>
  requests(filter?: { path?: string }): Promise<LoggedRequest[]>
  stats(): Promise<UpstreamStats>
  nextToken(next: TokenSwitch): Promise<void>
  settings(change: Partial<UpstreamSettings>): Promise<UpstreamSettings>
  /** Takes access away from the service's side; of everybody and everything where nothing is named. */
  revoke(which?: { account?: string; client_id?: string }): Promise<{ revoked: number }>
  userinfo(next: UserinfoSwitch): Promise<void>
  /** Signs in and consents on the real pages; answers the redirect back to the client. */
  consent(request: ConsentRequest): Promise<{ location: string }>
}

export function upstream(origin: string): UpstreamClient {
  async function call<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
    const response = await fetch(`${origin}/control${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    if (!response.ok) {
      throw new Error(`The local upstream refused ${method} /control${path}: ${await response.text()}`)
    }
    return (await response.json()) as T
  }

  return {
    reset: async () => void (await call('POST', '/reset', {})),
    requests: ({ path } = {}) =>
      call('GET', path === undefined ? '/requests' : `/requests?path=${encodeURIComponent(path)}`),
    stats: () => call('GET', '/stats'),
    nextToken: async (next) => void (await call('POST', '/token', next)),
    settings: (change) => call('POST', '/settings', change),
    revoke: (which = {}) => call('POST', '/revoke', which),
    userinfo: async (next) => void (await call('POST', '/userinfo', next)),
    consent: (request) => call('POST', '/consent', request),
  }
}
