// The audit trail: who did what to what, when, with which outcome; filtered, page by page, and as files.

import type { Child } from 'hono/jsx'
import { AUDIT_ACTIONS, actionWords, type SubjectKind } from '../../domain/audit.ts'
import type { FieldError } from '../../domain/failure.ts'
import { errorFor } from '../components/field.tsx'
import { PageHead } from '../components/page-head.tsx'
import { Badge } from '../components/state.tsx'
import { Time } from '../components/time.tsx'
import { pathWith } from '../format.ts'
import { Layout, type PageMember } from '../layout.tsx'

export interface AuditEntryView {
  id: string
  at: number
  actor: string
  actorName: string | null
  action: string
  subject: string
  subjectName: string | null
  outcome: string
  failed: boolean
  detail: string | null
}

/** As typed. */
export interface AuditQuery {
  actor: string
  action: string
  subject: string
  outcome: string
  from: string
  to: string
}

interface Actor {
  id: string
  name: string
}

interface AuditProps {
  member: PageMember
  now: number
  entries: AuditEntryView[]
  nextCursor: string | null
  query: AuditQuery
  actors: { members: Actor[]; former: Actor[]; keys: Actor[] }
  retentionDays: number
  errors?: FieldError[] | undefined
}

export function AuditPage(props: AuditProps) {
  const { member, entries, query, nextCursor, retentionDays, errors } = props
  const filtered = Object.values(query).some((value) => value !== '')
  return (
    <Layout title="Audit" member={member} current="audit">
      <PageHead
        title="Audit"
        lead={`Who did what to what. Rows never change, and are kept for ${retentionDays} days. Tokens handed out are not among them; each connection shows which keys used it, and when.`}
        actions={
          <>
            <a class="button" href={pathWith('/audit/export', { ...query, format: 'csv' })}>
              Export CSV
            </a>
            <a class="button" href={pathWith('/audit/export', { ...query, format: 'jsonl' })}>
              Export JSON lines
            </a>
          </>
        }
      />
      {errors ? (
        <div class="notice bad" role="alert">
          {errors.map(({ message }) => (
            <p>{message}</p>
          ))}
        </div>
      ) : null}
      <FilterForm {...props} filtered={filtered} />
      {errors ? null : entries.length === 0 ? (
        <div class="empty">
          <p>{filtered ? 'No row matches.' : 'Nothing has happened yet.'}</p>
          {filtered ? (
            <p>
              <a href="/audit">Show everything</a>
            </p>
          ) : null}
        </div>
      ) : (
        <>
          <table class="rows audit">
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">Who</th>
                <th scope="col">What</th>
                <th scope="col">Outcome</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <Row entry={entry} now={props.now} />
              ))}
            </tbody>
          </table>
          {nextCursor ? (
            <p class="next-page">
              <a class="button" href={pathWith('/audit', { ...query, cursor: nextCursor })}>
                Next page
              </a>
            </p>
          ) : null}
        </>
      )}
    </Layout>
  )
}

function FilterForm({ query, actors, errors, filtered }: AuditProps & { filtered: boolean }) {
  return (
    <search>
      <form class="filter audit-filter" method="get" action="/audit">
        <FilterField name="actor" label="Who">
          <select id="actor" name="actor">
            <option value="">Anybody</option>
            <Actors label="Members" actors={actors.members} chosen={query.actor} />
            <Actors label="Gone" actors={actors.former} chosen={query.actor} />
            <Actors label="API keys" actors={actors.keys} chosen={query.actor} />
            <option value="link" selected={query.actor === 'link'}>
              Somebody with a connect link
            </option>
          </select>
        </FilterField>
        <FilterField name="action" label="What">
          <select id="action" name="action">
            <option value="">Anything</option>
            {AUDIT_ACTIONS.map((action) => (
              <option value={action} selected={action === query.action}>
                {actionWords(action).sentence}
              </option>
            ))}
          </select>
        </FilterField>
        <FilterField name="subject" label="ID of the subject">
          <input id="subject" name="subject" value={query.subject} autocomplete="off" placeholder="con_…" />
        </FilterField>
        <FilterField name="outcome" label="Outcome">
          <select id="outcome" name="outcome">
            <option value="">Any</option>
            <option value="done" selected={query.outcome === 'done'}>
              Done
            </option>
            <option value="failed" selected={query.outcome === 'failed'}>
              Failed or refused
            </option>
          </select>
        </FilterField>
        <DayField name="from" label="From (UTC)" value={query.from} error={errorFor(errors, 'from')} />
        <DayField name="to" label="To (UTC)" value={query.to} error={errorFor(errors, 'to')} />
        <button type="submit" class="button">
          Filter
        </button>
        {filtered ? (
          <a class="clear" href="/audit">
            Clear
          </a>
        ) : null}
      </form>
    </search>
  )
}

function Actors({ label, actors, chosen }: { label: string; actors: Actor[]; chosen: string }) {
  if (actors.length === 0) return null
  return (
    <optgroup label={label}>
      {actors.map(({ id, name }) => (
        <option value={id} selected={id === chosen}>
          {name}
        </option>
      ))}
    </optgroup>
  )
}

interface DayFieldProps {
  name: 'from' | 'to'
  label: string
  value: string
  error: string | undefined
}

function DayField({ name, label, value, error }: DayFieldProps) {
  return (
    <FilterField name={name} label={label}>
      <input type="date" id={name} name={name} value={value} aria-invalid={error ? 'true' : undefined} />
    </FilterField>
  )
}

function FilterField({ name, label, children }: { name: string; label: string; children?: Child }) {
  return (
    <div class="filter-field">
      <label for={name}>{label}</label>
      {children}
    </div>
  )
}

function Row({ entry, now }: { entry: AuditEntryView; now: number }) {
  const { at, actor, actorName, action, outcome, failed, detail } = entry
  return (
    <tr class="row">
      <td class="cell-used">
        <Time at={at} now={now} />
      </td>
      <td class="cell-who">{actor === 'link' ? 'Somebody with a connect link' : (actorName ?? actor)}</td>
      <td class="cell-what">
        {actionWords(action).sentence} <Subject entry={entry} />
        {detail && detail !== entry.subjectName ? <span class="quiet block">{detail}</span> : null}
      </td>
      <td class="cell-outcome">
        {failed ? <Badge tone="bad">{outcome.replaceAll('_', ' ')}</Badge> : outcomeWords(outcome)}
      </td>
    </tr>
  )
}

const ADDRESSES: Partial<Record<SubjectKind, (id: string) => string>> = {
  connection: (id) => `/connections/${id}`,
  app: (id) => `/connectors/${id}`,
  webhook: (id) => `/settings/webhooks/${id}`,
}

/** By its name where it has one, else by its ID; nothing where the sentence or the actor says it already. */
function Subject({ entry: { action, actor, subject, subjectName } }: { entry: AuditEntryView }) {
  const kind = actionWords(action).subject
  if (kind === 'session' || kind === 'workspace' || subject === actor) return null
  if (kind === 'route') return <code>{subject}</code>
  const address = kind ? ADDRESSES[kind]?.(encodeURIComponent(subject)) : undefined
  const text = subjectName ?? subject
  const isThere = address !== undefined && (subjectName !== null || kind === 'app')
  return <span class="strong">{isThere ? <a href={address}>{text}</a> : text}</span>
}

function outcomeWords(outcome: string) {
  return outcome === 'ok' ? (
    <span class="quiet none">done</span>
  ) : (
    <span class="quiet">{outcome.replaceAll('_', ' ')}</span>
  )
}
