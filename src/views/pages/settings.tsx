// Settings: of the workspace for its owners, and of one's own sessions and membership for everybody.

import { AUDIT_RETENTION_CHOICES } from '../../domain/audit.ts'
import type { FieldError } from '../../domain/failure.ts'
import { may } from '../../domain/roles.ts'
import { ConfirmForm } from '../components/confirm.tsx'
import { ErrorSummary, errorFor, Field } from '../components/field.tsx'
import { PageHead } from '../components/page-head.tsx'
import { Panel } from '../components/panel.tsx'
import { type Belongings, WhatEnds } from '../components/remove-member.tsx'
import { Time } from '../components/time.tsx'
import { amount, plural } from '../format.ts'
import { Layout, type PageMember } from '../layout.tsx'

export interface SessionView {
  id: string
  workspaceName: string
  createdAt: number
  lastSeenAt: number
  browser: string
}

/** Milliseconds. */
export interface SessionLimits {
  life: number
  idle: number
}

interface SettingsProps {
  member: PageMember & { sessionId: string }
  now: number
  sessions: SessionView[]
  limits: SessionLimits
  /** Cloudflare Access signs people in: it may do so anew. */
  byAccess: boolean
  auditRetentionDays: number
  /** Set where leaving is asked for: `?confirm=leave`. */
  leaving: Belongings | null
  /** A shorter retention that has to be confirmed; null where none was asked for. */
  shorter: number | null
  values?: { name: string } | undefined
  errors?: FieldError[] | undefined
  problem?: string | undefined
}

export function SettingsPage(props: SettingsProps) {
  const { member, leaving, shorter, problem } = props
  const owns = may(member.role, 'settings.manage')
  return (
    <Layout title="Settings" member={member} current="settings">
      <div class="narrow">
        <PageHead title="Settings" />
        {problem ? (
          <div class="notice bad" role="alert">
            <p>{problem}</p>
          </div>
        ) : null}
        {owns ? <WorkspacePanel {...props} /> : null}
        {owns ? <RetentionPanel days={props.auditRetentionDays} shorter={shorter} /> : null}
        {may(member.role, 'webhooks.manage') ? (
          <Panel title="Webhooks" id="webhooks" lead="Tell another system when a connection needs somebody.">
            <p>
              <a href="/settings/webhooks">Set up webhooks</a>
            </p>
          </Panel>
        ) : null}
        <SessionsPanel {...props} />
        <Panel title="Leave" id="leave" tone="danger">
          {leaving ? (
            <ConfirmForm
              title={`Leave ${member.workspaceName}?`}
              action="/settings/leave"
              label="Leave this workspace"
              cancelHref="/settings"
              atTheEdge={leaving.keys.length > 0}
            >
              <WhatEnds belongings={leaving} whose="your" />
              <p>To come back you need an invitation.</p>
            </ConfirmForm>
          ) : (
            <div class="danger-row">
              <p>You lose your access to {member.workspaceName}. What you connected lives on.</p>
              <a class="button danger-outline" href="/settings?confirm=leave#leave">
                Leave {member.workspaceName}
              </a>
            </div>
          )}
        </Panel>
      </div>
    </Layout>
  )
}

function WorkspacePanel({ member, values, errors }: SettingsProps) {
  return (
    <Panel title="Workspace" id="workspace">
      <form method="post" action="/settings/name">
        <ErrorSummary errors={errors} fields={['name']} />
        <div class="inline-form">
          <Field
            label="Name"
            name="name"
            value={values?.name ?? member.workspaceName}
            required
            maxlength={100}
            error={errorFor(errors, 'name')}
          />
          <button type="submit" class="button">
            Save
          </button>
        </div>
      </form>
    </Panel>
  )
}

function RetentionPanel({ days, shorter }: { days: number; shorter: number | null }) {
  return (
    <Panel
      title="Audit trail"
      id="audit"
      lead={`Rows are kept for ${period(days)}; older ones end by themselves.`}
    >
      {shorter === null ? (
        <form method="post" action="/settings/retention" class="inline-form">
          <div class="field">
            <label for="days">Keep rows for</label>
            <select id="days" name="days">
              {AUDIT_RETENTION_CHOICES.map((choice) => (
                <option value={String(choice)} selected={choice === days}>
                  {period(choice)}
                </option>
              ))}
            </select>
          </div>
          <button type="submit" class="button">
            Save
          </button>
        </form>
      ) : (
        <section class="confirm" id="confirm" aria-labelledby="confirm-title">
          <h2 id="confirm-title">Keep rows for {period(shorter)} only?</h2>
          <p>
            Older rows are erased within minutes and cannot be brought back. Export them first if you need
            them.
          </p>
          <form method="post" action="/settings/retention" class="actions">
            <input type="hidden" name="days" value={String(shorter)} />
            <input type="hidden" name="confirmed" value="yes" />
            <button type="submit" class="button danger">
              Erase what is older
            </button>
            <a class="button" href="/settings">
              Cancel
            </a>
          </form>
        </section>
      )}
    </Panel>
  )
}

function SessionsPanel({ member, now, sessions, limits, byAccess }: SettingsProps) {
  const several = new Set(sessions.map(({ workspaceName }) => workspaceName)).size > 1
  return (
    <Panel
      title="Your sessions"
      id="sessions"
      lead={`A session ends ${amount(limits.life)} after sign-in, and after ${amount(limits.idle)} without use.`}
    >
      <ul class="plain sessions">
        {sessions.map(({ id, browser, createdAt, lastSeenAt, workspaceName }) => (
          <li class="session">
            <span>
              <span class="strong">{browser}</span>
              {id === member.sessionId ? <span class="mark calm">this one</span> : null}
              <span class="quiet block">
                Since <Time at={createdAt} now={now} />, last seen <Time at={lastSeenAt} now={now} />
                {several ? `, in ${workspaceName}` : ''}
              </span>
            </span>
            {id === member.sessionId ? null : (
              <form method="post" action={`/settings/sessions/${encodeURIComponent(id)}/end`}>
                <button type="submit" class="button small">
                  End<span class="sr"> the session of {browser}</span>
                </button>
              </form>
            )}
          </li>
        ))}
      </ul>
      <form method="post" action="/settings/sessions/end-all" class="actions">
        <button type="submit" class="button">
          Sign out everywhere
        </button>
      </form>
      {byAccess ? (
        <p class="hint">
          Cloudflare Access signs people in here. A browser whose session you end has to sign in there anew,
          until Access itself renews its word; to shut it out for good, revoke the person’s sessions in Zero
          Trust.
        </p>
      ) : (
        <p class="hint">Times of use are a few minutes behind.</p>
      )}
    </Panel>
  )
}

function period(days: number): string {
  const years = Math.round(days / 365)
  return days < 1000 ? plural(days, 'day') : `${plural(days, 'day')} (${plural(years, 'year')})`
}
