// What is wrong, over the list: each kind with its number, leading to the connections concerned or to the app. Where
// nothing is, there is no strip.

import type { Child } from 'hono/jsx'
import type { Need } from '../../domain/attention.ts'
import { may } from '../../domain/roles.ts'
import { secretDeadline } from '../deadline.ts'
import { plural } from '../format.ts'
import type { PageMember } from '../layout.tsx'
import { Time } from './time.tsx'

interface AppName {
  /** Id of the connector on whose page the app stands. */
  connector: string
  name: string
}

export interface TroubleView {
  counts: { reauthorize: number; deciding: number; failing: number; ending: number }
  held: (AppName & { own: boolean; connections: number })[]
  secrets: (AppName & { secretExpiresAt: number })[]
}

interface StripProps {
  trouble: TroubleView
  member: PageMember
  now: number
}

const COUNTED_UP_TO = 1_000

export function TroubleStrip({ trouble, member, now }: StripProps) {
  const { counts, held } = trouble
  const ending = trouble.secrets.flatMap((secret) => {
    const end = secretDeadline(secret.secretExpiresAt, now)
    return end ? [{ ...secret, end }] : []
  })
  const seesApps = may(member.role, 'apps.manage')
  const connections = counts.reauthorize + counts.deciding + counts.failing + counts.ending
  const total = connections + held.length + ending.length
  if (total === 0) return null
  return (
    <ul class="trouble" aria-label="What needs attention">
      {counts.reauthorize > 0 ? (
        <Item tone="bad" href={listOf('reauthorize')}>
          {amountOf(counts.reauthorize)} must be reconnected
        </Item>
      ) : null}
      {held.map((app) => (
        <Item tone="bad" href={seesApps ? `/connectors/${app.connector}` : listOf('held')}>
          {app.name} refuses {app.own ? 'the OAuth app' : 'the deployment’s OAuth app'}:{' '}
          {amountOf(app.connections)} held
        </Item>
      ))}
      {counts.deciding > 0 ? (
        <Item tone="warn" href={listOf('deciding')}>
          {amountOf(counts.deciding)} with an account to choose
        </Item>
      ) : null}
      {counts.failing > 0 ? (
        <Item tone="warn" href={listOf('failing')}>
          {amountOf(counts.failing)} with a failing service
        </Item>
      ) : null}
      {ending.map(({ connector, name, end }) => (
        <Item tone={end.tone} href={seesApps ? `/connectors/${connector}` : null}>
          {end.passed ? `The app secret of ${name} has expired` : `The app secret of ${name} ends `}
          {end.passed ? null : <Time at={end.at} now={now} />}
        </Item>
      ))}
      {counts.ending > 0 ? (
        <Item tone="calm" href={listOf('ending')}>
          {amountOf(counts.ending)} with a consent that ends soon
        </Item>
      ) : null}
    </ul>
  )
}

interface ItemProps {
  tone: 'bad' | 'warn' | 'calm'
  /** Null where the role may not go there. */
  href: string | null
  children?: Child
}

function Item({ tone, href, children }: ItemProps) {
  const look = `trouble-item ${tone}`
  return (
    <li>
      {href === null ? (
        <span class={look}>{children}</span>
      ) : (
        <a class={look} href={href}>
          {children}
        </a>
      )}
    </li>
  )
}

function listOf(need: Need): string {
  return `/connections?state=${need}`
}

function amountOf(count: number): string {
  return count >= COUNTED_UP_TO ? '1,000 connections or more' : plural(count, 'connection')
}
