// How a service's token endpoint is spoken to: what RFC 6749 leaves open, and where the service leaves RFC 6749.

export type ClientAuthMethod = 'client_secret_basic' | 'client_secret_post' | 'none'

/** How one kind of token request differs from RFC 6749; `{name}` placeholders are filled in `url`. */
export interface TokenRequestDialect {
  /** Address of its own, where it is not the token endpoint. */
  url?: string
  /** The parameters travel in the query of a GET. */
  method?: 'GET'
  /** Added to the request; an existing one is replaced. */
  params?: Record<string, string>
  /** Standard parameter → the service's name for it. */
  rename?: Record<string, string>
  /** Standard parameters the service refuses. */
  omit?: string[]
}

/** How a token answer differs from RFC 6749. Paths are `a.b.0.c`, and `a|b` takes the first that holds a value. */
export interface TokenAnswerDialect {
  /** Object with the tokens in it, as `authed_user` or `data.0`; the answer itself where that holds no token. */
  tokensIn?: string
  /** Error code and text, where they are not `error` and `error_description`. */
  error?: string
  description?: string
  /** Granted scopes, a text or an array, where they are not `scope`. */
  scope?: string
  /** Life in seconds, where it is not `expires_in`. */
  expiresIn?: string
  /** End as epoch seconds or ISO 8601, for services that give no life. */
  expiresAt?: string
  /** The type is not `Bearer` although the token is used like one. */
  anyTokenType?: true
  /** There is no refresh token: the access token itself is presented for the next one. */
  accessTokenRenews?: true
}
