// How the list is narrowed: search, state, service, who connected, account. A GET form; the list follows it where
// JavaScript runs.

import type { Child } from 'hono/jsx'
import type { Need } from '../../domain/attention.ts'
import { pathWith } from '../format.ts'
import { SearchForm } from './search-form.tsx'
import { STATE_NAMES } from './state.tsx'

export interface ListQuery {
  q: string | null
  state: Need | null
  connector: string | null
  /** Member or key id. */
  by: string | null
  /** E-mail address or id of an account. */
  account: string | null
}

export interface MakersView {
  members: { id: string; name: string }[]
  keys: { id: string; name: string }[]
}

interface FilterProps {
  query: ListQuery
  connectorNames: Record<string, string>
  makers: MakersView
}

const KINDS: { value: Need; label: string }[] = [
  { value: 'attention', label: 'Needs attention' },
  { value: 'reauthorize', label: STATE_NAMES.reauthorize },
  { value: 'held', label: 'OAuth app refused' },
  { value: 'deciding', label: 'Account to choose' },
  { value: 'failing', label: 'Service failing' },
  { value: 'ending', label: 'Consent ends soon' },
]
const STATES: { value: Need; label: string }[] = [
  { value: 'active', label: STATE_NAMES.active },
  { value: 'pending', label: STATE_NAMES.pending },
  { value: 'paused', label: STATE_NAMES.paused },
]

export function isNarrowed(query: ListQuery): boolean {
  return Object.values(query).some((value) => value !== null)
}

export function ConnectionFilter({ query, connectorNames, makers }: FilterProps) {
  const connectors = Object.entries(connectorNames)
    .map(([value, label]) => ({ value, label }))
    .sort((left, right) => left.label.localeCompare(right.label))
  const members = makers.members.map(({ id, name }) => ({ value: id, label: name }))
  const keys = makers.keys.map(({ id, name }) => ({ value: id, label: name }))
  const known = [...members, ...keys].some(({ value }) => value === query.by)
  return (
    <SearchForm
      path="/connections"
      listId="connection-list"
      label="Search name, account, service or ID"
      value={query.q}
    >
      <Select name="state" label="State" all="All states" value={query.state}>
        <optgroup label="Needs attention">
          <Options options={KINDS} value={query.state} />
        </optgroup>
        <optgroup label="Others">
          <Options options={STATES} value={query.state} />
        </optgroup>
      </Select>
      {connectors.length > 1 ? (
        <Select name="connector" label="Service" all="All services" value={query.connector}>
          <Options options={connectors} value={query.connector} />
        </Select>
      ) : null}
      {members.length + keys.length > 1 || query.by ? (
        <Select name="by" label="Connected by" all="Connected by anybody" value={query.by}>
          {query.by && !known ? (
            <option value={query.by} selected>
              Somebody who is gone
            </option>
          ) : null}
          <optgroup label="Members">
            <Options options={members} value={query.by} />
          </optgroup>
          {keys.length > 0 ? (
            <optgroup label="API keys">
              <Options options={keys} value={query.by} />
            </optgroup>
          ) : null}
        </Select>
      ) : null}
      <button type="submit" class="button">
        Search
      </button>
      {isNarrowed(query) ? (
        <a class="clear" href="/connections">
          Clear
        </a>
      ) : null}
      {query.account ? (
        <p class="chip">
          <input type="hidden" name="account" value={query.account} />
          Account: <span class="strong">{query.account}</span>
          <a href={pathWith('/connections', { ...query, account: null })}>Remove</a>
        </p>
      ) : null}
    </SearchForm>
  )
}

interface SelectProps {
  name: string
  label: string
  all: string
  value: string | null
  children?: Child
}

function Select({ name, label, all, value, children }: SelectProps) {
  return (
    <>
      <label class="sr" for={name}>
        {label}
      </label>
      <select id={name} name={name}>
        <option value="" selected={value === null}>
          {all}
        </option>
        {children}
      </select>
    </>
  )
}

function Options({ options, value }: { options: { value: string; label: string }[]; value: string | null }) {
  return (
    <>
      {options.map((option) => (
        <option value={option.value} selected={option.value === value}>
          {option.label}
        </option>
      ))}
    </>
  )
}
