// What the last attempt to connect came to, in words: what happened, and what to do.

import type { Child } from 'hono/jsx'
import type { Notice, NoticeKind } from '../../domain/record.ts'

type Tone = 'good' | 'warn' | 'bad' | 'calm'

interface Words {
  tone: Tone
  title: string
  /** What happened. */
  text: string
  /** What to do; good news asks for nothing. */
  todo?: string
}

const MINUTE_MS = 60_000
/** Good news grows old quickly; bad news stays until the next day, or until a new attempt replaces it. */
const GOOD_NEWS_MS = 15 * MINUTE_MS
const BAD_NEWS_MS = 24 * 60 * MINUTE_MS

/** In the words of an admin; the function takes the name of the service. */
const NOTICES: Record<NoticeKind, (service: string) => Words> = {
  connected: () => ({
    tone: 'good',
    title: 'Connected',
    text: 'Evergrant keeps this access alive from now on.',
  }),
  reconnected: () => ({
    tone: 'good',
    title: 'Reconnected',
    text: 'The connection kept its ID and its name, so nothing that uses it has to change.',
  }),
  fewer_permissions: (service) => ({
    tone: 'warn',
    title: 'Connected, with fewer permissions than asked for',
    text: `${service} gave less than this connection asked for; what is missing is marked below.`,
    todo: 'Workflows that need it are refused by the service. To add it, connect once more and leave every box ticked; until then everything else goes on.',
  }),
  declined: (service) => ({
    tone: 'warn',
    title: 'The consent was declined',
    text: `Somebody pressed Cancel or Deny at ${service}. Nothing was changed here.`,
    todo: 'Try again when you are ready.',
  }),
  refused_by_service: (service) => ({
    tone: 'bad',
    title: `${service} refused the request`,
    text: 'It sent you back without a consent. Nothing was changed here.',
    todo: `A rule of the account or of its organisation usually stands behind this: ask whoever administers ${service} there, then try again.`,
  }),
  approval_required: (service) => ({
    tone: 'bad',
    title: `An administrator has to approve this app at ${service} first`,
    text: 'Your own consent is not enough there. Nothing was changed here.',
  }),
  scope_refused: (service) => ({
    tone: 'bad',
    title: `${service} refused one of the permissions`,
    text: 'The OAuth app is not allowed to ask for one of them, or the service does not know it. Nothing was changed here.',
    todo: 'Add the permissions of the tools to the app at the service, then try again; or make a connection with fewer tools.',
  }),
  other_account: () => ({
    tone: 'bad',
    title: 'That was another account',
    text: 'You consented with another account than the one this connection belongs to, so nothing was changed.',
    todo: 'Reconnect and choose the same account; for the other account, add a new connection.',
  }),
  account_unknown: (service) => ({
    tone: 'bad',
    title: 'It is not clear which account that was',
    text: `${service} did not say who consented, so nothing was changed.`,
    todo: 'Wait a few minutes, then try again.',
  }),
  exchange_failed: (service) => ({
    tone: 'bad',
    title: 'The last step failed',
    text: `${service} sent you back but did not hand over the access. Nothing was changed here.`,
    todo: 'Try once more; if it fails again, check the OAuth app.',
  }),
  app_refused: (service) => ({
    tone: 'bad',
    title: `${service} refused the OAuth app`,
    text: 'Client ID, secret or callback URL here are not what is registered there, or the app was switched off. Nothing was changed here.',
    todo: 'Compare all three with the console of the service, correct what differs, then try again.',
  }),
  provider_unavailable: (service) => ({
    tone: 'warn',
    title: `${service} could not be reached`,
    text: 'The service did not answer in time or had a problem of its own. Nothing was changed here.',
    todo: 'Try again in a few minutes.',
  }),
}

export function noticeWords({ kind }: Pick<Notice, 'kind'>, service: string): Words {
  return NOTICES[kind](service)
}

/** Whether the notice still tells something: old news would only puzzle. */
export function isCurrent(notice: Notice, now: number): boolean {
  return now - notice.at < (isGoodNews(notice) ? GOOD_NEWS_MS : BAD_NEWS_MS)
}

export function isGoodNews({ kind }: Notice): boolean {
  return NOTICES[kind]('').tone === 'good'
}

/** What the detail is, where it is not a word of the service. */
export const DETAIL_LEADS: Partial<Record<NoticeKind, string>> = {
  reconnected: 'It acts from now on as ',
  other_account: 'The other account: ',
  fewer_permissions: 'Missing: ',
}

/** Short form for the history. */
export function noticeTitle(kind: string, service: string): string | undefined {
  return isNoticeKind(kind) ? NOTICES[kind](service).title : undefined
}

function isNoticeKind(kind: string): kind is NoticeKind {
  return Object.hasOwn(NOTICES, kind)
}

export function Banner({ tone, title, children }: { tone: Tone; title: string; children?: Child }) {
  return (
    <div class={`notice ${tone}`}>
      <h2>{title}</h2>
      {children}
    </div>
  )
}
