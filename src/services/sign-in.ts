// Sign-in: start seals the flow into a cookie, finish proves the identity and decides whether it is a member. The flow
// lives in the browser only; that a code works once is the issuer's word, so a replayed callback ends there.

import type { OpenIdSignIn } from '../domain/configuration.ts'
import { safeReturnPath } from '../domain/return-path.ts'
import { equalConstantTime, toBase64Url } from '../lib/bytes.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { type AccessFailure, verifyAccess } from '../oauth/access.ts'
import {
  finishSignIn as finishWithIssuer,
  type SignInCall,
  type SignInFailure,
  type SignInSecrets,
  signInUrl,
} from '../oauth/sign-in.ts'
import type { Member } from '../storage/members.ts'
import { lastSignOut } from '../storage/sessions.ts'
import type { SealContext } from '../storage/vault.ts'
import { admit, type NotAdmitted } from './admit.ts'
import type { Context } from './context.ts'
import type { InvitationRefusal } from './invitations.ts'

export type SignInContext = Pick<Context, 'config' | 'vault' | 'db' | 'random'>

export const FLOW_LIFE_MS = 10 * 60 * 1000

export type Refusal =
  | { kind: SignInFailure | AccessFailure }
  /** No flow of this browser, one that was tampered with, or another flow's answer. */
  | { kind: 'flow_unknown' }
  | { kind: 'flow_expired' }
  /** Cloudflare Access gave its word before this person signed out. */
  | { kind: 'access_signed_out' }
  | NotAdmitted
  | InvitationRefusal

interface Flow extends SignInSecrets {
  returnPath: string
  /** SHA-256 of the invitation's token, where the person came by one. */
  invitation?: string
  /** Epoch milliseconds. */
  expiresAt: number
}

const FLOW_COOKIE: SealContext = { purpose: 'sign_in_flow', workspaceId: '', recordId: 'browser' }

/** Where to send the browser, and the sealed flow that its cookie has to bring back within ten minutes. */
export async function startSignIn(
  context: SignInContext,
  signIn: OpenIdSignIn,
  ask: { returnPath: unknown; invitation?: { tokenHash: string; email: string } },
  now: number,
): Promise<Result<{ url: string; sealedFlow: string }, SignInFailure>> {
  const secret = () => toBase64Url(context.random(32))
  const flow: Flow = {
    state: secret(),
    nonce: secret(),
    verifier: secret(),
    returnPath: safeReturnPath(ask.returnPath),
    ...(ask.invitation && { invitation: ask.invitation.tokenHash }),
    expiresAt: now + FLOW_LIFE_MS,
  }
  const call = { ...callOf(context, signIn), ...(ask.invitation && { loginHint: ask.invitation.email }) }
  const url = await signInUrl(call, flow, now)
  if (!url.ok) return url
  return ok({ url: url.value, sealedFlow: await context.vault.seal(FLOW_COOKIE, JSON.stringify(flow)) })
}

/**
 * The member behind a callback, and where they wanted to go. A refusal of kind `flow_unknown` consumed nothing: the
 * browser's own flow, if any, may still come back.
 * @param query the callback's query string, as received
 */
export async function finishSignIn(
  context: SignInContext,
  signIn: OpenIdSignIn,
  callback: { query: string; sealedFlow: string | undefined },
  now: number,
): Promise<Result<{ member: Member; returnPath: string }, Refusal>> {
  const flow = await openFlow(context, callback.sealedFlow)
  const state = new URLSearchParams(callback.query).get('state') ?? ''
  if (!flow || !equalConstantTime(flow.state, state)) return err({ kind: 'flow_unknown' })
  if (flow.expiresAt <= now) return err({ kind: 'flow_expired' })
  const identity = await finishWithIssuer(callOf(context, signIn), callback.query, flow, now)
  if (!identity.ok) return err({ kind: identity.error })
  const member = await admit(context, identity.value, flow.invitation, now)
  return member.ok ? ok({ member: member.value, returnPath: flow.returnPath }) : member
}

/**
 * The member whom Cloudflare Access let through. A word from before this person's last sign-out starts no session.
 * @param token its word on this request
 * @param invitation SHA-256 of the invitation's token, where the person came by one
 */
export async function signInByAccess(
  context: Pick<Context, 'config' | 'db' | 'random'>,
  token: string | undefined,
  invitation: string | undefined,
  now: number,
): Promise<Result<Member, Refusal>> {
  const { signIn } = context.config
  if (signIn.way !== 'access') throw new Error('Access is not the way to sign in here')
  const identity = await verifyAccess(signIn, token, now)
  if (!identity.ok) return err({ kind: identity.error })
  const signedOutAt = await lastSignOut(context.db, identity.value)
  // Its times are whole seconds.
  if (signedOutAt !== null && identity.value.issuedAt + 1000 <= signedOutAt) {
    return err({ kind: 'access_signed_out' })
  }
  return admit(context, identity.value, invitation, now)
}

async function openFlow({ vault }: SignInContext, sealedFlow: string | undefined): Promise<Flow | undefined> {
  if (sealedFlow === undefined) return undefined
  const opened = await vault.open(FLOW_COOKIE, sealedFlow)
  // Sealed by this deployment, for this purpose only: its shape is ours.
  return opened.ok ? (JSON.parse(opened.value) as Flow) : undefined
}

/** The redirect URI is the deployment's, never taken from the request. */
function callOf({ config }: SignInContext, signIn: OpenIdSignIn): SignInCall {
  return {
    signIn,
    redirectUri: `${config.publicUrl}/sign-in/callback`,
    allowInsecure: config.allowInsecureUpstreams,
  }
}
