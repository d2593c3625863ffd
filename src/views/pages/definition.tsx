// The form of one's own connector on its page: to look through a new one, or to change one that is there.

import type { FormValues } from '../../domain/definition-form.ts'
import type { FieldError } from '../../domain/failure.ts'
import { DefinitionForm } from '../components/definition-form.tsx'
import { Banner } from '../components/notice.tsx'
import { PageHead } from '../components/page-head.tsx'
import { plural } from '../format.ts'
import { Layout, type PageMember } from '../layout.tsx'

/** Credentials would go to other hosts than before. */
export interface HostsMove {
  from: string[]
  to: string[]
  connections: number
}

interface DefinitionProps {
  member: PageMember
  /** Null: a new one. */
  existing: { id: string; name: string; version: number; connections: number } | null
  values: FormValues
  /** Where the values come from, if nobody typed them. */
  origin?: 'issuer' | 'json' | 'copy' | undefined
  errors?: FieldError[] | undefined
  /** To be confirmed before the form is saved. */
  move?: HostsMove | undefined
}

const ORIGINS = {
  issuer: 'This is what the issuer says of itself. Look through it, add where its API begins, and save it.',
  json: 'This is what the JSON says. Look through it, then save it.',
  copy: 'This is a copy. Change what differs, then save it.',
}

export function DefinitionPage({ member, existing, values, origin, errors, move }: DefinitionProps) {
  const title = existing ? `${existing.name}: connector` : 'Your own connector'
  return (
    <Layout title={title} member={member} current="connectors">
      <div class="narrow">
        <PageHead
          title={title}
          back={
            existing
              ? { href: `/connectors/${existing.id}`, label: existing.name }
              : { href: '/connectors/new', label: 'Add your own connector' }
          }
          lead={existing ? used(existing.connections) : undefined}
        />
        <div class="notices">
          {origin ? (
            <Banner tone="calm" title="Nothing is saved yet">
              <p>{ORIGINS[origin]}</p>
            </Banner>
          ) : null}
          {move ? <MoveBanner move={move} /> : null}
        </div>
        <div class="panel">
          <DefinitionForm
            action={existing ? `/connectors/${existing.id}/definition` : '/connectors'}
            values={values}
            errors={errors}
            version={existing?.version}
            hostsConfirmed={move !== undefined}
            submitLabel={move ? 'Save with the new hosts' : 'Save'}
          />
        </div>
      </div>
    </Layout>
  )
}

function used(connections: number): string {
  return connections === 0
    ? 'No connection uses it yet.'
    : `${plural(connections, 'connection')} follow${connections === 1 ? 's' : ''} a change with the next renewal.`
}

function MoveBanner({ move }: { move: HostsMove }) {
  const { from, to, connections } = move
  return (
    <Banner tone="warn" title="Its credentials would go to other hosts">
      <p>
        So far they go to <Hosts hosts={from} />; from now on they would go to <Hosts hosts={to} />.
      </p>
      <ul>
        {connections === 0 ? null : (
          <li>
            {plural(connections, 'connection')} keep{connections === 1 ? 's' : ''} the token until it ends,
            then wait
            {connections === 1 ? 's' : ''} to be reconnected. Nothing that the old hosts gave is sent to the
            new ones.
          </li>
        )}
        <li>The OAuth app is removed: enter its client ID and its secret again afterwards.</li>
      </ul>
      <p>Nothing was saved yet. Save once more below if this is meant.</p>
    </Banner>
  )
}

function Hosts({ hosts }: { hosts: string[] }) {
  return (
    <>
      {hosts.map((host, index) => (
        <>
          {index === 0 ? null : ', '}
          <code>{host}</code>
        </>
      ))}
    </>
  )
}
