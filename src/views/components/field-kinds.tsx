// Fields beside the one-line text: several lines, a choice, a tick; labelled, with hint and error as the text has them.

import type { Child } from 'hono/jsx'
import { FieldMessage } from './field.tsx'

interface CommonProps {
  label: string
  name: string
  value?: string | undefined
  hint?: Child
  error?: string | undefined
}

export function AreaField({
  rows = 4,
  code = false,
  value,
  ...common
}: CommonProps & { rows?: number; code?: boolean }) {
  return (
    <Labelled {...common}>
      <textarea
        id={common.name}
        name={common.name}
        rows={rows}
        class={code ? 'code' : undefined}
        autocomplete="off"
        {...described(common)}
      >
        {/* A first line end is the markup's own: without one, that of the value would be lost. */}
        {`\n${value ?? ''}`}
      </textarea>
    </Labelled>
  )
}

export function SelectField({
  options,
  value,
  ...common
}: CommonProps & { options: readonly { value: string; label: string }[] }) {
  return (
    <Labelled {...common}>
      <select id={common.name} name={common.name} {...described(common)}>
        {options.map((option) => (
          <option value={option.value} selected={option.value === value}>
            {option.label}
          </option>
        ))}
      </select>
    </Labelled>
  )
}

export function CheckField({ label, name, value, hint, error }: CommonProps) {
  return (
    <div class="check-field">
      {error ? <FieldMessage id={`${name}-error`} text={error} /> : null}
      <label class="choice" for={name}>
        <input
          id={name}
          name={name}
          type="checkbox"
          value="on"
          checked={value === 'on'}
          {...described({ name, hint: undefined, error })}
        />
        <span class="choice-text">
          <span class="strong">{label}</span>
          {hint ? <span class="quiet">{hint}</span> : null}
        </span>
      </label>
    </div>
  )
}

function Labelled({ label, name, hint, error, children }: CommonProps & { children: Child }) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {error ? <FieldMessage id={`${name}-error`} text={error} /> : null}
      {children}
      {hint ? (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      ) : null}
    </div>
  )
}

function described({ name, hint, error }: Pick<CommonProps, 'name' | 'hint' | 'error'>) {
  const ids = [error ? `${name}-error` : '', hint ? `${name}-hint` : ''].filter(Boolean).join(' ')
  return { 'aria-describedby': ids || undefined, 'aria-invalid': error ? 'true' : undefined } as const
}
