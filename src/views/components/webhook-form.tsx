// Where to send to, and which events: for a new endpoint and for one that is changed.

import type { FieldError } from '../../domain/failure.ts'
import { EVENT_CHOICES } from '../webhook-words.ts'
import { ErrorSummary, errorFor, Field, FieldMessage } from './field.tsx'

export interface WebhookFormValues {
  url: string
  events: string[]
}

interface FormProps {
  action: string
  label: string
  values: WebhookFormValues
  errors?: FieldError[] | undefined
}

export function WebhookForm({ action, label, values, errors }: FormProps) {
  const eventsError = errorFor(errors, 'events')
  return (
    <form method="post" action={action}>
      <ErrorSummary errors={errors} fields={['url', 'events']} />
      <Field
        label="Address"
        name="url"
        value={values.url}
        required
        maxlength={2000}
        hint="A public https address that takes POST requests and answers 2xx within 15 seconds."
        error={errorFor(errors, 'url')}
      />
      <fieldset class="choices" aria-describedby={eventsError ? 'events-error' : undefined}>
        <legend>What it is told</legend>
        {eventsError ? <FieldMessage id="events-error" text={eventsError} /> : null}
        {EVENT_CHOICES.map(({ type, sentence }) => (
          <label class="choice">
            <input type="checkbox" name="events" value={type} checked={values.events.includes(type)} />
            <span class="choice-text">
              <code class="strong">{type}</code>
              <span class="quiet">{sentence}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <button type="submit" class="button primary">
        {label}
      </button>
    </form>
  )
}
