// Sign-in: start seals the flow into a cookie, finish proves the identity and decides whether it is a member. The flow
// lives in the browser only; that a code works once is the issuer's word, so a replayed callback ends there.

import { newId } from '../domain/ids.ts'
import { safeReturnPath } from '../domain/return-path.ts'
import { equalConstantTime, toBase64Url } from '../lib/bytes.ts'
import { err, ok, type Result } from '../lib/result.ts'
import {
  finishSignIn as finishWithIssuer,
  type Identity,
  type SignInCall,
  type SignInFailure,
  type SignInSecrets,
  signInUrl,
} from '../oauth/sign-in.ts'
import { addMember, findMember, type Member, updateMemberDisplay } from '../storage/members.ts'
import type { SealContext } from '../storage/vault.ts'
import { firstWorkspaceOr } from '../storage/workspaces.ts'
import type { Context } from './context.ts'

export type SignInContext = Pick<Context, 'config' | 'vault' | 'db' | 'random'>

export const FLOW_LIFE_MS = 10 * 60 * 1000

export type Refusal =
  | { kind: SignInFailure }
  /** No flow of this browser, one that was tampered with, or another flow's answer. */
  | { kind: 'flow_unknown' }
  | { kind: 'flow_expired' }
  /** Proved, but no member and no verified owner address. */
  | { kind: 'not_invited'; email: string | null; emailVerified: boolean }

interface Flow extends SignInSecrets {
  returnPath: string
  /** Epoch milliseconds. */
  expiresAt: number
}

const FLOW_COOKIE: SealContext = { purpose: 'sign_in_flow', workspaceId: '', recordId: 'browser' }
const WORKSPACE_NAME = 'Workspace'

/** Where to send the browser, and the sealed flow that its cookie has to bring back within ten minutes. */
export async function startSignIn(
  context: SignInContext,
  returnPath: unknown,
  now: number,
): Promise<Result<{ url: string; sealedFlow: string }, SignInFailure>> {
  const secret = () => toBase64Url(context.random(32))
  const flow: Flow = {
    state: secret(),
    nonce: secret(),
    verifier: secret(),
    returnPath: safeReturnPath(returnPath),
    expiresAt: now + FLOW_LIFE_MS,
  }
  const url = await signInUrl(callOf(context), flow, now)
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
  callback: { query: string; sealedFlow: string | undefined },
  now: number,
): Promise<Result<{ member: Member; returnPath: string }, Refusal>> {
  const flow = await openFlow(context, callback.sealedFlow)
  const state = new URLSearchParams(callback.query).get('state') ?? ''
  if (!flow || !equalConstantTime(flow.state, state)) return err({ kind: 'flow_unknown' })
  if (flow.expiresAt <= now) return err({ kind: 'flow_expired' })
  const identity = await finishWithIssuer(callOf(context), callback.query, flow, now)
  if (!identity.ok) return err({ kind: identity.error })
  const member = await admit(context, identity.value, now)
  return member.ok ? ok({ member: member.value, returnPath: flow.returnPath }) : member
}

/** A known identity is let in whatever its address says now; a stranger only as a verified owner. */
async function admit(
  context: SignInContext,
  identity: Identity,
  now: number,
): Promise<Result<Member, Refusal>> {
  const { config, db, random } = context
  const { issuer, subject, email, emailVerified, name } = identity
  const known = await findMember(db, identity)
  if (known) {
    if (email === null || !emailVerified || (email === known.email && name === known.name)) return ok(known)
    await updateMemberDisplay(db, known.id, { email, name })
    return ok({ ...known, email, name })
  }
  if (email === null || !emailVerified || !config.ownerEmails.includes(email.toLowerCase())) {
    return err({ kind: 'not_invited', email, emailVerified })
  }
  const workspace = await firstWorkspaceOr(db, {
    id: newId('wsp', random),
    name: WORKSPACE_NAME,
    createdAt: now,
  })
  const member = await addMember(db, {
    id: newId('mem', random),
    workspaceId: workspace.id,
    issuer,
    subject,
    email,
    name,
    role: 'owner',
    createdAt: now,
  })
  return ok(member)
}

async function openFlow({ vault }: SignInContext, sealedFlow: string | undefined): Promise<Flow | undefined> {
  if (sealedFlow === undefined) return undefined
  const opened = await vault.open(FLOW_COOKIE, sealedFlow)
  // Sealed by this deployment, for this purpose only: its shape is ours.
  return opened.ok ? (JSON.parse(opened.value) as Flow) : undefined
}

/** The redirect URI is the deployment's, never taken from the request. */
function callOf({ config }: SignInContext): SignInCall {
  return {
    signIn: config.signIn,
    redirectUri: `${config.publicUrl}/sign-in/callback`,
    allowInsecure: config.allowInsecureUpstreams,
  }
}
