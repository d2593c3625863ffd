// Labelled form fields with hint and error tied to the input, and the summary of errors that belong to no field.

import type { Child } from 'hono/jsx'
import type { FieldError } from '../../domain/failure.ts'

interface FieldProps {
  label: string
  name: string
  value?: string | undefined
  hint?: Child
  error?: string | undefined
  type?: 'text' | 'password' | 'date' | 'email'
  required?: boolean
  maxlength?: number
  /** Id of the form it belongs to, where it stands outside of it. */
  form?: string
}

export function Field({ label, name, value, hint, error, type = 'text', ...input }: FieldProps) {
  const id = name
  const describedBy = [error ? `${id}-error` : '', hint ? `${id}-hint` : ''].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {error ? <FieldMessage id={`${id}-error`} text={error} /> : null}
      <input
        id={id}
        name={name}
        type={type}
        value={value ?? ''}
        autocomplete="off"
        aria-describedby={describedBy || undefined}
        aria-invalid={error ? 'true' : undefined}
        {...input}
      />
      {hint ? (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
    </div>
  )
}

export function FieldMessage({ id, text }: { id: string; text: string }) {
  return (
    <p class="error" id={id}>
      {text}
    </p>
  )
}

/** Message for a field: its own path or a place below it (`tools.0`). */
export function errorFor(errors: FieldError[] | undefined, path: string): string | undefined {
  return errors?.find((error) => error.path === path || error.path.startsWith(`${path}.`))?.message
}

/** Says that the form was not accepted, and what belongs to none of its fields. */
export function ErrorSummary({ errors, fields }: { errors: FieldError[] | undefined; fields: string[] }) {
  if (!errors || errors.length === 0) return null
  const rest = errors.filter(
    ({ path }) => !fields.some((field) => path === field || path.startsWith(`${field}.`)),
  )
  return (
    <div class="notice bad" role="alert">
      <p class="strong">Nothing was saved yet.</p>
      {rest.length === 0 ? <p>Please correct what is marked below.</p> : null}
      {rest.map(({ message }) => (
        <p>{message}</p>
      ))}
    </div>
  )
}
