// Text to copy: always selectable, with a button where JavaScript runs (public/app.js).

interface CopyFieldProps {
  value: string
  /** What is copied, for the button's name: `connection ID`. */
  what: string
  block?: boolean
}

export function CopyField({ value, what, block = false }: CopyFieldProps) {
  return (
    <div class={block ? 'copy block' : 'copy'}>
      <code>{value}</code>
      <button type="button" class="button small copy-button" data-copy aria-label={`Copy the ${what}`}>
        Copy
      </button>
    </div>
  )
}
