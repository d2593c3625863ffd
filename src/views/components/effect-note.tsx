// The one sentence about how soon a pause, a delete or a revoked key is felt; it stands wherever those actions are.

export function EffectNote() {
  return (
    <p class="hint effect-note">
      A pause, a delete or a revoked key is normally seen everywhere within a minute.
    </p>
  )
}
