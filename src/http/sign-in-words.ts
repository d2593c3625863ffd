// What a failed sign-in is called on pages, and what to do about it: for the person, or for whoever runs the deployment.

import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { AccessFailure } from '../oauth/access.ts'
import type { SignInFailure } from '../oauth/sign-in.ts'
import type { InvitationEnd } from '../services/invitations.ts'
import type { Refusal } from '../services/sign-in.ts'

export interface Words {
  title: string
  text: string
  status: ContentfulStatusCode
}

export function explainRefusal(refusal: Refusal): Words {
  switch (refusal.kind) {
    case 'flow_unknown':
      return {
        title: 'This sign-in cannot be finished',
        text: 'It was started in another browser or another tab, or it is already finished. Start again from the sign-in page.',
        status: 400,
      }
    case 'flow_expired':
      return {
        title: 'This sign-in took too long',
        text: 'A sign-in has to be finished within ten minutes. Start again from the sign-in page.',
        status: 400,
      }
    case 'access_signed_out':
      return {
        title: 'You signed out',
        text: 'You ended your session here, and Cloudflare Access still knows you from before. Sign in there anew to come back.',
        status: 403,
      }
    case 'invitation_other_address':
      return { title: 'This invitation is for another address', text: otherAddress(refusal), status: 403 }
    case 'invitation_unknown':
    case 'invitation_used':
    case 'invitation_revoked':
    case 'invitation_expired':
    case 'invitation_maker_gone':
      return explainInvitation(refusal.kind)
    case 'not_invited':
      return { title: 'You are not a member here', text: notInvited(refusal), status: 403 }
    default:
      return explainFailure(refusal.kind)
  }
}

function otherAddress({
  invited,
  email,
  emailVerified,
}: Extract<Refusal, { kind: 'invitation_other_address' }>): string {
  if (email === null) {
    return `It is for ${invited}, and your sign-in provider did not tell your e-mail address. Allow it to, then open the invitation again.`
  }
  if (!emailVerified) {
    return `It is for ${invited}. You signed in as ${email}, but your sign-in provider has not verified that address. Verify it there, then open the invitation again.`
  }
  return `It is for ${invited}, and you signed in as ${email}. Nothing was used up: sign out at your sign-in provider and open the invitation again with the right account, or ask for an invitation to ${email}.`
}

export function explainInvitation(end: InvitationEnd): Words {
  switch (end) {
    case 'invitation_unknown':
      return {
        title: 'This invitation does not work',
        text: 'Check that the link is complete. If it is, ask whoever sent it for a new one.',
        status: 404,
      }
    case 'invitation_used':
      return {
        title: 'This invitation was used already',
        text: 'Each invitation works once. If it was you, sign in; otherwise ask whoever sent it for a new one.',
        status: 404,
      }
    case 'invitation_revoked':
      return {
        title: 'This invitation was taken back',
        text: 'It was revoked, or a newer one was made for the same address. Use the newest link, or ask for a new one.',
        status: 404,
      }
    case 'invitation_expired':
      return {
        title: 'This invitation has expired',
        text: 'Invitations work for seven days. Ask whoever sent it for a new one.',
        status: 404,
      }
    case 'invitation_maker_gone':
      return {
        title: 'This invitation does not work any more',
        text: 'Whoever made it has lost the right to. Ask an owner of the workspace for a new one.',
        status: 404,
      }
  }
}

function notInvited({ email, emailVerified }: Extract<Refusal, { kind: 'not_invited' }>): string {
  if (email === null) {
    return 'Your sign-in provider did not tell your e-mail address. Allow it to, or ask an owner of this workspace for an invitation.'
  }
  if (!emailVerified) {
    return `You signed in as ${email}, but your sign-in provider has not verified that address. Verify it there and sign in again, or ask an owner of this workspace for an invitation.`
  }
  return `You signed in as ${email}, and that address has no access. Ask an owner of this workspace for an invitation, or sign in with another account.`
}

export function explainFailure(failure: SignInFailure | AccessFailure): Words {
  switch (failure) {
    case 'issuer_unreachable':
      return {
        title: 'Your sign-in provider does not answer',
        text: 'Your sign-in provider does not answer at the moment. Try again in a minute.',
        status: 503,
      }
    case 'issuer_misconfigured':
      return {
        title: 'Sign-in is not set up correctly',
        text: 'The sign-in provider does not describe itself as SIGN_IN_ISSUER says. Whoever runs this deployment has to set SIGN_IN_ISSUER to exactly the issuer that the provider names.',
        status: 502,
      }
    case 'client_refused':
      return {
        title: 'Sign-in is not set up correctly',
        text: 'The sign-in provider refuses this deployment. Whoever runs it has to correct SIGN_IN_CLIENT_ID and SIGN_IN_CLIENT_SECRET.',
        status: 502,
      }
    case 'declined':
      return {
        title: 'You are not signed in',
        text: 'The sign-in was cancelled, or your sign-in provider did not allow it. Start again if that was not what you wanted.',
        status: 403,
      }
    case 'callback_invalid':
      return {
        title: 'This sign-in cannot be finished',
        text: 'What came back from your sign-in provider does not belong to this sign-in. Start again from the sign-in page.',
        status: 400,
      }
    case 'code_refused':
      return {
        title: 'This sign-in is over',
        text: 'It was already used, or it took too long. Start again from the sign-in page.',
        status: 400,
      }
    case 'answer_invalid':
      return {
        title: 'You are not signed in',
        text: 'Your sign-in provider gave an answer that cannot be trusted. Try again; if it stays like this, tell whoever runs this deployment.',
        status: 502,
      }
    case 'access_missing':
      return {
        title: 'Cloudflare Access did not let you in',
        text: 'This request came around Cloudflare Access, so nobody vouches for who you are. Open the address of this deployment anew. If it stays like this, whoever runs it has to put an Access application over this address.',
        status: 403,
      }
    case 'access_refused':
      return {
        title: 'The word of Cloudflare Access cannot be trusted',
        text: 'It has run out, or it was given for another application. Sign out of Cloudflare Access and open this address again. If it stays like this, whoever runs the deployment has to correct ACCESS_TEAM_DOMAIN and ACCESS_AUD.',
        status: 403,
      }
    case 'access_no_person':
      return {
        title: 'Only people can sign in here',
        text: 'Cloudflare Access let a service token in, which is nobody in particular. Programs use the API with a key; for the pages, sign in as a person.',
        status: 403,
      }
    case 'access_unreachable':
      return {
        title: 'Cloudflare Access does not answer',
        text: 'The keys of your Cloudflare Access team cannot be read at the moment. Try again in a minute.',
        status: 503,
      }
  }
}
