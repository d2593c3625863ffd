// Tabs that are radio buttons and style sheet: they work without JavaScript, with the arrow keys, and for a screen reader.

import type { Child } from 'hono/jsx'

interface Tab {
  id: string
  label: string
  content: Child
}

/** As many as public/app.css knows (five). */
export function Tabs({ name, legend, tabs }: { name: string; legend: string; tabs: Tab[] }) {
  return (
    <fieldset class="tabs">
      <legend class="sr">{legend}</legend>
      {tabs.map(({ id, label }, index) => (
        <label class="tab">
          <input type="radio" name={name} value={id} checked={index === 0} />
          <span>{label}</span>
        </label>
      ))}
      {tabs.map(({ content }) => (
        <div class="tab-panel">{content}</div>
      ))}
    </fieldset>
  )
}
