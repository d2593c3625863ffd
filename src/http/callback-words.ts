// Why a callback was refused, in words: what happened, and what to do. Nothing of the callback itself is repeated.

import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Refusal } from '../services/finish-authorization.ts'

interface Words {
  status: ContentfulStatusCode
  title: string
  text: string
}

const WORDS: Record<Refusal, Words> = {
  malformed: {
    status: 400,
    title: 'This answer is incomplete',
    text: 'The service sent you back without a usable answer, so nothing was changed. Start again from the connection.',
  },
  forged: {
    status: 400,
    title: 'This answer does not belong here',
    text: 'The address you came back with was not made by this deployment, so nothing was changed. Start again from Connections.',
  },
  expired: {
    status: 400,
    title: 'This took too long',
    text: 'An authorization has to be finished within ten minutes. Nothing was changed. Start again from the connection.',
  },
  replayed: {
    status: 400,
    title: 'This answer was used already',
    text: 'Each answer of a service works once, and only for the latest attempt. If the connection is not active, start again from its page.',
  },
  signed_out: {
    status: 403,
    title: 'You are signed out',
    text: 'Your session ended while you were at the service, so nothing was changed. Sign in and start again from the connection.',
  },
  other_browser: {
    status: 403,
    title: 'This started in another browser',
    text: 'An authorization must end in the browser where it began, so nothing was changed. Start again here, from the connection.',
  },
  other_member: {
    status: 403,
    title: 'Somebody else started this',
    text: 'An authorization must be finished by the person who began it, so nothing was changed. Start again under your own sign-in.',
  },
  other_connector: {
    status: 400,
    title: 'This answer came from another service',
    text: 'The answer arrived at the address of a different service, so nothing was changed. Start again from the connection.',
  },
  unknown: {
    status: 404,
    title: 'This connection is gone',
    text: 'The connection was removed while you were at the service. Nothing was stored. Add a new connection to try again.',
  },
  maker_gone: {
    status: 404,
    title: 'This link does not work any more',
    text: 'Whoever made it has lost the right to while you were at the service, so nothing was connected. Ask for a new link if you still expect to connect an account.',
  },
  unavailable: {
    status: 503,
    title: 'Evergrant could not finish this',
    text: 'Something failed on our side for a moment. Look at the connection: if it is not active, start again there.',
  },
}

export function explainCallback(refusal: Refusal): Words {
  return WORDS[refusal]
}
