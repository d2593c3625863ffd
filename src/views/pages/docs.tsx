// The reference: every endpoint with what it takes and gives, then every problem, each under the anchor its `type` names.

import { CopyField } from '../components/copy-field.tsx'
import { PageHead } from '../components/page-head.tsx'
import { Panel } from '../components/panel.tsx'
import { WebhookReference } from '../components/webhook-reference.tsx'
import { Layout } from '../layout.tsx'

interface DocumentedField {
  name: string
  description: string
  needed: boolean
}

interface Endpoint {
  method: string
  path: string
  summary: string
  description?: string | undefined
  permission: string
  query: DocumentedField[]
  headers: DocumentedField[]
  body: DocumentedField[]
  bodyExample?: string | undefined
  answer?: { status: number; example?: string | undefined } | undefined
  problems: string[]
}

interface Problem {
  code: string
  status: number
  title: string
  detail: string
}

interface DocsProps {
  publicUrl: string
  endpoints: Endpoint[]
  problems: Problem[]
}

export function DocsPage({ publicUrl, endpoints, problems }: DocsProps) {
  return (
    <Layout title="API reference">
      <PageHead
        title="API reference"
        lead="Fresh access tokens and upstream calls, by connection ID. Every failure is a problem with a stable code."
      />
      <Panel title="Begin here" id="begin">
        <p>
          Send an API key with every request. The same is in <a href="/openapi.json">openapi.json</a>, for
          tools.
        </p>
        <CopyField
          value={`curl -H "Authorization: Bearer $EVERGRANT_KEY" ${publicUrl}/v1/connections`}
          what="example"
          block
        />
      </Panel>
      <h2 id="endpoints">Endpoints</h2>
      {endpoints.map((endpoint) => (
        <EndpointPanel {...endpoint} />
      ))}
      <WebhookReference />
      <h2 id="problems">Problems</h2>
      <p>
        The body is <code>application/problem+json</code> with <code>type</code>, <code>title</code>,{' '}
        <code>status</code>, <code>detail</code>, <code>code</code> and <code>request_id</code>. Decide by{' '}
        <code>code</code>; the rest is for people.
      </p>
      {problems.map(({ code, status, title, detail }) => (
        <section class="panel" id={code} aria-labelledby={`${code}-title`}>
          <h3 id={`${code}-title`}>
            <code>{code}</code> <span class="quiet">{status}</span>
          </h3>
          <p class="strong">{title}</p>
          <p>{detail}</p>
        </section>
      ))}
    </Layout>
  )
}

function EndpointPanel(endpoint: Endpoint) {
  const { method, path, summary, description, permission, answer, problems } = endpoint
  const id = `${method}-${path.replace(/[^a-z]+/gi, '-').replace(/^-|-$/g, '')}`.toLowerCase()
  return (
    <section class="panel" id={id} aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`}>
        <code>
          {method} {path}
        </code>
      </h3>
      <p class="strong">{summary}</p>
      {description ? (
        <p>
          <Prose text={description} />
        </p>
      ) : null}
      <p>
        Permission: <code class="tag">{permission}</code>
      </p>
      <Fields title="Query" fields={endpoint.query} />
      <Fields title="Headers" fields={endpoint.headers} />
      <Fields title="Body" fields={endpoint.body} />
      {endpoint.bodyExample ? (
        <Example title={`Body of ${method} ${path}`} text={endpoint.bodyExample} />
      ) : null}
      {answer?.example ? <Example title={`Answer, ${answer.status}`} text={answer.example} /> : null}
      <p>
        Problems:{' '}
        {problems.map((code) => (
          <>
            <a href={`#${code}`}>
              <code>{code}</code>
            </a>{' '}
          </>
        ))}
      </p>
    </section>
  )
}

function Fields({ title, fields }: { title: string; fields: DocumentedField[] }) {
  if (fields.length === 0) return null
  return (
    <>
      <p class="label">{title}</p>
      <ul>
        {fields.map(({ name, description, needed }) => (
          <li>
            <code>{name}</code>
            {needed ? ' (needed)' : ''} <Prose text={description} />
          </li>
        ))}
      </ul>
    </>
  )
}

/** What stands in backticks is code. */
function Prose({ text }: { text: string }) {
  return <>{text.split('`').map((part, at) => (at % 2 === 1 ? <code>{part}</code> : part))}</>
}

function Example({ title, text }: { title: string; text: string }) {
  return (
    <details class="more">
      <summary>{title}</summary>
      <pre tabindex={0}>
        <code>{text}</code>
      </pre>
    </details>
  )
}
