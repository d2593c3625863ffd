// The parts of oidc-provider that the local upstream uses; the package carries no types of its own.

declare module 'oidc-provider' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

  export interface Grant {
    jti: string
    accountId: string
    clientId: string
    addOIDCScope(scope: string): void
    rejectOIDCScope(scope: string): void
    save(): Promise<string>
  }

  export interface Interaction {
    uid: string
    grantId?: string
    params: { client_id: string; scope?: string; login_hint?: string; redirect_uri: string }
    prompt: { name: string; details: { missingOIDCScope?: string[] } }
    session?: { accountId: string; uid?: string } | undefined
    persist(): Promise<string>
  }

  export interface AccessToken {
    accountId: string
    clientId: string
    grantId: string
    exp: number
    scopes: Set<string>
  }

  export type InteractionResult =
    | { login: { accountId: string } }
    | { consent: { grantId: string } }
    | { error: string; error_description: string }

  /** The request as the configuration's own functions see it. */
  export interface RequestContext {
    path: string
    type: string
    body: unknown
    oidc: {
      account?: { accountId: string }
      client: { clientId: string }
      params: { scope?: string }
      result?: { login?: unknown; consent?: { grantId?: string } }
    }
  }

  export default class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>)
    callback(): RequestListener
    on(event: string, listener: (context: unknown, error: Error) => void): this
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: InteractionResult,
      options?: { mergeWithLastSubmission?: boolean },
    ): Promise<void>
    AccessToken: { find(value: string): Promise<AccessToken | undefined> }
    Client: { find(id: string): Promise<{ clientId: string; clientName?: string } | undefined> }
    Grant: {
      new (values: { accountId: string; clientId: string }): Grant
      find(id: string): Promise<Grant | undefined>
    }
    RefreshToken: { find(value: string): Promise<{ consumed?: number } | undefined> }
    Session: { findByUid(uid: string): Promise<{ destroy(): Promise<void> } | undefined> }
  }

  class Check {
    constructor(reason: string, description: string, check: (context: RequestContext) => boolean)
  }

  export const interactionPolicy: {
    Check: typeof Check
    base(): { get(name: string): { checks: { add(check: Check): void } } } & unknown[]
  }
}
